"""What stands in the way of a visit, and what its client may choose instead. Reads only."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from guinda.base.refusals import Refusal
from guinda.catalog.models import Variety
from guinda.orders.quotes import Quote, Shop, quote_for, shop_for
from guinda.orders.standing.models import Visit, Wanted

DEARER_PERCENT = 10
"""A price may rise by so much above the agreed one before the client is asked: the noise of a season, not another price."""
CHOICES = 6
"""Other varieties offered in place of one: as many as one reads on a telephone."""


@dataclass(frozen=True)
class Trouble:
    """Why a visit can't be ordered as it is: the refusal, what there is too little of, and what has become too dear (minor units a kg)."""

    refusal: Refusal | None = None
    short: Collection[str] = ()
    dearer: Mapping[str, int] = field(default_factory=dict)

    @property
    def troubled(self) -> set[str]:
        """The varieties to decide about; none when it is the whole bowl."""
        return {*self.short, *self.dearer}


def lines_of(visit: Visit) -> Sequence[Wanted]:
    """What the visit brings: its own lines where the client chose some, else the standing order's."""
    return list(visit.lines.order_by("pk")) or list(visit.standing.lines.order_by("pk"))


def look(visit: Visit, lines: Sequence[Wanted], *, now: datetime) -> Quote | Trouble:
    """Today's quote for the visit, or what stands in its way."""
    standing = visit.standing
    bowl = {line.variety_id: line.weight_g for line in lines}
    try:
        chosen = quote_for(
            city=standing.city, bowl=bowl, door=standing.door, wished_at=visit.wished_at, now=now
        )
    except Refusal as refusal:
        left_g = refusal.facts.get("left_g", {})
        return Trouble(refusal, [slug for slug, grams in bowl.items() if left_g.get(slug, grams) < grams])
    agreed = {line.variety_id: line.per_kg_minor for line in lines}
    dearer = {
        line.variety_id: line.per_kg_minor
        for line in chosen.lines
        if too_dear(line.per_kg_minor, agreed[line.variety_id])
    }
    return Trouble(dearer=dearer) if dearer else chosen


def too_dear(per_kg_minor: int, agreed_minor: int) -> bool:
    """Whether a price is so far above the agreed one that the client must be asked."""
    return per_kg_minor * 100 > agreed_minor * (100 + DEARER_PERCENT)


@dataclass(frozen=True)
class Choice:
    """A variety that may come instead, at its price; the same variety means: at its new price."""

    variety: Variety
    per_kg_minor: int
    weight_g: int

    @property
    def value(self) -> str:
        """What the form sends: the price is in it, because that is what the client agrees to."""
        return f"{self.variety.slug}:{self.per_kg_minor}"


@dataclass(frozen=True)
class Question:
    """One line to decide about: what is wrong with it and what may come instead."""

    line: Wanted
    variety: Variety
    dearer_minor: int | None
    choices: Sequence[Choice]
    can_leave_out: bool


def questions(visit: Visit, *, now: datetime) -> list[Question]:
    """What to ask about an open visit; nothing when all of it can be had. A constant number of queries."""
    lines = lines_of(visit)
    trouble = look(visit, lines, now=now)
    if not isinstance(trouble, Trouble):
        return []
    asked = trouble.troubled or {line.variety_id for line in lines}
    good = {line.variety_id: line.weight_g for line in lines if line.variety_id not in asked}
    standing = visit.standing
    shop = shop_for(city=standing.city, door=standing.door, good_at=visit.wished_at, now=now)
    fruit = Variety.objects.select_related("product").filter(slug__in={*shop.by_kg, *asked})
    varieties = {row.slug: row for row in fruit.order_by("product__position", "product", "position", "slug")}
    others = [row for slug, row in varieties.items() if slug not in {line.variety_id for line in lines}]
    return [
        Question(
            line=line,
            variety=varieties[line.variety_id],
            dearer_minor=trouble.dearer.get(line.variety_id),
            choices=_choices(
                line=line,
                variety=varieties[line.variety_id],
                others=others,
                dearer=trouble.dearer,
                good=good,
                shop=shop,
            ),
            can_leave_out=len(lines) > 1,
        )
        for line in lines
        if line.variety_id in asked
    ]


def _choices(
    *,
    line: Wanted,
    variety: Variety,
    others: Sequence[Variety],
    dearer: Mapping[str, int],
    good: Mapping[str, int],
    shop: Shop,
) -> list[Choice]:
    """The same at its new price, then its kin, then the rest: whatever a store has together with what is not in question."""
    same = [variety] if variety.slug in dearer else []
    kin = sorted(others, key=lambda row: row.product_id != variety.product_id)
    had = [row for row in kin if shop.able({**good, row.slug: line.weight_g})]
    return [Choice(row, shop.by_kg[row.slug], line.weight_g) for row in [*same, *had]][:CHOICES]
