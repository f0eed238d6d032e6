"""A worker that moves plays is killed a hundred times, at random: no client, no step and no message is lost, and none is there twice."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection

from guinda.base import postgres
from guinda.clients.models import Client, Message
from guinda.journal.services import record
from guinda.plays import engine, hearing
from guinda.plays.models import Heard, Run, StepDone
from guinda.plays.tests.cast import NOW, WAVED, city, message, on, people, step, written
from tests import players

pytestmark = [pytest.mark.storm, pytest.mark.django_db(transaction=True)]
ROOT = Path(__file__).resolve().parent.parent
KILLS, CLIENTS, SEED = 100, 800, 11
WAY = [("wait", "passed"), ("say", "sent"), ("say", "sent"), ("last", "passed")]


def test_killed_a_hundred_times_nothing_is_lost_and_no_message_is_twice(settings, monkeypatch):
    settings.CONTACT_CAPS = {}
    monkeypatch.setattr(engine, "MOST_BATCHES", engine.MOST_BATCHES)  # put back what `work` sets
    city()
    on(
        written(
            step("wait", 'passed = "say"', more='after = "1 minute"'),
            message("say", 'sent = "say"', more='most_times = 2\nafter_most = "last"'),
            step("last", 'passed = "end"'),
        )
    )
    for each in people(CLIENTS):
        hearing.note(record(kind=WAVED, ref=f"client:{each.pk}", by="test", at=NOW), NOW)
    died = subprocess.run(
        [sys.executable, "-m", "tests.players", str(KILLS), str(SEED)],
        env={**os.environ, "DATABASE_URL": _url(), "GUINDA_CONTACT_CAPS": "all=99/7 message=99/7"},
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    assert int(died.stdout) == KILLS, "each died at work"
    assert StepDone.objects.exists(), "who died had done some of it"
    players.work()
    assert not Heard.objects.exists()
    assert set(Run.objects.values_list("state", "why", "number")) == {("done", "end", len(WAY))}
    assert Run.objects.count() == Client.objects.count() == CLIENTS
    ways = {run.pk: [] for run in Run.objects.all()}
    for run_id, name, outcome in StepDone.objects.order_by("number").values_list("run", "step", "outcome"):
        ways[run_id].append((name, outcome))
    assert all(way == WAY for way in ways.values())
    assert Message.objects.count() == 2 * CLIENTS


def _url() -> str:
    """The tests' own database, for another process."""
    given = connection.settings_dict
    base = os.environ["DATABASE_URL"]
    return base.replace(f"/{postgres.django_settings(base)['NAME']}", f"/{given['NAME']}", 1)
