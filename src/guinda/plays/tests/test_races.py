"""Two workers, two sellers and a merge at once: no step is done twice or lost, and nobody waits in a circle."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.db import connection

from guinda.clients import merging, personal
from guinda.clients.models import Message, Touch
from guinda.journal.services import record
from guinda.plays import engine, hearing, services
from guinda.plays.models import Heard, Run, StepDone
from guinda.plays.tests.cast import HOUR, NOW, WAVED, call, city, message, on, people, step, written
from tests.races import at_once

pytestmark = pytest.mark.django_db(transaction=True)
LATER = NOW + 2 * HOUR
CLIENTS = 60
WAY = ["wait", "say", "say", "last"]


def test_two_workers_share_the_work_while_clients_are_merged_and_erased(settings):
    settings.CONTACT_CAPS = {}
    city()
    on(
        written(
            step("wait", 'passed = "say"', more='after = "1 hour"'),
            message("say", 'sent = "say"', more='most_times = 2\nafter_most = "last"'),
            step("last", 'passed = "end"'),
        )
    )
    several = people(CLIENTS)
    for each in several:
        hearing.note(record(kind=WAVED, ref=f"client:{each.pk}", by="test", at=NOW), NOW)

    def hear():
        while hearing.look(now=NOW, batch=7):
            pass

    def work():
        while engine.tick(now=LATER, batch=9):
            pass

    at_once([hear, hear, hear])
    assert (Run.objects.count(), Heard.objects.count()) == (CLIENTS, 0)

    def merge():
        merging.merge(kept_id=several[0].pk, gone_id=several[1].pk, by="test", now=LATER)
        personal.erase(client_id=several[2].pk, by="test", now=LATER)
        return "merged"

    assert at_once([work, work, work, merge]) == [None, None, None, "merged"]
    work()
    left_alone = Run.objects.filter(client__in=several[:3])
    untouched = Run.objects.exclude(client__in=several[:3])
    assert set(untouched.values_list("state", "why", "number")) == {("done", "end", 4)}
    for run in untouched:
        assert list(run.steps_done.order_by("number").values_list("step", flat=True)) == WAY
    told = Message.objects.exclude(client__in=several[:3])
    assert told.count() == 2 * (CLIENTS - 3)
    assert (
        not left_alone.filter(state="waiting", due_at__lte=LATER).exclude(client__merged_into=None).exists()
    )


def test_a_step_that_two_sellers_answer_at_once_is_one_step_and_one_touch():
    city()
    on(written(call("call", 'agreed = "end", declined = "end"')))
    hearing.note(record(kind=WAVED, ref=f"client:{people()[0].pk}", by="test", at=NOW), NOW)
    hearing.look(now=NOW)
    engine.tick(now=NOW)
    run_id, key = Run.objects.get().pk, uuid4()

    def answer(key, outcome, by):
        facts = {"run_id": run_id, "step": "call", "outcome": outcome, "by": by, "now": NOW}
        return lambda: services.done(key=key, **facts).by

    jobs = [answer(key, "agreed", "user:1")] * 3 + [answer(uuid4(), "declined", "user:2")] * 1
    answers = at_once(jobs)
    assert sorted(set(answers)) in (["step_gone", "user:1"], ["step_gone", "user:2"])
    assert (StepDone.objects.count(), Touch.objects.count()) == (1, 1)
    with connection.cursor() as cursor:
        cursor.execute("SELECT number FROM plays_run")
        assert cursor.fetchone() == (1,)
