"""Plans in plain sentences: what one more of a limit would bring, why a client is given something, what is out of reach, the proof."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from guinda.base.money import from_major
from guinda.base.shown import amount
from guinda.planner.models import Choice, Plan
from guinda.planner.naming import Names, names_of

Limit = Mapping[str, Any]
HOUR = 60
WHOLE_FROM = 100
"""Units of money from which an amount that is reckoned, not counted, loses its minor part."""
DUST = 50
"""What is below this part of a unit of money counts as nothing."""
MONEY = ("budget", "tool_budget")
NAMED = {
    "budget": gettext_lazy("budget"),
    "messages": gettext_lazy("messages"),
    "calls": gettext_lazy("telephone calls"),
    "visits": pgettext_lazy("of sellers", "visits"),
    "gifts": gettext_lazy("gifts that couriers bring"),
    "seller": gettext_lazy("time of %(who)s"),
    "seller:nobody": gettext_lazy("nobody is there to call them"),
    "segment:person": gettext_lazy("people at most"),
    "segment:company": gettext_lazy("companies at most"),
    "stock": gettext_lazy("pieces of %(what)s"),
    "numbers": gettext_lazy("free numbers"),
    "tool_budget": gettext_lazy("budget of %(what)s"),
    "floor": gettext_lazy("at least so many of %(what)s"),
}
"""Limits by their name, or else their kind."""
ONE_MORE = {
    "budget": gettext_lazy("%(one)s more of budget would bring %(gain)s."),
    "messages": gettext_lazy("One more message would bring %(gain)s."),
    "calls": gettext_lazy("One more telephone call would bring %(gain)s."),
    "visits": gettext_lazy("One more visit would bring %(gain)s."),
    "gifts": gettext_lazy("One more gift that couriers bring would bring %(gain)s."),
    "seller": gettext_lazy("One more hour of the time of %(who)s would bring %(gain)s."),
    "segment:person": gettext_lazy("One more person would bring %(gain)s."),
    "segment:company": gettext_lazy("One more company would bring %(gain)s."),
    "stock": gettext_lazy("One more of %(what)s would bring %(gain)s."),
    "numbers": gettext_lazy("One more free number would bring %(gain)s."),
    "tool_budget": gettext_lazy("%(one)s more of the budget of %(what)s would bring %(gain)s."),
    "floor": gettext_lazy("Asking for one less of %(what)s would bring %(gain)s."),
}
"""Their prices, in the same way."""
DOING = {
    "waiting": gettext_lazy("It will begin in a moment."),
    "clients": gettext_lazy("Looking who could be contacted today"),
    "sieves": gettext_lazy("Asking who may be offered what"),
    "worth": gettext_lazy("Reckoning what each offer adds"),
    "solving": gettext_lazy("Choosing"),
    "curve": gettext_lazy("Trying other budgets"),
    "writing": gettext_lazy("Writing it down"),
}
"""What a worker is at, by `Plan.doing`."""
UNMET = {
    "not_eligible": gettext_lazy("it may not be offered to them today"),
    "another_pin": gettext_lazy("another word about them was said before"),
    "no_room": gettext_lazy("it does not fit within the limits"),
    "not_chosen": gettext_lazy("nothing is in it for them"),
}
"""Why a pin was not met, by `Plan.unmet`."""


def reason(choice: Choice, names: Names | None = None) -> str:
    """Why a plan gives this client this: what it adds, what it costs, what was second, what decided, what that rests on."""
    names = names or names_of([choice.second, choice.decided_by])
    return " ".join([*_how(choice), _adds(choice), _costs(choice), *_others(choice, names), *_rests(choice)])


def limit_name(name: str, names: Names) -> str:
    """A limit by the name that plans keep, as it stands in a list."""
    kind, _colon, of = name.partition(":")
    return str(NAMED.get(name) or NAMED[kind]) % _of_what(kind, of, names)


def price(limit: Limit, currency: str, names: Names | None = None) -> str:
    """What one more unit of a limit would bring, by the hour and by the piece; or that more of it would bring nothing."""
    names = names or names_of([limit["name"]])
    kind, of = limit["kind"], limit["of"]
    if not binds(limit, currency):
        return _idle(limit, names)
    facts = {"gain": about(_gain(limit, currency), currency), "one": one(currency)}
    said = str(ONE_MORE.get(limit["name"]) or ONE_MORE[kind])
    return said % {**facts, **_of_what(kind, of, names)}


def binds(limit: Limit, currency: str) -> bool:
    """Whether one more of it would bring anything worth a word: prices are reckoned, and the last digits of a slack one are dust."""
    return _gain(limit, currency) >= max(1, _major(currency) // DUST)


def used(limit: Limit, currency: str) -> str:
    """How much of a limit the plan uses, in the limit's own unit."""
    kind = limit["kind"]
    facts = {part: _of_kind(kind, limit[part], currency) for part in ("used", "most", "least")}
    if limit["most"] is None:
        return _("%(used)s, at least %(least)s wanted") % facts
    return _("%(used)s of %(most)s") % facts


