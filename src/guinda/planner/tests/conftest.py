"""A house that plans its day."""

from __future__ import annotations

import pytest

from guinda.planner.tests import firm


@pytest.fixture
def house(db, settings):
    """A service for six companies, a gift for four people, two sellers; the play for planned offers is on."""
    settings.PROMISER = "tests.world.HalfHour"
    tools = firm.house()
    firm.planned_offer_on()
    return tools
