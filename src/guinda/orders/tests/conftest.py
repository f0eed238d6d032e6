from __future__ import annotations

import pytest

from tests.world import World, build


@pytest.fixture(autouse=True)
def _half_hour(settings):
    settings.PROMISER = "tests.world.HalfHour"


@pytest.fixture
def world(db) -> World:
    return build()


@pytest.fixture
def real_world(transactional_db) -> World:
    """The same, committed: for tests with several connections."""
    return build()
