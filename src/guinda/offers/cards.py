"""A number as it is shown: in the groups it is read in, with its pattern lit up, its class and its price."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.utils.translation import get_language, pgettext_lazy

from guinda.base.money import show
from guinda.offers.models import Hold, Number, NumberClass, Numbering
from guinda.offers.search import Found
from guinda.solvers.grade import parts

PATTERNS = {
    "repeat": pgettext_lazy("pattern of a number", "repeat"),
    "zeros": pgettext_lazy("pattern of a number", "zeros"),
    "ladder": pgettext_lazy("pattern of a number", "ladder"),
    "again": pgettext_lazy("pattern of a number", "said again"),
    "mirror": pgettext_lazy("pattern of a number", "mirror"),
    "date": pgettext_lazy("pattern of a number", "date"),
    "year": pgettext_lazy("pattern of a number", "year"),
}


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
    price: str
    score: int
    state: str = "free"
    until_at: datetime | None = None
    key: str = ""

    @property
    def spoken(self) -> str:
        """For a screen reader: the digits in their groups."""
        return "".join(("  " if digit.first else " ") + digit.sign for digit in self.digits).strip()


def cards(found: Sequence[Found], numbering: Numbering, classes: Sequence[NumberClass]) -> list[Card]:
    """One card for each, in order; no statement of its own."""
    return [_card(each, numbering, classes) for each in found]


def held_by(
    *, seller_id: int, numbering: Numbering, classes: Sequence[NumberClass], now: datetime
) -> list[Card]:
    """What a seller holds now, the hold that ends first before the others."""
    live = Hold.objects.filter(
        seller_id=seller_id, until_at__gt=now, number__numbering=numbering
    ).select_related("number")
    return [
        replace(
            _card(_found(hold.number), numbering, classes),
            state="held",
            until_at=hold.until_at,
            key=str(hold.key),
        )
        for hold in live.order_by("until_at")
    ]


def kept(
    numbers: Sequence[int], numbering: Numbering, classes: Sequence[NumberClass], now: datetime
) -> list[Card]:
    """Numbers set aside to compare, as they stand now: free, or taken meanwhile."""
    rows = Number.objects.filter(pk__in=numbers, numbering=numbering).select_related("hold")
    return [
        replace(_card(_found(row), numbering, classes), state="free" if _is_free(row, now) else "taken")
        for row in sorted(rows, key=lambda row: numbers.index(row.pk))
    ]


def _is_free(row: Number, now: datetime) -> bool:
    hold = getattr(row, "hold", None)
    return row.state == Number.State.FREE and (hold is None or hold.until_at <= now)


def _found(row: Number) -> Found:
    return Found(row.number, row.class_row, row.score / 100)


def _card(found: Found, numbering: Numbering, classes: Sequence[NumberClass]) -> Card:
    of_class = classes[found.class_row]
    seen = parts(found.number - numbering.base, length=numbering.length, groups=numbering.groups)
    return Card(
        number=found.number,
        digits=_digits(
            found.number - numbering.base,
            numbering,
            {p: part.kind for part in seen for p in range(part.start, part.stop)},
        ),
        patterns=[str(PATTERNS[part.kind]) for part in sorted(seen, key=lambda part: -part.saved_bits)],
        class_name=of_class.name,
        class_row=of_class.row,
        price=show(of_class.price_minor, numbering.currency, get_language() or "en"),
        score=round(found.score),
    )


def _digits(digits: int, numbering: Numbering, kinds: dict[int, str]) -> list[Digit]:
    begins = {sum(numbering.groups[:each]) for each in range(len(numbering.groups))}
    text = f"{digits:0{numbering.length}d}"
    return [Digit(sign, kinds.get(place, ""), place in begins) for place, sign in enumerate(text)]
