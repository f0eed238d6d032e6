"""Messages in the office: a code is shown to nobody, and what a person says of a message is done once and written down."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from guinda.base import clock
from guinda.clients.models import Message
from guinda.clients.tests.test_messages import put
from guinda.journal.models import Event

Purpose, State = Message.Purpose, Message.State
YES = {"_form_submitted": "True"}


def message(
    state: State, *, purpose: Purpose = Purpose.LATE, lapses_in_h: int = 1, text: str = "we are late"
) -> Message:
    now = clock.now()
    put("m", purpose=purpose, text=text, now=now, lapses_at=now + timedelta(hours=2))
    rows = Message.objects.filter(key="m")
    ended_at = None if state in (State.WAITING, State.SENDING) else now
    rows.update(state=state, ended_at=ended_at, claimed_at=now, lapses_at=now + timedelta(hours=lapses_in_h))
    return rows.get()


def page_of(row: Message) -> str:
    return reverse("admin:clients_message_change", args=[row.pk])


def verb(row: Message, name: str) -> str:
    return reverse(f"admin:clients_message_{name}", args=[row.pk])


@pytest.mark.parametrize("state", State)
def test_a_code_is_shown_to_nobody(office, state):
    row = message(state, purpose=Purpose.CODE, text="Your code: 987654")
    client = office("view_message", "settle_message")
    for url in (page_of(row), reverse("admin:clients_message_changelist")):
        page = client.get(url)
        assert page.status_code == 200
        assert "987654" not in page.content.decode()


def test_what_a_client_reads_and_what_it_costs_is_shown(office):
    row = message(State.SENT, text="we are late, лена")
    page = office("view_message").get(page_of(row)).content.decode()
    assert "we are late, лена (short messages: 1)" in page


@pytest.mark.parametrize("state", State)
def test_the_verbs_are_there_for_what_a_person_has_to_look_at(office, state):
    row = message(state)
    page = office("view_message", "settle_message").get(page_of(row)).content.decode()
    to_look_at = state in {State.UNCLEAR, State.FAILED}
    assert (verb(row, "send_again") in page) is to_look_at
    assert (verb(row, "mark_sent") in page) is to_look_at


@pytest.mark.parametrize(("name", "state"), [("send_again", State.WAITING), ("mark_sent", State.SENT)])
def test_it_asks_first_and_is_done_once(office, name, state):
    row = message(State.UNCLEAR)
    client = office("view_message", "settle_message")
    assert client.get(verb(row, name)).status_code == 200
    row.refresh_from_db()
    assert row.state == State.UNCLEAR
    for _ in range(2):
        client.post(verb(row, name), YES)
    row.refresh_from_db()
    assert row.state == state
    assert Event.objects.get(ref=row.key).by == "staff:vera"


def test_what_lapsed_is_not_sent_once_more_and_the_office_hears_why(office):
    row = message(State.UNCLEAR, lapses_in_h=0)
    page = office("view_message", "settle_message").post(verb(row, "send_again"), YES, follow=True)
    assert Message.objects.get().state == State.UNCLEAR
    assert "only confuse" in page.content.decode()


def test_who_only_looks_changes_nothing(office):
    row = message(State.UNCLEAR)
    client = office("view_message")
    assert verb(row, "send_again") not in client.get(page_of(row)).content.decode()
    assert client.post(verb(row, "send_again"), YES).status_code == 403
    assert Message.objects.get().state == State.UNCLEAR
