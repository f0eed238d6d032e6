"""What the JSON door takes: small, finite and without anything the database can't store."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from ninja import Schema
from pydantic import ConfigDict, Field, StringConstraints, model_validator

from guinda.base.schemas import PLAIN, Latitude, Longitude
from guinda.orders.quotes import MOST_G, MOST_VARIETIES

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,50}$")]
Grams = Annotated[int, Field(strict=True, ge=1, le=MOST_G)]
Bowl = Annotated[dict[Slug, Grams], Field(max_length=MOST_VARIETIES)]
Phone = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=40), PLAIN]


class Strict(Schema):
    """Refuses what it does not know."""

    model_config = ConfigDict(extra="forbid")


class QuoteIn(Strict):
    """A bowl (grams by variety) and, when known, the door."""

    bowl: Bowl
    lat: Latitude | None = None
    lon: Longitude | None = None

    @model_validator(mode="after")
    def _both_or_neither(self) -> QuoteIn:
        if (self.lat is None) != (self.lon is None):
            raise ValueError("give both lat and lon, or neither")
        return self


class OrderIn(Strict):
    """What the client agreed to. `key` is made once per bowl; sent again with the same body it is the same order."""

    key: UUID
    quote: Annotated[str, StringConstraints(min_length=1, max_length=8000), PLAIN]
    street: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=160), PLAIN]
    flat: Annotated[str, StringConstraints(strip_whitespace=True, max_length=40), PLAIN] = ""
    note: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200), PLAIN] = ""
    pay: Literal["cash", "card"]
    phone: Phone | None = None
    proof: Annotated[str, StringConstraints(max_length=500), PLAIN] | None = None


class PhoneIn(Strict):
    """Where a code should go."""

    phone: Phone


class CodeIn(Strict):
    """The code that came."""

    phone: Phone
    code: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=12), PLAIN]


class AdviceIn(Strict):
    """The three answers."""

    use: Literal["eat", "bake", "preserve"]
    taste: Literal["sweet", "tart"]
    people: Annotated[int, Field(strict=True, ge=1, le=20)]


class AnswerIn(Strict):
    """What a client did with what they were told."""

    proof: Annotated[str, StringConstraints(min_length=1, max_length=500), PLAIN]
    taken: bool