def weight(limit: Limit) -> float:
    """What a hundredth more of it would bring, in minor units: the one measure by which limits of all kinds can be put in order."""
    bound = limit["most"] if limit["most"] is not None else limit["least"]
    return float(limit["price"] * (bound or 0) / 100)


def short(told: Mapping[str, Any], names: Names) -> str:
    """A floor out of reach, and what stands in the way."""
    facts = {
        "what": names.action(told["limit"].partition(":")[2]),
        "least": number_format(told["least"], force_grouping=True),
        "reached": number_format(told["reached"], force_grouping=True),
        "because": ", ".join(limit_name(each, names) for each in told["because"]),
    }
    if told["proved"]:
        said = _("At least %(least)s of %(what)s can’t be reached; this plan has %(reached)s.") % facts
    else:
        said = _("At least %(least)s of %(what)s were not reached; this plan has %(reached)s.") % facts
    in_the_way = _("In the way: %(because)s.") % facts
    return f"{said} {in_the_way}" if told["because"] else said


def certificate(plan: Plan) -> str:
    """How good the plan is at the least, and that it keeps within its limits."""
    bound = amount(plan.bound_minor, plan.currency)
    if plan.gap <= 0:
        said = _("No plan within these limits adds more than %(bound)s, and this one adds that.")
    else:
        said = _("No plan within these limits adds more than %(bound)s; this one is within %(gap)s of that.")
    said = said % {"bound": bound, "gap": _gap(plan.gap)}
    within = (
        _("No limit is exceeded, but not every floor can be reached.")
        if plan.shorts
        else _("No limit is exceeded.")
    )
    return f"{said} {within}"


def given_that(plan: Plan) -> Sequence[str]:
    """What the certificate takes as given, with its price."""
    said = []
    if plan.pins_cost_minor:
        said.append(
            _("That is with what people said to the planner, which costs %(cost)s.")
            % {"cost": about(plan.pins_cost_minor, plan.currency)}
        )
    if plan.learning_cost_minor:
        said.append(
            _("That is with what is kept for learning, which costs %(cost)s.")
            % {"cost": about(plan.learning_cost_minor, plan.currency)}
        )
    return said


def left_out(plan: Plan) -> str:
    """How many messages of plays it does not choose; empty where there are none."""
    if not plan.left_out_count:
        return ""
    said = ngettext(
        "It leaves out %(n)s message that a play would send that day.",
        "It leaves out %(n)s messages that plays would send that day.",
        plan.left_out_count,
    )
    return said % {"n": number_format(plan.left_out_count, force_grouping=True)}


def refused(count: int) -> str:
    """How many choices could not be given out; empty where all could."""
    if not count:
        return ""
    said = ngettext(
        "%(n)s choice could not be given out: see why",
        "%(n)s choices could not be given out: see why",
        count,
    )
    return said % {"n": number_format(count, force_grouping=True)}


def about(amount_minor: int, currency: str) -> str:
    """An amount that is reckoned, not counted: without its minor part where it is large."""
    unit = _major(currency)
    if abs(amount_minor) >= WHOLE_FROM * unit:
        amount_minor = round(amount_minor / unit) * unit
    return amount(amount_minor, currency)


