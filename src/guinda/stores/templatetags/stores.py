"""Weights with their unit, a reason's words, a dictionary's value."""

from __future__ import annotations

from collections.abc import Mapping

from django import template

from guinda.delivery.queries import weight_text
from guinda.stores import reasons

register = template.Library()


@register.filter
def weight(weight_g: int) -> str:
    """`-1250` -> `1.25 kg`: whether it is missing or too much, the words beside it say."""
    return weight_text(abs(weight_g))


@register.filter
def difference(reason: str) -> str:
    """The words of a reason in the books."""
    return str(dict(reasons.DIFFERENCE).get(reason, reason))


@register.filter
def at(rows: Mapping[int, int], key: int) -> int | None:
    """The row's value, if it has one."""
    return rows.get(key)
