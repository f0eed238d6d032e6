"""A number as it is shown: in the groups it is read in, with its pattern lit up, its class and its price."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from itertools import accumulate

import numpy as np
from django.db.models import Count, Min
from django.utils.translation import get_language, pgettext_lazy

from guinda.base.money import show
from guinda.offers.models import Hold, Number, Numbering
from guinda.offers.search import Found
from guinda.solvers.grade import Curve, Grader, Part, curve, parts

PATTERNS = {
    "repeat": pgettext_lazy("pattern of a number", "repeat"),
    "zeros": pgettext_lazy("pattern of a number", "zeros"),
    "ladder": pgettext_lazy("pattern of a number", "ladder"),
    "again": pgettext_lazy("pattern of a number", "said again"),
    "mirror": pgettext_lazy("pattern of a number", "mirror"),
    "date": pgettext_lazy("pattern of a number", "date"),
    "year": pgettext_lazy("pattern of a number", "year"),
}

SUGGEST_FROM = 1.5
"""A price is suggested where the number's beauty is worth this many times what its class asks."""


@dataclass(frozen=True)
class Digit:
    """One digit, the kind of the part it belongs to (empty for none), and whether a group begins with it."""

    sign: str
    kind: str
    first: bool


@dataclass(frozen=True)
class Card:
    """All the picker says of a number."""

    number: int
    digits: list[Digit]
    patterns: list[str]
    class_name: str
    class_row: int
    mask: str
    price: str
    suggested: str
    score: int
    size: int = 1
    state: str = "free"
    until_at: datetime | None = None
    key: str = ""

    @property
    def grouped(self) -> str:
        """On paper: the digits in their groups."""
        return "".join(
            ("-" if digit.first and place else "") + digit.sign for place, digit in enumerate(self.digits)
        )

    @property
    def spoken(self) -> str:
        """For a screen reader: the digits in their groups."""
        return "".join(("  " if digit.first else " ") + digit.sign for digit in self.digits).strip()


class PriceList:
    """A numbering's classes as a page shows them: read once a request, then no card takes a statement of its own."""

    def __init__(self, numbering: Numbering) -> None:
        self.numbering = numbering
        self.classes = list(numbering.classes.order_by("row"))
        self.grader = numbering.grader(self.classes)
        prices = tuple(each.price_minor for each in self.classes)
        self.curve = _curve(self.grader, tuple(numbering.groups), prices)

    def cards(self, found: Sequence[Found], *, size: int = 1) -> list[Card]:
        """One card for each, in order; with a `size`, each is the first of so many in a row and its price is theirs together."""
        return [self._block(each, size) if size > 1 else self._card(each) for each in found]

    def held_by(self, *, seller_id: int, now: datetime) -> list[Card]:
        """What a seller holds now, a block as one card, the hold that ends first before the others."""
        live = Hold.objects.filter(seller_id=seller_id, until_at__gt=now, number__numbering=self.numbering)
        groups = (
            live.values("key", "until_at")
            .annotate(first=Min("number_id"), size=Count("pk"))
            .order_by("until_at")
        )
        rows = Number.objects.in_bulk([group["first"] for group in groups])
        return [
            replace(
                self.cards([_found(rows[group["first"]])], size=group["size"])[0],
                state="held",
                until_at=group["until_at"],
                key=str(group["key"]),
            )
            for group in groups
        ]

    def kept(self, numbers: Sequence[int], *, now: datetime) -> list[Card]:
        """Numbers set aside to compare, as they stand now: free, or taken meanwhile."""
        rows = Number.objects.filter(pk__in=numbers, numbering=self.numbering).select_related("hold")
        return [
            replace(self._card(_found(row)), state="free" if _is_free(row, now) else "taken")
            for row in sorted(rows, key=lambda row: numbers.index(row.pk))
        ]

    @staticmethod
    def held(card: Card, until_at: datetime) -> Card:
        """The card of a number that is held until then."""
        return replace(card, state="held", until_at=until_at)

    def _card(self, found: Found) -> Card:
        digits, of_class = found.number - self.numbering.base, self.classes[found.class_row]
        seen = parts(digits, length=self.numbering.length, groups=self.numbering.groups)
        mask = int(self.grader.fit(np.array([digits])).masks[0])
        worth = self.curve.price_minor(found.score) if self.curve else 0
        return Card(
            number=found.number,
            digits=self._digits(digits, seen),
            patterns=[str(PATTERNS[part.kind]) for part in sorted(seen, key=lambda part: -part.saved_bits)],
            class_name=of_class.name,
            class_row=of_class.row,
            mask=of_class.masks[mask] if 0 <= mask < len(of_class.masks) else "",
            price=self._money(of_class.price_minor),
            suggested=self._money(worth) if worth > SUGGEST_FROM * of_class.price_minor else "",
            score=round(found.score),
        )

    def _block(self, found: Found, size: int) -> Card:
        digits = np.arange(size) + (found.number - self.numbering.base)
        price_minor = sum(self.classes[row].price_minor for row in self.grader.fit(digits).classes)
        card = self._card(found)
        return replace(
            card, size=size, price=self._money(price_minor), suggested="", mask="", class_name="", patterns=[]
        )

    def _money(self, amount_minor: int) -> str:
        return show(amount_minor, self.numbering.currency, get_language() or "en")

    def _digits(self, digits: int, seen: Sequence[Part]) -> list[Digit]:
        kinds = {place: part.kind for part in seen for place in range(part.start, part.stop)}
        begins = {0, *accumulate(self.numbering.groups)}
        text = f"{digits:0{self.numbering.length}d}"
        return [Digit(sign, kinds.get(place, ""), place in begins) for place, sign in enumerate(text)]


@lru_cache(maxsize=32)
def _curve(grader: Grader, groups: tuple[int, ...], prices_minor: tuple[int, ...]) -> Curve | None:
    return curve(grader, groups=groups, prices_minor=prices_minor, seed=1)


def _is_free(row: Number, now: datetime) -> bool:
    hold = getattr(row, "hold", None)
    return row.state == Number.State.FREE and (hold is None or hold.until_at <= now)


def _found(row: Number) -> Found:
    return Found(row.number, row.class_row, row.score / 100)