def hours(minutes: int) -> str:
    """Minutes of people as hours."""
    return _("%(hours)s h") % {"hours": number_format(round(minutes / HOUR, 1), 1, force_grouping=True)}


def one(currency: str) -> str:
    """One unit of money."""
    return amount(_major(currency), currency)


def a_unit(price: float, currency: str) -> str:
    """What one more unit of money would bring at this price."""
    return about(round(price * _major(currency)), currency)


def _gain(limit: Limit, currency: str) -> int:
    unit = _major(currency) if limit["kind"] in MONEY else HOUR if limit["kind"] == "seller" else 1
    return round(float(limit["price"]) * unit)


def _how(choice: Choice) -> list[str]:
    if choice.why == Choice.Why.LEARNING:
        return [_("Chosen by chance, so that what it adds can be measured.")]
    if choice.why == Choice.Why.PINNED:
        return [_("Pinned by a person.")]
    return []


def _adds(choice: Choice) -> str:
    currency = choice.plan.currency
    facts = {
        "adds": about(choice.adds_minor, currency),
        "more": number_format(round(100 * choice.chance, 1), 1),
        "rest": about(choice.rest_minor, currency),
    }
    if choice.basis == Choice.Basis.AUTHOR:
        return _("Expected to add %(adds)s, by what the play’s author says it is worth.") % facts
    return (
        _(
            "Expected to add %(adds)s: with it %(more)s more of a hundred clients stay or come; %(rest)s is still to come from this one."
        )
        % facts
    )


def _costs(choice: Choice) -> str:
    minutes = ngettext("%(n)s minute", "%(n)s minutes", choice.minutes) % {"n": choice.minutes}
    facts = {"cost": amount(choice.cost_minor, choice.plan.currency), "minutes": minutes}
    if choice.minutes and choice.cost_minor:
        return _("It costs %(cost)s at the most, and %(minutes)s.") % facts
    if choice.minutes:
        return _("It costs %(minutes)s.") % facts
    return (_("It costs %(cost)s at the most.") if choice.cost_minor else _("It costs nothing.")) % facts


def _others(choice: Choice, names: Names) -> list[str]:
    said = []
    if choice.second:
        facts = {
            "what": names.action(choice.second),
            "adds": about(choice.second_minor, choice.plan.currency),
        }
        if choice.why == Choice.Why.BEST:
            said.append(_("Second best: %(what)s, which would add %(adds)s.") % facts)
        else:
            said.append(_("Otherwise: %(what)s, which would add %(adds)s.") % facts)
    if choice.decided_by:
        facts = {"limit": limit_name(choice.decided_by, names)}
        said.append(_("What would add most was held back by a limit: %(limit)s.") % facts)
    return said


def _rests(choice: Choice) -> list[str]:
    if choice.basis == Choice.Basis.AUTHOR:
        return []
    return [_("The chance is %(basis)s.") % {"basis": choice.get_basis_display()}]


def _of_what(kind: str, of: str, names: Names) -> dict[str, str]:
    if kind == "seller":
        return {"who": names.seller(of) if of else _("all other sellers")}
    return {"what": names.action(of) if kind == "floor" else names.tool(of)}


def _idle(limit: Limit, names: Names) -> str:
    """A limit that does not bind."""
    name = limit_name(limit["name"], names)
    name = name[:1].upper() + name[1:]
    if limit["least"] is not None and limit["most"] is None:
        return _("%(limit)s: this costs nothing today.") % {"limit": name}
    return _("%(limit)s: more of it would bring nothing today.") % {"limit": name}


def _of_kind(kind: str, value: int | None, currency: str) -> str:
    if value is None:
        return ""
    if kind in MONEY:
        return amount(value, currency)
    if kind == "seller":
        return hours(value)
    return str(number_format(value, force_grouping=True))


def _gap(share: float) -> str:
    """Rounded up, so that no more is claimed than was proved."""
    percent = math.ceil(share * 1_000_000) / 10_000
    return f"{number_format(percent, 4 if percent < 0.1 else 2)}\u00a0%"


def _major(currency: str) -> int:
    return from_major(Decimal(1), currency)
