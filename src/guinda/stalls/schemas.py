"""What the stalls' JSON door takes and gives: small, finite and without anything the database can't store."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from ninja import Schema
from pydantic import ConfigDict, Field, model_validator

from guinda.base.schemas import Instant, RowId

BATCH_MOST = 500
"""Items a batch may hold, sales and tallies together."""
SALE_MOST_G = 100_000


class Strict(Schema):
    """Refuses what it does not know."""

    model_config = ConfigDict(extra="forbid")


class SaleIn(Strict):
    """A sale, under the key the telephone made for it."""

    key: UUID
    lot_id: RowId
    weight_g: Annotated[int, Field(strict=True, ge=1, le=SALE_MOST_G)]
    price_minor: Annotated[int, Field(strict=True, ge=0, lt=2**31)]
    sold_at: Instant


class TallyIn(Strict):
    """A sale that did not happen."""

    key: UUID
    kind: Literal["clean", "variety", "tomorrow", "shop"]
    said_at: Instant


class BatchIn(Strict):
    """What was tapped for one bag while there was no line."""

    bag_id: RowId
    sales: Annotated[list[SaleIn], Field(max_length=BATCH_MOST)] = []
    tallies: Annotated[list[TallyIn], Field(max_length=BATCH_MOST)] = []

    @model_validator(mode="after")
    def _some_and_not_too_many(self) -> BatchIn:
        if not 1 <= len(self.sales) + len(self.tallies) <= BATCH_MOST:
            raise ValueError(f"give from 1 to {BATCH_MOST} sales and tallies")
        return self


class LotOut(Schema):
    """A lot in the bag with its price, and what the books know of it."""

    id: int
    code: str
    variety: str
    colour: str
    per_kg_minor: int
    issued_g: int
    sold_g: int
    recalled: bool


class BagOut(Schema):
    """The open bag, and what has been booked of it."""

    id: int
    stall: str
    currency: str
    decimals: int
    float_minor: int
    lots: list[LotOut]
    sales: int
    sold_minor: int
    tallies: dict[str, int]


class DayOut(Schema):
    """Everything the seller's page needs; `csrf` is what a batch must carry."""

    seller: str
    csrf: str
    bag: BagOut | None


class RefusedOut(Schema):
    """A sale that can't be of this bag: the telephone keeps and shows it."""

    key: UUID
    code: str
    sentence: str


class BatchOut(Schema):
    """What is kept, by key, and the day as it is then."""

    kept: list[UUID]
    refused: list[RefusedOut]
    day: DayOut
