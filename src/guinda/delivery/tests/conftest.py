"""This room's fixtures."""

from __future__ import annotations

import pytest

from guinda.delivery.tests.world import World


@pytest.fixture
def world(db) -> World:
    return World()


@pytest.fixture
def real_world(transactional_db) -> World:
    """For tests with several connections."""
    return World()
