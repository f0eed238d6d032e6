"""Plans in plain sentences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from guinda.base.shown import amount
from guinda.planner.models import Choice


def reason(choice: Choice) -> str:
    """Why a plan chose this."""
    return f"{choice.action}: {amount(choice.adds_minor, choice.plan.currency)}"


def price(limit: Mapping[str, Any], currency: str) -> str:
    """What one more unit of a limit would bring."""
    return f"{limit['name']}: {amount(round(limit['price']), currency)}"
