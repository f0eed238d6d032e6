"""A fact is one message however often it is told, and nobody is woken for what can wait."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from guinda.clients.messages import enqueue, speakable_at, withdraw
from guinda.clients.models import Message
from guinda.places.models import City
from tests.races import at_once

NOW = datetime(2026, 6, 24, 9, 0, tzinfo=UTC)
PHONE = "+74951234567"
Purpose, State = Message.Purpose, Message.State


def city_in(zone: str) -> City:
    bounds = {"south": 55, "west": 37, "north": 56, "east": 38}
    return City(
        slug="here", name="Here", name_latin="Here", time_zone=zone, country="RU", currency="RUB", **bounds
    )


def put(key: str = "order:a:confirmed", **facts) -> bool:
    usual = {
        "purpose": Purpose.CONFIRMED,
        "phone": PHONE,
        "language": "en",
        "text": "on its way",
        "now": NOW,
        "lapses_at": NOW + timedelta(hours=1),
    }
    return enqueue(key=key, **{**usual, **facts})


def test_a_key_is_one_message_and_the_first_words_stand(db):
    assert put()
    assert not put(text="something else")
    row = Message.objects.get()
    assert (row.text, row.state, row.due_at) == ("on its way", State.WAITING, NOW)


def test_told_at_once_by_many_it_is_one_message(transactional_db):
    assert sorted(at_once([put] * 16)) == [False] * 15 + [True]
    assert Message.objects.count() == 1


def test_what_rolled_back_says_nothing(db):
    with transaction.atomic():
        put()
        transaction.set_rollback(True)
    assert not Message.objects.exists()


def test_what_became_pointless_is_withdrawn_unless_it_is_with_the_provider(db):
    put("a")
    put("b")
    Message.objects.filter(key="b").update(state=State.SENDING, claimed_at=NOW)
    assert withdraw(keys=["a", "b", "c"], now=NOW) == 1
    assert Message.objects.get(key="a").state == State.LAPSED
    assert Message.objects.get(key="b").state == State.SENDING


@pytest.mark.parametrize(
    ("local", "goes"),
    [
        ("2026-06-24T20:59", "2026-06-24T20:59"),
        ("2026-06-24T21:00", "2026-06-25T09:00"),
        ("2026-06-25T00:00", "2026-06-25T09:00"),
        ("2026-06-25T08:59", "2026-06-25T09:00"),
        ("2026-06-25T09:00", "2026-06-25T09:00"),
        (
            "2026-03-28T22:00",
            "2026-03-29T09:00",
        ),  # the night the clocks went forward in Madrid: one hour shorter
        ("2026-10-24T22:00", "2026-10-25T09:00"),  # and back: one hour longer
    ],
)
def test_what_can_wait_waits_for_the_morning_of_the_city(local, goes):
    madrid = city_in("Europe/Madrid")
    zone = ZoneInfo("Europe/Madrid")
    at, until = (datetime.fromisoformat(each).replace(tzinfo=zone) for each in (local, goes))
    assert speakable_at(at.astimezone(UTC), purpose=Purpose.QUESTION, city=madrid) == until
    for purpose in Message.AWAITED:
        assert speakable_at(at, purpose=purpose, city=madrid) == at


@given(
    after_s=st.integers(0, 5 * 366 * 24 * 3600),
    zone=st.sampled_from(
        ["Europe/Madrid", "America/Sao_Paulo", "Europe/Moscow", "Australia/Lord_Howe", "Asia/Beirut"]
    ),
)
def test_no_instant_in_the_quiet_hours_is_ever_chosen(after_s, zone):
    at = NOW + timedelta(seconds=after_s)
    goes = speakable_at(at, purpose=Purpose.DELIVERED, city=city_in(zone))
    assert 9 <= goes.astimezone(ZoneInfo(zone)).hour < 21
    assert at <= goes <= at + timedelta(hours=13, minutes=59)
    assert speakable_at(goes, purpose=Purpose.DELIVERED, city=city_in(zone)) == goes


def test_what_the_night_would_outlast_lapses_at_once(db):
    city = city_in("Europe/Moscow")
    city.save()
    night = datetime(2026, 6, 24, 19, 0, tzinfo=UTC)
    put("a", purpose=Purpose.QUESTION, city=city, now=night, lapses_at=night + timedelta(hours=1))
    put("b", purpose=Purpose.QUESTION, city=city, now=night, lapses_at=night + timedelta(hours=12))
    assert Message.objects.get(key="a").state == State.LAPSED
    assert Message.objects.get(key="b").due_at == datetime(2026, 6, 25, 6, 0, tzinfo=UTC)


def test_what_can_wait_must_know_its_morning(db):
    with pytest.raises(IntegrityError, match="knows_its_morning"):
        put(purpose=Purpose.QUESTION)
