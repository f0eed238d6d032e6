"""A city whose stores have keepers, for this room's tests."""

from __future__ import annotations

import pytest

from guinda.orders import promise
from tests.world import World, build


@pytest.fixture(autouse=True)
def _half_hour(settings):
    settings.PROMISER = "tests.world.HalfHour"
    promise.promiser.cache_clear()
    yield
    promise.promiser.cache_clear()


@pytest.fixture
def world(db) -> World:
    return build()


@pytest.fixture
def real_world(transactional_db) -> World:
    """The same, committed and with empty shelves: for tests with several connections."""
    return build(shelf_g=0)
