"""What a play changed, in plain sentences and as a picture of two bars."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from django.utils.formats import number_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from guinda.base.shown import amount
from guinda.plays import events
from guinda.plays.definition import Definition
from guinda.plays.effect import Effect
from guinda.solvers.effect import Difference, Group, share

DONE = {
    "order.delivered": pgettext_lazy("client", "came back"),
    "order.confirmed": gettext_lazy("ordered again"),
    "standing.made": gettext_lazy("made a standing order"),
}
"""What a client did who reached the goal; of other events their own name stands here."""
WIDE = 1000
"""The picture's own units, left to right."""
ROOM = 1.06
"""A little more than the longest line needs."""


class Bar(NamedTuple):
    """One group as a bar: its share, and between what it lies, in the picture's units."""

    label: str
    percent: str
    clients: int
    long: int
    low: int
    high: int


def sentences(play: Definition, effect: Effect) -> list[str]:
    """What is known, the most important first."""
    found = effect.found
    if found is None:
        return [
            _("Nothing to compare yet: the time of the first clients is not over, or nobody was left alone.")
        ]
    facts = {
        "did": capfirst(str(_did(play.goal.event))),
        "within": spoken(play.goal.within),
        "rate": percent(found.rate),
        "alone": percent(found.rate_alone),
    }
    clients = effect.treated.clients + effect.alone.clients
    first = _("%(did)s within %(within)s: %(rate)s against %(alone)s without the play") % facts
    count = ngettext("%(n)s client", "%(n)s clients", clients) % {
        "n": number_format(clients, force_grouping=True)
    }
    return [f"{first}; {count}; {_gain(found, effect.cost)}.", *_price(effect), *_doubt(effect)]


def warning(effect: Effect) -> str:
    """Empty while the split is as it was meant."""
    if not effect.split.is_broken:
        return ""
    return _(
        "The split is broken: %(alone)s clients were left alone where %(wanted)s were to be. "
        "Something takes clients out of one group; find it before you believe a figure of this page."
    ) % {"alone": effect.split.alone, "wanted": number_format(round(effect.split.wanted))}


def bars(effect: Effect) -> list[Bar]:
    """With and without the play, on one scale."""
    groups = [(_("with the play"), effect.treated), (_("without it"), effect.alone)]
    top = ROOM * max(share(group)[1] for _label, group in groups)
    return [_bar(label, group, top) for label, group in groups]


def per_hundred(value: float) -> str:
    """Goals for each hundred clients, with a true minus."""
    text = number_format(round(abs(value) * 100, 1), 1)
    return text if value >= 0 else f"−{text}"


def percent(value: float) -> str:
    """A share as people read it."""
    return f"{number_format(round(value * 100, 1), 1)}\u00a0%"


def spoken(duration: timedelta) -> str:
    """A duration in its largest whole unit."""
    minutes = int(duration.total_seconds() // 60)
    if minutes % 1440 == 0:
        return ngettext("%(n)s day", "%(n)s days", minutes // 1440) % {"n": minutes // 1440}
    if minutes % 60 == 0:
        return ngettext("%(n)s hour", "%(n)s hours", minutes // 60) % {"n": minutes // 60}
    return ngettext("%(n)s minute", "%(n)s minutes", minutes) % {"n": minutes}


def _did(event: str) -> object:
    known = events.kinds().get(event)
    return DONE.get(event) or (known.label if known else event)


def _gain(found: Difference, cost: tuple[str, int] | None) -> str:
    facts = {
        "gained": per_hundred(found.gained),
        "low": per_hundred(found.low),
        "high": per_hundred(found.high),
    }
    if cost is None:
        return _("gained %(gained)s per 100 (between %(low)s and %(high)s)") % facts
    each = amount(round(cost[1] / found.treated.clients), cost[0])
    return _("costs %(cost)s a client, gained %(gained)s per 100 (between %(low)s and %(high)s)") % {
        **facts,
        "cost": each,
    }


def _price(effect: Effect) -> list[str]:
    priced = effect.per_gained()
    if not priced or priced[0] is None or effect.cost is None or not effect.cost[1]:
        return []
    price, between = priced
    facts = {
        name: "" if value is None else amount(round(value), effect.cost[0])
        for name, value in (("price", price), ("low", between.low), ("high", between.high))
    }
    if between.high is None:
        return [_("One gained cost %(price)s, at least %(low)s.") % facts]
    return [_("One gained cost %(price)s, between %(low)s and %(high)s.") % facts]


def _doubt(effect: Effect) -> list[str]:
    found = effect.found
    if found is None or (found.is_sure and found.gained > 0):
        return []
    if found.is_sure:
        return [_("The play does harm. Switch it off and change it.")]
    enough = effect.enough()
    said = [_("The difference may still be chance: its interval holds nought.")]
    if enough:
        more = _("A difference like this would be sure with about %(n)s clients.")
        said.append(more % {"n": number_format(enough, force_grouping=True)})
    return said


def _bar(label: str, group: Group, top: float) -> Bar:
    low, high = share(group)
    rate = group.reached / group.clients if group.clients else 0.0
    return Bar(label, percent(rate), group.clients, *(round(WIDE * each / top) for each in (rate, low, high)))
