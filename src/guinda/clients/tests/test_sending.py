"""Each message is sent once: over refusals, flapping, hanging, two workers, and a worker killed at the worst moment."""

from __future__ import annotations

import time
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from guinda.base.messages import Answer, Outcome
from guinda.base.refusals import Refusal
from guinda.clients.models import Message
from guinda.clients.sending import (
    DIED_S,
    KEPT,
    MOST_ATTEMPTS,
    Sender,
    claim,
    mark_sent,
    send_again,
    settle,
    tend,
)
from guinda.clients.tests.test_messages import NOW, city_in, put
from tests.races import at_once

Purpose, State = Message.Purpose, Message.State
TAKEN, REFUSED, UNCLEAR = (Answer(each, "") for each in (Outcome.TAKEN, Outcome.REFUSED, Outcome.UNCLEAR))
NIGHT = datetime(2026, 6, 24, 19, 30, tzinfo=UTC)  # half past ten in Moscow


class Said:
    """A line that answers as it was told to, and keeps what it carried."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.carried: list[str] = []

    def carry(self, *, phone: str, text: str) -> Answer:
        self.carried.append(text)
        return self.answers.pop(0) if self.answers else TAKEN


def row(key: str = "order:a:confirmed") -> Message:
    return Message.objects.get(key=key)


def work(line: Said, *, since: datetime = NOW, for_s: int, step_s: int = 1) -> None:
    """What a worker does in so many seconds."""
    sender = Sender(line)
    for second in range(0, for_s, step_s):
        sender.rests_until_s = 0.0
        now = since + timedelta(seconds=second)
        tend(now=now)
        while sender.send_next(now=now):
            sender.rests_until_s = 0.0


def test_what_is_due_goes_once(db):
    put()
    line = Said()
    work(line, for_s=60)
    assert line.carried == ["on its way"]
    assert (row().state, row().attempts) == (State.SENT, 1)


def test_nothing_goes_before_its_time(db):
    put(due_at=NOW + timedelta(seconds=30))
    line = Said()
    work(line, for_s=30)
    assert line.carried == []
    work(line, since=NOW + timedelta(seconds=30), for_s=1)
    assert len(line.carried) == 1


def test_a_flapping_provider_gets_it_again_with_growing_waits_until_it_takes_it(db):
    put()
    line = Said(REFUSED, REFUSED, REFUSED)
    waits = []
    for _ in range(3):
        before = row().due_at
        assert Sender(line).send_next(now=before)
        waits.append((row().due_at - before).total_seconds())
        assert row().state == State.WAITING
    assert [5 * 2**index <= waited <= 7.5 * 2**index for index, waited in enumerate(waits)] == [True] * 3
    Sender(line).send_next(now=row().due_at)
    assert (row().state, len(line.carried)) == (State.SENT, 4)


def test_what_failed_together_is_not_tried_together(db):
    for index in range(20):
        put(f"order:{index}:confirmed")
    line = Said(*[REFUSED] * 20)
    work(line, for_s=1)
    due = set(Message.objects.values_list("due_at", flat=True))
    assert len(due) == 20


def test_a_provider_that_is_down_is_given_up_and_the_office_sees_why(db):
    put(lapses_at=NOW + timedelta(days=1))
    line = Said(*[Answer(Outcome.REFUSED, "error=503")] * 100)
    work(line, for_s=3600, step_s=5)
    assert len(line.carried) == MOST_ATTEMPTS
    assert (row().state, row().last_error) == (State.FAILED, "error=503")


def test_a_try_that_would_come_too_late_is_not_waited_for(db):
    put(lapses_at=NOW + timedelta(seconds=20))
    line = Said(*[REFUSED] * 9)
    work(line, for_s=60)
    assert row().state == State.FAILED
    assert len(line.carried) == 2


def test_where_nobody_knows_it_is_never_sent_again_by_itself(db):
    put()
    line = Said(UNCLEAR)
    work(line, for_s=3600, step_s=10)
    assert (len(line.carried), row().state) == (1, State.UNCLEAR)


def test_a_provider_that_hangs_is_left_alone_for_a_while_and_so_the_rest_stays_clear(db):
    for index in range(50):
        put(f"order:{index}:confirmed")
    sender = Sender(Said(*[UNCLEAR] * 50))
    rests = []
    for _ in range(3):
        sender.rests_until_s = 0.0
        assert sender.send_next(now=NOW) == 1
        assert sender.send_next(now=NOW) == 0
        rests.append(sender.rest_s)
    assert rests == [1, 2, 4]
    assert Message.objects.filter(state=State.WAITING).count() == 47
    sender.line.answers.clear()
    sender.rests_until_s = 0.0
    assert sender.send_next(now=NOW)
    assert sender.rest_s == 0


def test_a_worker_that_died_with_a_message_leaves_it_to_a_person(db):
    put()
    assert claim(now=NOW)
    line = Said()
    work(line, for_s=DIED_S)
    assert row().state == State.SENDING
    work(line, since=NOW + timedelta(seconds=DIED_S), for_s=1800, step_s=10)
    assert (line.carried, row().state) == ([], State.UNCLEAR)


def test_an_answer_that_comes_late_is_still_the_truth(db):
    put()
    mine = claim(now=NOW)
    tend(now=NOW + timedelta(seconds=DIED_S))
    assert settle(mine, TAKEN, now=NOW + timedelta(seconds=DIED_S + 1))
    assert row().state == State.SENT


def test_an_answer_of_an_old_claim_changes_nothing_of_a_new_one(db):
    put()
    old = claim(now=NOW)
    settle(old, UNCLEAR, now=NOW)
    send_again(message=row(), by="staff:test", now=NOW + timedelta(seconds=1))
    new = claim(now=NOW + timedelta(seconds=1))
    assert not settle(old, REFUSED, now=NOW + timedelta(seconds=2))
    assert row().state == State.SENDING
    assert settle(new, TAKEN, now=NOW + timedelta(seconds=2))


def test_many_workers_share_the_messages_and_send_each_once(transactional_db):
    for index in range(60):
        put(f"order:{index}:confirmed", text=str(index))
    lines = [Said(*[TAKEN] * 60) for _ in range(8)]

    def drain(line):
        sender = Sender(line)
        while sender.send_next(now=NOW):
            time.sleep(0.001)

    at_once([lambda line=line: drain(line) for line in lines])
    carried = Counter(text for line in lines for text in line.carried)
    assert carried == Counter(str(index) for index in range(60))
    assert not Message.objects.exclude(state=State.SENT).exists()


@pytest.fixture
def moscow(db):
    city = city_in("Europe/Moscow")
    city.save()
    return city


def test_a_worker_that_comes_back_at_night_wakes_nobody(moscow):
    evening = NIGHT - timedelta(hours=2)
    put("a", purpose=Purpose.QUESTION, city=moscow, now=evening, lapses_at=NOW + timedelta(days=2))
    put("b", purpose=Purpose.LATE, now=evening, lapses_at=NOW + timedelta(days=2), text="late")
    line = Said()
    work(line, since=NIGHT, for_s=10 * 3600, step_s=600)
    assert line.carried == ["late"]
    work(line, since=datetime(2026, 6, 25, 6, 0, tzinfo=UTC), for_s=1)
    assert line.carried == ["late", "on its way"]


def test_a_retry_does_not_slip_into_the_night(moscow):
    just_before = NIGHT - timedelta(hours=1, minutes=30, seconds=3)
    put(purpose=Purpose.QUESTION, city=moscow, now=just_before, lapses_at=NOW + timedelta(days=2))
    line = Said(REFUSED)
    work(line, since=just_before, for_s=11 * 3600, step_s=60)
    assert len(line.carried) == 1
    assert row().due_at == datetime(2026, 6, 25, 6, 0, tzinfo=UTC)


def test_who_stands_at_the_panel_goes_first(moscow):
    morning = {"city": moscow, "now": NOW - timedelta(minutes=5), "lapses_at": NOW + timedelta(days=1)}
    for index in range(5):
        put(f"q{index}", purpose=Purpose.QUESTION, text="question", **morning)
    put("late", purpose=Purpose.LATE, text="late")
    put("code", purpose=Purpose.CODE, text="code")
    line = Said()
    work(line, for_s=1)
    assert line.carried[:3] == ["code", "late", "question"]


def test_what_lapsed_is_not_sent(db):
    put(lapses_at=NOW + timedelta(seconds=10))
    line = Said()
    work(line, since=NOW + timedelta(seconds=10), for_s=5)
    assert (line.carried, row().state) == ([], State.LAPSED)


@pytest.mark.parametrize(("answer", "state"), [(TAKEN, State.SENT), (UNCLEAR, State.UNCLEAR)])
def test_a_code_is_forgotten_once_it_was_sent_or_is_good_no_more(db, answer, state):
    put(purpose=Purpose.CODE, text="code 123456", lapses_at=NOW + timedelta(minutes=5))
    work(Said(answer), for_s=1)
    tend(now=NOW + timedelta(minutes=5))
    assert (row().state, row().text) == (state, "")


def test_old_messages_are_forgotten_open_ones_are_not(db):
    put("old", lapses_at=NOW + timedelta(hours=1))
    put("open", now=NOW, due_at=NOW + 2 * KEPT, lapses_at=NOW + 3 * KEPT)
    work(Said(), for_s=1)
    tend(now=NOW + KEPT)
    assert Message.objects.count() == 2
    tend(now=NOW + timedelta(hours=1) + KEPT)
    assert Message.objects.get().key == "open"


def test_a_person_who_looked_sends_it_once_more_or_says_that_it_went(db):
    put("a")
    put("b")
    line = Said(UNCLEAR, UNCLEAR)
    work(line, for_s=1)
    send_again(message=row("a"), by="staff:test", now=NOW)
    mark_sent(message=row("b"), by="staff:test", now=NOW)
    work(line, for_s=60)
    assert (len(line.carried), row("a").state, row("b").state) == (3, State.SENT, State.SENT)
    for verb in (send_again, mark_sent):
        with pytest.raises(Refusal, match="nothing_to_look_at"):
            verb(message=row("a"), by="staff:test", now=NOW)


def test_ten_people_who_press_it_at_once_send_it_once(transactional_db):
    put()
    settle(claim(now=NOW), UNCLEAR, now=NOW)
    message = row()
    told = at_once([lambda: send_again(message=message, by="staff:test", now=NOW)] * 10)
    assert Counter(told) == {None: 1, "nothing_to_look_at": 9}


def test_what_lapsed_meanwhile_is_not_sent_once_more(db):
    put()
    settle(claim(now=NOW), UNCLEAR, now=NOW)
    with pytest.raises(Refusal, match="message_lapsed"):
        send_again(message=row(), by="staff:test", now=NOW + timedelta(hours=1))
    assert row().state == State.UNCLEAR


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(answers=st.lists(st.sampled_from([TAKEN, REFUSED, UNCLEAR, None]), max_size=12))
def test_whatever_the_provider_and_the_worker_do_it_is_taken_at_most_once(db, answers):
    """None: the worker dies after its claim, and nobody knows whether the provider took it."""
    with transaction.atomic():
        put(lapses_at=NOW + timedelta(days=1))
        maybe_taken, now = 0, NOW
        for answer in answers:
            now += timedelta(seconds=200)
            tend(now=now)
            message = claim(now=now)
            if message is None:
                continue
            maybe_taken += answer is not REFUSED
            if answer is not None:
                settle(message, answer, now=now)
        assert maybe_taken <= 1
        assert maybe_taken == 0 or row().state in {State.SENT, State.UNCLEAR, State.SENDING}
        transaction.set_rollback(True)
