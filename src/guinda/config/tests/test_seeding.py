"""The demo's city is filled once; growers come every morning."""

from __future__ import annotations

import stat
from datetime import UTC, datetime, timedelta

import pytest
from django.apps import apps

from guinda.catalog.models import Lot, Variety
from guinda.config import audit, cityclock, growers, seeding
from guinda.delivery.models import Courier
from guinda.journal.services import announce
from guinda.places.models import City
from guinda.stock.models import Holding
from guinda.stock.queries import shelves

NINE = datetime(2026, 6, 24, 6, 0, tzinfo=UTC)  # 09:00 in Moscow


@pytest.fixture
def facts(db, tmp_path):
    return seeding.fill(home=tmp_path, now=NINE)


def rows() -> dict[str, int]:
    ours = [
        model
        for model in apps.get_models()
        if model.__module__.startswith(("guinda.", "django.contrib.auth"))
    ]
    return {model._meta.label: model.objects.count() for model in ours}


def test_twice_is_the_same_as_once(facts, tmp_path):
    before, file = rows(), (tmp_path / cityclock.KEYS).stat()
    again = seeding.fill(home=tmp_path, now=NINE + timedelta(minutes=5))
    assert again == facts
    assert rows() == before
    assert (tmp_path / cityclock.KEYS).stat().st_mtime_ns == file.st_mtime_ns


def test_the_keys_are_for_the_owner_alone(facts, tmp_path):
    assert stat.S_IMODE((tmp_path / cityclock.KEYS).stat().st_mode) == 0o600


def test_forty_couriers_eight_a_store_of_every_mode(facts):
    assert len(facts["couriers"]) == 40
    homes = [courier.home_store_id for courier in Courier.objects.exclude(user__username=seeding.GUEST)]
    assert {homes.count(store) for store in homes} == {8}
    for store in set(homes):
        assert {each.mode for each in Courier.objects.filter(home_store=store)} == {"bicycle", "foot", "car"}


@pytest.mark.parametrize(
    ("login", "place"),
    [
        ("alyona", "courier"),
        (seeding.GUEST, "courier"),
        ("director", "office"),
        ("support", "office"),
        ("keeper", "office"),
    ],
)
def test_who_was_given_a_password_can_use_it(facts, client, login, place):
    answer = client.post("/accounts/login/", {"login": login, "password": facts["passwords"][place]})
    assert answer.status_code == 302


def test_a_changed_password_file_is_obeyed(facts, tmp_path, client):
    (tmp_path / cityclock.KEYS).unlink()
    fresh = seeding.fill(home=tmp_path, now=NINE)["passwords"]["office"]
    assert fresh != facts["passwords"]["office"]
    assert client.post("/accounts/login/", {"login": "director", "password": fresh}).status_code == 302


def test_each_store_has_lots_of_each_variety_with_different_ends(facts):
    city = City.objects.get()
    for store in city.stores.all():
        here = shelves(store_ids=[store.pk], now=NINE)
        assert {row.variety_id for row in here} == set(Variety.objects.values_list("slug", flat=True))
    ends = set(Lot.objects.filter(variety_id="kordia").values_list("expires_at", flat=True))
    assert len(ends) > 1
    assert not Lot.objects.filter(picked_at__gte=NINE).exists()


def test_the_next_morning_brings_new_lots_and_old_ones_are_written_off(facts):
    city = City.objects.get()
    before = Lot.objects.count()
    assert growers.deliver(city=city, now=NINE + timedelta(hours=8)) == 0
    assert growers.deliver(city=city, now=NINE + timedelta(hours=21, minutes=29)) == 0  # 06:29
    next_morning = NINE + timedelta(hours=21, minutes=31)
    assert growers.deliver(city=city, now=next_morning) == 2 * Variety.objects.count()
    assert growers.deliver(city=city, now=next_morning) == 0
    assert Lot.objects.count() == before + 2 * Variety.objects.count()
    in_five_days = NINE + timedelta(days=5)
    assert growers.clear_away(city=city, now=in_five_days) > 0
    assert growers.clear_away(city=city, now=in_five_days) == 0
    assert not Holding.objects.filter(lot__expires_at__lte=in_five_days, on_hand_g__gt=0).exists()
    announce(now=in_five_days)
    assert not any(audit.check(each.name, now=in_five_days).found for each in audit.CHECKS)
