"""What the courier's JSON door takes: small, finite and without anything the database can't store."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from ninja import Schema
from pydantic import ConfigDict, Field, StringConstraints, model_validator

from guinda.base.points import Point
from guinda.base.schemas import PLAIN, Instant, Latitude, Longitude, RowId
from guinda.delivery.services import Kind

TAPS_MAX = 50

Note = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200), PLAIN]
SpokenCode = Annotated[str, StringConstraints(pattern=r"^([0-9]{4})?$")]


class Placed(Schema):
    """Refuses what it does not know; may say where the telephone is."""

    model_config = ConfigDict(extra="forbid")

    lat: Latitude | None = None
    lon: Longitude | None = None

    @model_validator(mode="after")
    def _both_or_neither(self) -> Placed:
        if (self.lat is None) != (self.lon is None):
            raise ValueError("give both lat and lon, or neither")
        return self

    @property
    def place(self) -> Point | None:
        """Where the telephone is, when it tells."""
        return None if self.lat is None or self.lon is None else Point(self.lat, self.lon)


class TapIn(Placed):
    """One button pressed. `key` is made on the telephone once per tap."""

    key: UUID
    kind: Kind
    task_id: RowId | None = None
    spoken_code: SpokenCode = ""
    note: Note = ""
    tapped_at: Instant | None = None


class TapsIn(Schema):
    """What was tapped while there was no line, in order."""

    model_config = ConfigDict(extra="forbid")

    taps: Annotated[list[TapIn], Field(min_length=1, max_length=TAPS_MAX)]


class TapOut(Schema):
    """How one tap went."""

    key: UUID
    ok: bool
    code: str | None = None
    sentence: str | None = None


class TapsOut(Schema):
    """The answers, in the order of the taps."""

    taps: list[TapOut]


class StoreOut(Schema):
    """Where a bag waits."""

    name: str
    street: str
    lat: float
    lon: float


class DoorOut(Schema):
    """Where a bag goes."""

    street: str
    flat: str
    note: str
    lat: float
    lon: float


class LineOut(Schema):
    """What is in the bag."""

    variety: str
    weight_text: str


class TaskOut(Schema):
    """One bag of a courier's route."""

    id: int
    state: str
    store: StoreOut
    door: DoorOut
    phone: str
    weight_text: str
    lines: list[LineOut]
    cash_text: str | None
    ready_text: str
    packed: bool
    promised_text: str
    expected_text: str | None
    minutes_left: int
    leaves_at: datetime | None
    expected_at: datetime | None
    promised_at: datetime


class ShiftOut(Schema):
    """On duty since and until, as the city's clocks show."""

    started_text: str
    ends_text: str
    lat: float
    lon: float
    wait_at: StoreOut | None
    """Where orders are expected, while there is no bag."""


class CourierOut(Schema):
    """Who this is."""

    name: str
    mode: str


class DayOut(Schema):
    """Everything the courier's page shows."""

    courier: CourierOut
    shift: ShiftOut | None
    delivered: int
    tasks: list[TaskOut]
