"""What an offer's terms come to: price, cost to us, and what is left. Plain sums of minor units; no rows are read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from guinda.base.refusals import Refusal
from guinda.offers.models import Tool
from guinda.orders.standing.forms import HOURS

COST_MAX_MINOR = 2_000_000_000
"""A touch can carry so much; a larger gift is a mistyped one."""


@dataclass(frozen=True)
class Terms:
    """What a seller puts in: the rebate, the price before it (a month, or a number's at the most), for how long, and what it is about."""

    percent: int = 0
    base_minor: int = 0
    months: int | None = None
    supply_id: int | None = None
    numbering_id: int | None = None
    order_id: int | None = None
    days: int = 0
    hour: int = 0
    note: str = ""


@dataclass(frozen=True)
class Sums:
    """Price after the rebate, and all it costs us, the rebate included; `full_minor` is the whole price before it."""

    price_minor: int
    cost_minor: int
    full_minor: int

    @property
    def left_percent(self) -> int:
        """Of the whole price, what is left after the cost; without a price, nothing."""
        return (self.full_minor - self.cost_minor) * 100 // self.full_minor if self.full_minor else 0


def months_of(tool: Tool, terms: Terms) -> int:
    """How long it holds: the tool's months unless the seller says fewer or more."""
    return tool.months if terms.months is None else terms.months


def sums(tool: Tool, terms: Terms) -> Sums:
    """Price, cost and the whole price of these terms; halves of a minor unit go to the client."""
    months = months_of(tool, terms)
    times = 1 if tool.kind == Tool.Kind.NUMBER else months
    rebate_minor = -(-terms.base_minor * terms.percent // 100)
    price_minor = terms.base_minor - rebate_minor
    cost_minor = tool.fixed_minor + tool.of_stock_minor + tool.month_minor * months + rebate_minor * times
    return Sums(price_minor, cost_minor, terms.base_minor * times)


def check(tool: Tool, terms: Terms) -> Sums:
    """The sums of terms that this tool allows.

    Raises:
        Refusal: `rebate_too_high`, `terms_wrong` where something is missing or too large, `below_floor` where too little is left.
    """
    if terms.percent > tool.rebate_percent:
        raise Refusal(
            "rebate_too_high",
            _("The rebate of this tool is %(most)s percent at the most. Enter that much or less.")
            % {"most": tool.rebate_percent},
            status=422,
        )
    missing = _missing(tool, terms)
    if missing:
        raise Refusal("terms_wrong", missing, status=422)
    found = sums(tool, terms)
    if found.cost_minor > COST_MAX_MINOR:
        raise Refusal("terms_wrong", _("This costs more than one offer may. Check the sums."), status=422)
    if tool.floor_percent is not None and found.left_percent < tool.floor_percent:
        raise Refusal(
            "below_floor",
            _(
                "Of the price %(left)s percent would be left, and at least %(floor)s must. Lower the rebate, or offer for longer."
            )
            % {"left": found.left_percent, "floor": tool.floor_percent},
            status=422,
        )
    return found


def _missing(tool: Tool, terms: Terms) -> str:
    if tool.kind == Tool.Kind.NUMBER and not (terms.numbering_id and terms.base_minor):
        return _("Say whose numbers are offered, and up to which price.")
    if tool.kind == Tool.Kind.PRICE and not (terms.base_minor and months_of(tool, terms)):
        return _("Enter what they pay a month before the rebate, and for how many months it holds.")
    if tool.kind == Tool.Kind.STANDING and not (terms.order_id and terms.days and terms.hour in HOURS):
        return _(
            "Choose the order that shall come by itself, at least one day of the week, and an hour between 8 and 22."
        )
    if not 0 <= months_of(tool, terms) <= 60 or not 0 <= terms.hour <= 23 or not 0 <= terms.days < 128:
        return _("Check the months, the days and the hour.")
    return ""


def months_later(day: date, months: int) -> date:
    """The same day so many months on, or the month's last."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, last)
        except ValueError:
            continue
    raise ValueError(f"No day {months} months after {day}.")
