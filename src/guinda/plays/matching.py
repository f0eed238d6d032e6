"""Which clients meet the conditions of a play, as the engine asks; a play without conditions asks nothing."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from guinda.plays import conditions
from guinda.plays.definition import Filters


def who_match(filters: Filters, *, among: Collection[int], now: datetime) -> set[int]:
    """Of these clients the ones that meet all conditions now."""
    return set(conditions.matching(filters, now=now, among=among)) if filters else set(among)
