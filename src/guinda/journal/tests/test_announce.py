"""What was recorded is told after commit, at least once, and by one worker at a time."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction

from guinda.journal import services
from guinda.journal.models import Announcement, Event
from guinda.journal.services import announce, listen, record

NOW = datetime(2026, 6, 24, 9, 0, tzinfo=UTC)


@pytest.fixture
def told(monkeypatch):
    """A listener of `test.happened` that keeps what it was told."""
    monkeypatch.setattr(services, "_listeners", services.defaultdict(list))
    heard: list[str] = []
    listen("test.happened", lambda event, _now: heard.append(event.ref))
    return heard


def happen(ref: str) -> Event:
    return record(kind="test.happened", ref=ref, by="test", at=NOW)


def test_each_event_is_told_once_in_order(db, told):
    for ref in "abc":
        happen(ref)
    assert announce(now=NOW) == 3
    assert announce(now=NOW) == 0
    assert told == ["a", "b", "c"]
    assert Event.objects.count() == 3


@pytest.mark.parametrize("count", [1, 5])
def test_events_that_nobody_listens_to_cost_the_same_however_many(db, told, django_assert_num_queries, count):
    for number in range(count):
        record(kind="test.unheard", ref=str(number), by="test", at=NOW)
    with django_assert_num_queries(4):  # savepoint, claim, delete, release
        assert announce(now=NOW) == count
    assert not Announcement.objects.exists()
    assert not told


def test_what_rolled_back_is_neither_kept_nor_told(db, told):
    with transaction.atomic():
        happen("a")
        transaction.set_rollback(True)
    assert announce(now=NOW) == 0
    assert not Event.objects.exists()


def test_a_failing_listener_waits_longer_each_time_and_holds_nobody_up(db, told):
    failures = iter([True, True, False])

    def sometimes(event, now):
        if event.ref == "bad" and next(failures):
            raise ValueError("not yet")

    listen("test.happened", sometimes)
    happen("bad")
    happen("good")
    assert announce(now=NOW) == 1
    row = Announcement.objects.get()
    assert (row.attempts, row.due_at, row.last_error) == (
        1,
        NOW + timedelta(seconds=1),
        "ValueError: not yet",
    )
    assert announce(now=NOW) == 0
    assert announce(now=NOW + timedelta(seconds=1)) == 0
    assert Announcement.objects.get().due_at == NOW + timedelta(seconds=3)
    assert announce(now=NOW + timedelta(seconds=3)) == 1
    assert told.count("good") == 1


def test_two_workers_share_the_telling(transactional_db, told):
    for index in range(60):
        happen(f"{index}")
    start = threading.Barrier(2)

    def work():
        start.wait()
        while announce(now=NOW, limit=7):
            pass
        connection.close()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(told, key=int) == [f"{index}" for index in range(60)]
