"""A city whose stores have keepers, for this room's tests."""

from __future__ import annotations

import pytest
from django.test import Client

from guinda.stores.tests.cast import LATER, signed_in
from tests.world import World, build


@pytest.fixture(autouse=True)
def _half_hour(settings):
    settings.PROMISER = "tests.world.HalfHour"


@pytest.fixture
def world(db) -> World:
    return build()


@pytest.fixture
def real_world(transactional_db) -> World:
    """The same, committed and with empty shelves: for tests with several connections."""
    return build(shelf_g=0)


@pytest.fixture(autouse=True)
def _at(monkeypatch):
    monkeypatch.setattr("guinda.base.clock.now", lambda: LATER)


@pytest.fixture
def anna(world) -> Client:
    return signed_in("anna", world.store, permissions=("recall_lot",))


@pytest.fixture
def boris(world) -> Client:
    return signed_in("boris", world.stores[1])
