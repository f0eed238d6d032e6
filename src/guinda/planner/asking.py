"""What a plan is asked for: money, hours, messages, caps, floors, how much each client gets, and the share that learning gets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from guinda.base.refusals import Refusal
from guinda.clients.models import Channel, Client
from guinda.offers.models import Tool
from guinda.planner.models import Plan

MONEY_MAX = 2**53 - 1
MINUTES_MAX = 24 * 60
COUNT_MAX = 10_000_000
EACH_MAX = 5
LEARNING_MAX = 50
CAPACITIES = ("calls", "visits", "gifts")
"""What may be bounded by number besides messages: contacts by two channels, and gifts, which couriers bring."""
MESSAGE = frozenset({"messages"})
TAKES = {Channel.MESSAGE: "messages", Channel.CALL: "calls", Channel.VISIT: "visits"}
ROWS_MAX = 20
"""Caps, floors, and sellers with other hours, of one plan."""
USUAL_BUDGET_MAJOR = 100_000
"""Units of money a day, while nobody has said otherwise."""
USUAL_LEARNING_PERCENT = 5


def takes(channel: str, tool_kind: str) -> frozenset[str]:
    """Of what there is a number in a day a thing takes one: a contact by its channel, a gift."""
    contact = {name for way, name in TAKES.items() if way == channel}
    return frozenset(contact | ({"gifts"} if tool_kind == Tool.Kind.GIFT else set()))


@dataclass(frozen=True)
class Cap:
    """At most so many clients of a kind."""

    kind: str
    most: int


@dataclass(frozen=True)
class Floor:
    """At least so many of `tool:NAME`, or of any step of `play:NAME`."""

    action: str
    least: int


@dataclass(frozen=True)
class Hours:
    """A seller who works more or less than the others, or not at all."""

    seller: str
    minutes: int


@dataclass(frozen=True)
class Asked:
    """Money is minor units, `seller_minutes` are each seller's for the day but for those of `hours`; `each` is how much a person gets."""

    budget_minor: int
    seller_minutes: int
    messages: int
    each: int = 1
    calls: int | None = None
    visits: int | None = None
    gifts: int | None = None
    """Of these as many as fit where nothing is said; gifts are what couriers bring."""
    caps: tuple[Cap, ...] = field(default_factory=tuple)
    floors: tuple[Floor, ...] = field(default_factory=tuple)
    hours: tuple[Hours, ...] = field(default_factory=tuple)
    learning_percent: int = USUAL_LEARNING_PERCENT
    by_itself: bool = False
    """Made anew each night and kept without a person."""

    def plain(self) -> dict[str, Any]:
        """As a plan keeps it."""
        return {
            **asdict(self),
            "caps": [asdict(each) for each in self.caps],
            "floors": [asdict(each) for each in self.floors],
            "hours": [asdict(each) for each in self.hours],
        }

    def minutes_of(self, seller: str) -> int:
        """How long this seller works that day."""
        own = {each.seller: each.minutes for each in self.hours}
        return own.get(seller, self.seller_minutes)


def read(told: Mapping[str, Any]) -> Asked:
    """What was kept or sent, checked.

    Raises:
        Refusal: `plan_wrong` with the `field` and one sentence.
    """
    bounds = {
        "budget_minor": (0, MONEY_MAX),
        "seller_minutes": (0, MINUTES_MAX),
        "messages": (0, COUNT_MAX),
        "each": (1, EACH_MAX),
        "learning_percent": (0, LEARNING_MAX),
    }
    given = {"each": 1, "learning_percent": USUAL_LEARNING_PERCENT, **told}
    whole = {name: _whole(name, given.get(name), *between) for name, between in bounds.items()}
    caps = tuple(_cap(each) for each in _rows("caps", given.get("caps", ())))
    floors = tuple(_floor(each) for each in _rows("floors", given.get("floors", ())))
    for name in CAPACITIES:
        if given.get(name) is not None:
            whole[name] = _whole(name, given[name], 0, COUNT_MAX)
    hours = tuple(_hours(each) for each in _rows("hours", given.get("hours", ())))
    for name, rows in (
        ("caps", [each.kind for each in caps]),
        ("floors", [each.action for each in floors]),
        ("hours", [each.seller for each in hours]),
    ):
        if len(set(rows)) < len(rows):
            raise wrong(name, _("One thing stands here twice. Keep one of them."))
    return Asked(**whole, caps=caps, floors=floors, hours=hours, by_itself=given.get("by_itself") is True)


def usual(currency: str) -> Asked:
    """What was asked for when a plan was last kept; before the first, a modest day."""
    before = Plan.objects.filter(currency=currency, kept_at__isnull=False).order_by("-kept_at").first()
    if before:
        return read(before.asked)
    return Asked(
        budget_minor=USUAL_BUDGET_MAJOR * 100,
        seller_minutes=round(settings.SELLER_HOURS * 60),
        messages=500,
    )


def wrong(name: str, sentence: str) -> Refusal:
    """What is said of one field."""
    return Refusal("plan_wrong", sentence, status=422, field=name)


def _whole(name: str, value: Any, least: int, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise wrong(
            name, _("Enter a whole number from %(least)s to %(most)s.") % {"least": least, "most": most}
        )
    return value


def _rows(name: str, told: Any) -> list[Mapping[str, Any]]:
    if (
        not isinstance(told, (list, tuple))
        or len(told) > ROWS_MAX
        or not all(isinstance(each, Mapping) for each in told)
    ):
        raise wrong(name, _("Give a list of at most %(most)s.") % {"most": ROWS_MAX})
    return list(told)


def _cap(told: Mapping[str, Any]) -> Cap:
    if told.get("kind") not in Client.Kind.values:
        raise wrong("caps", _("Choose people or companies."))
    return Cap(told["kind"], _whole("caps", told.get("most"), 0, COUNT_MAX))


def _floor(told: Mapping[str, Any]) -> Floor:
    action = told.get("action")
    if not isinstance(action, str) or not action.startswith(("tool:", "play:")) or not 5 < len(action) <= 60:
        raise wrong("floors", _("Choose a tool or a play."))
    return Floor(action, _whole("floors", told.get("least"), 0, COUNT_MAX))


def _hours(told: Mapping[str, Any]) -> Hours:
    seller = told.get("seller")
    if not isinstance(seller, str) or not 0 < len(seller) <= 150:
        raise wrong("hours", _("Choose a seller."))
    return Hours(seller, _whole("hours", told.get("minutes"), 0, MINUTES_MAX))
