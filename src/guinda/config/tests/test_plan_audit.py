"""The audit of plans: an honest one has nothing to find, and each broken rule is found."""

from __future__ import annotations

import pytest
from django.db import connection

from guinda.config import audit
from guinda.planner.tests import firm
from tests.world import NOW

HARMS = (
    "UPDATE planner_choice SET cost_minor = cost_minor + 100000 WHERE place = 1 AND seller = 'anna'",
    "UPDATE planner_choice SET minutes = minutes + 80 WHERE seller = 'anna' AND minutes > 0",
    "UPDATE planner_choice SET adds_minor = adds_minor + 1 WHERE place = 1",
    "UPDATE planner_choice SET channel = 'message'",
    'UPDATE planner_plan SET limits = limits || \'[{"name": "gifts", "kind": "gifts", "of": "", "most": 0}]\'',
)


@pytest.mark.parametrize("harm", HARMS)
def test_a_plan_past_its_limits_is_found(db, settings, harm):
    settings.PROMISER = "tests.world.HalfHour"
    firm.house()
    firm.made()
    assert not audit.check("plans.limits", now=NOW).found
    with connection.cursor() as cursor:
        cursor.execute(harm)
        assert cursor.rowcount
    assert audit.check("plans.limits", now=NOW).found
