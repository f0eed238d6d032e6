"""A plan as its page shows it: what is bought, what the limits are worth, what differs from the plan in force, why each choice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from guinda.base.shown import amount
from guinda.planner import drawing, queries, words
from guinda.planner.models import Choice, Pin, Plan
from guinda.planner.naming import Names, names_of
from guinda.planner.queries import Bought

WIDE = 1000
"""The bars' own units."""


@dataclass(frozen=True)
class Row:
    """A line of what is bought: its name, figures in words, and how long its bar is; a loss has none."""

    key: str
    name: str
    choices: int
    minutes: str
    cost: str
    adds: str
    long: int
    is_loss: bool = False
    before: int | None = None
    """How many the plan in force has; None where there is nothing to compare with."""


def names_for(plan: Plan, *others: str) -> Names:
    """Every name that a plan's page speaks."""
    keys = [limit["name"] for limit in plan.limits] + [short["limit"] for short in plan.shorts]
    return names_of([*keys, *others])


def rows(plan: Plan, by_action: Sequence[Bought], names: Names, before: Sequence[Bought] | None) -> list[Row]:
    """What a plan buys, with what the plan in force buys of the same; what only that one has comes last."""
    had = None if before is None else {each.key: each.choices for each in before}
    longest = max((each.adds_minor for each in by_action), default=0)
    found = [_row(plan, each, names, longest, had) for each in by_action]
    gone = set(had or ()) - {each.key for each in by_action}
    return found + [
        Row(key, names.action(key), 0, "", "", "", 0, before=had[key]) for key in sorted(gone) if had
    ]


def _row(plan: Plan, each: Bought, names: Names, longest: int, had: Mapping[str, int] | None) -> Row:
    return Row(
        key=each.key,
        name=names.action(each.key),
        choices=each.choices,
        minutes=words.hours(each.minutes) if each.minutes else "",
        cost=amount(each.cost_minor, plan.currency) if each.cost_minor else "",
        adds=words.about(each.adds_minor, plan.currency),
        long=round(WIDE * max(0, each.adds_minor) / longest) if longest > 0 else 0,
        is_loss=each.adds_minor < 0,
        before=None if had is None else had.get(each.key, 0),
    )


def limits(plan: Plan, names: Names) -> dict[str, list[dict[str, Any]]]:
    """The limits that hold something back, the most valuable first, and the others: price in words, use, how full it is of a hundred."""
    ordered = sorted(plan.limits, key=lambda each: (-words.weight(each), each["name"]))
    told = [
        {
            "price": words.price(each, plan.currency, names),
            "binds": words.binds(each, plan.currency),
            "name": words.limit_name(each["name"], names),
            "used": words.used(each, plan.currency),
            "percent": _share(each),
        }
        for each in ordered
    ]
    return {
        "binding": [each for each in told if each["binds"]],
        "idle": [each for each in told if not each["binds"]],
    }


def _share(limit: Mapping[str, Any]) -> int:
    bound = limit["most"] if limit["most"] is not None else limit["least"]
    return min(100, round(100 * limit["used"] / bound)) if bound else 0


def beside(plan: Plan, kept: Plan) -> list[str]:
    """In words, how a plan differs from the one in force."""
    adds, cost = plan.adds_minor - kept.adds_minor, plan.cost_minor - kept.cost_minor
    facts = {"adds": words.about(abs(adds), plan.currency), "cost": amount(abs(cost), plan.currency)}
    if adds == 0 and cost == 0:
        return [_("It adds as much as the plan in force and costs as much.")]
    first = (
        _("It adds as much as the plan in force.")
        if adds == 0
        else _("It adds %(adds)s more than the plan in force.") % facts
        if adds > 0
        else _("It adds %(adds)s less than the plan in force.") % facts
    )
    second = (
        _("It costs as much.")
        if cost == 0
        else _("It costs %(cost)s more.") % facts
        if cost > 0
        else _("It costs %(cost)s less.") % facts
    )
    return [first, second]


def reasons(found: Sequence[Choice]) -> Iterator[dict[str, Any]]:
    """Choices with their sentence; the names of all are read at once."""
    names = names_of(
        part for each in found for part in (each.action, each.second, each.decided_by, each.seller)
    )
    for each in found:
        yield {
            "choice": each,
            "name": names.action(each.action),
            "seller": names.seller(each.seller),
            "adds": words.about(each.adds_minor, each.plan.currency),
            "reason": words.reason(each, names),
        }


def pins(found: Sequence[Pin], plan: Plan | None) -> list[dict[str, Any]]:
    """People's words, each with its author and whether the plan could follow it."""
    unmet = {each["pin"]: words.UNMET.get(each["why"], each["why"]) for each in plan.unmet} if plan else {}
    authors = queries.people([each.by for each in found])
    return [
        {"pin": each, "by": authors.get(each.by, each.by), "unmet": unmet.get(each.pk, "")} for each in found
    ]


def curve(plan: Plan) -> list[dict[str, str]]:
    """The curve in figures: a budget, what it adds, what one more unit of money would bring there."""
    return [
        {
            "budget": amount(each["most"], plan.currency),
            "adds": words.about(each["adds"], plan.currency),
            "price": words.a_unit(each["price"], plan.currency),
        }
        for each in drawing.reachable(plan.curve)
    ]
