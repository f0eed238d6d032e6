"""The seam through which orders ask for a time at the door. `delivery` fills it (setting `PROMISER`)."""

from __future__ import annotations

import abc
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import NamedTuple

from django.conf import settings
from django.utils.module_loading import import_string

from guinda.base.points import Point

AIM_S = 30 * 60
"""Half an hour from the click to the door: what we aim for and say so when it can't be kept."""


class Promise(NamedTuple):
    """A time at the door and the chance (0 to 1) of keeping it."""

    door_at: datetime
    chance: float


class Promiser(abc.ABC):
    """Says when a bag could be at a door."""

    @abc.abstractmethod
    def promise(
        self,
        *,
        city_id: str,
        stores: Mapping[int, Point],
        door: Point,
        weight_g: int,
        now: datetime,
    ) -> dict[int, Promise]:
        """A promise per store id; a store from which nobody can bring it is left out, so no courier at all gives {}."""


def promiser() -> Promiser:
    """The back end that settings name."""
    return _made(settings.PROMISER)


@cache
def _made(name: str) -> Promiser:
    """One for each name in a process: it keeps what it knows of the fleet."""
    made = import_string(name)()
    if not isinstance(made, Promiser):
        raise TypeError(f"{name} is not a Promiser.")
    return made
