"""Who has a use for a tool: a short closed list of conditions with parameters, kept as data and answered in SQL for many clients at once.

A tool's `needs` is a list such as `[{"need": "ends_within", "days": 90}, {"need": "buys_elsewhere"}]`: all must hold. Days are counted from
today, money is minor units a month.

A tool's `law` is a list of the same conditions, each with `why`, the sentence told of a client who may not have it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.utils.functional import Promise as LazyText
from django.utils.translation import gettext_lazy as _

from guinda.base.texts import in_all_languages

MOST = 12
"""Conditions of one tool; more is a program, not a list."""
NUMBER_MAX = 2_000_000_000
DAYS_MAX = 36_500
"""A hundred years: instants further back are no instants of the database."""
TEXT_MAX = 60
WHY = "why"
WHY_MAX = 300


class Need(NamedTuple):
    """A condition: its parameter and its kind, its SQL over `c` (the client), and what is said of a client without it."""

    parameter: str
    kind: type
    sql: str
    missing: str | LazyText


SUPPLY = "SELECT FROM clients_supply s WHERE s.company_id = c.id AND "
NEEDS: dict[str, Need] = {
    "company": Need("", int, "c.kind = 'company'", _("It is for companies.")),
    "person": Need("", int, "c.kind = 'person'", _("It is for persons.")),
    "in_country": Need(
        "country",
        str,
        "coalesce((SELECT city.country FROM places_city city WHERE city.slug = c.city_id), '') = {0}",
        _("They are not in %(country)s, or it is not known."),
    ),
    "people_from": Need(
        "people",
        int,
        "coalesce(c.size, 0) >= {0}",
        _("Fewer than %(people)s people work there, or it is not known."),
    ),
    "people_to": Need(
        "people", int, "coalesce(c.size, 0) <= {0}", _("More than %(people)s people work there.")
    ),
    "bill_from": Need(
        "minor",
        int,
        "(SELECT coalesce(sum(s.monthly_minor), 0) FROM clients_supply s WHERE s.company_id = c.id) >= {0}",
        _("They spend less a month than it is meant for."),
    ),
    "ends_within": Need(
        "days",
        int,
        f"EXISTS ({SUPPLY} s.ends_date BETWEEN %(today)s AND %(today)s + {{0}})",
        _("No contract of theirs ends within %(days)s days."),
    ),
    "buys_elsewhere": Need(
        "",
        int,
        f"EXISTS ({SUPPLY} s.competitor_id IS NOT NULL)",
        _("They buy nothing from a competitor, as far as we know."),
    ),
    "buys_here": Need(
        "",
        int,
        f"EXISTS ({SUPPLY} s.competitor_id IS NULL)",
        _("They buy nothing from us yet."),
    ),
    "buys": Need(
        "what",
        str,
        f"EXISTS ({SUPPLY} strpos(lower(s.what), lower({{0}})) > 0)",
        _("They don’t buy this: %(what)s."),
    ),
    "client_for": Need(
        "days",
        int,
        "c.since_at <= %(now)s - {0} * interval '1 day'",
        _("They have been a client for less than %(days)s days."),
    ),
    "no_number": Need(
        "",
        int,
        "NOT EXISTS (SELECT FROM offers_number n WHERE n.owner_id = c.id)",
        _("They have a number of ours already."),
    ),
    "ordered": Need(
        "orders",
        int,
        "(SELECT count(*) FROM orders_order o WHERE o.client_id = c.id AND o.state = 'delivered') >= {0}",
        _("They have had fewer than %(orders)s orders."),
    ),
    "approached": Need(
        "days",
        int,
        "EXISTS (SELECT FROM offers_approach a WHERE a.client_id = c.id AND a.at > %(now)s - {0} * interval '1 day')",
        _("No competitor has approached them within %(days)s days, as far as we know."),
    ),
}


def are_needs(told: object) -> None:
    """Validator: a list of conditions, each of this list and with its one parameter."""
    if not isinstance(told, list) or len(told) > MOST:
        raise ValidationError(_("Give a list of at most %(most)s conditions."), params={"most": MOST})
    for each in told:
        if not _is_need(each):
            raise ValidationError(
                _("“%(told)s” is no condition. There are: %(needs)s."),
                params={"told": str(each)[:80], "needs": ", ".join(NEEDS)},
            )


def are_laws(told: object) -> None:
    """Validator: conditions as `are_needs` takes them, each with its `why` in every language."""
    rows = told if isinstance(told, list) else None
    are_needs(told if rows is None else [_without_why(each) for each in rows])
    for each in rows or ():
        in_all_languages(each.get(WHY))
        if max(len(str(text)) for text in each[WHY].values()) > WHY_MAX:
            raise ValidationError(
                _("A sentence of why has up to %(most)s characters."), params={"most": WHY_MAX}
            )


def _without_why(told: object) -> object:
    return {name: value for name, value in told.items() if name != WHY} if isinstance(told, dict) else told


def _is_need(told: object) -> bool:
    need = NEEDS.get(str(told.get("need"))) if isinstance(told, dict) else None
    if need is None or not isinstance(told, dict):
        return False
    if not need.parameter:
        return set(told) == {"need"}
    value = told.get(need.parameter)
    if set(told) != {"need", need.parameter} or type(value) is not need.kind:
        return False
    most = DAYS_MAX if need.parameter == "days" else NUMBER_MAX
    if isinstance(value, int):
        return 0 <= value <= most
    return isinstance(value, str) and 0 < len(value) <= TEXT_MAX and value.isprintable()


def compiled(told: Sequence[Mapping[str, Any]]) -> tuple[list[tuple[str, str]], dict[str, Any]]:
    """For each condition its name and the SQL that is true of a client who lacks it, and the values these name."""
    parts, facts = [], {}
    for place, each in enumerate(told):
        need = NEEDS[each["need"]]
        facts[f"need{place}"] = each.get(need.parameter) if need.parameter else None
        cast = f"%(need{place})s::{'text' if need.kind is str else 'int'}"
        parts.append((each["need"], f"NOT ({need.sql.format(cast)})"))
    return parts, facts
