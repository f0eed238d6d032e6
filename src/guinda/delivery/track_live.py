"""The tracking pages of a process, live."""

from __future__ import annotations

from collections.abc import Collection

from guinda.base import clock
from guinda.delivery.live import Hub, reader
from guinda.delivery.track_queries import Standing, standings


def _look(codes: Collection[str]) -> dict[str, Standing]:
    return standings(codes=codes, now=clock.now())


HUB = Hub(reader(_look), name="tracking")
