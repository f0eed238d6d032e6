"""What the book knows of companies today, as numbers: how long they are clients, what they buy, and whether they left us.

Supplies are rewritten in place, so this is a cross-section: a company *left* when it buys nothing from us and something of what it buys was
ours; what it buys is what it buys there. Its stay ends on the day it left, everybody else's today, both in whole days: an hour more
would tell who left.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from django.conf import settings
from django.db import connection
from numpy.typing import NDArray

from guinda.base.office import today_of

MONTH_DAYS = 365.25 / 12
THING_SHARE, THINGS_MOST = 0.02, 20
SQL = """
SELECT c.id, greatest(0, CASE WHEN bool_or(s.competitor_id IS NULL) THEN %(today)s ELSE least(%(today)s, max(s.left_date)) END
                    - (c.since_at AT TIME ZONE %(zone)s)::date) / %(month)s,
       bool_or(s.competitor_id IS NULL),
       bool_or(s.ends_date IS NOT NULL), coalesce(sum(s.monthly_minor), 0)::float8, c.size, array_agg(DISTINCT s.what)
FROM clients_client c JOIN clients_supply s ON s.company_id = c.id
WHERE c.kind = 'company' AND c.merged_into_id IS NULL AND c.erased_at IS NULL AND c.since_at <= %(now)s {among}
GROUP BY c.id {having} ORDER BY c.id
"""
EVER_OURS = "HAVING bool_or(s.competitor_id IS NULL OR s.left_date IS NOT NULL)"


@dataclass(frozen=True)
class Companies:
    """Companies that buy, from us or from others."""

    clients: NDArray[np.int64]
    months: NDArray[np.float64]
    """How long they are clients."""
    left: NDArray[np.bool_]
    """Whether they buy nothing from us: those who left, and, where they were asked about, those who never came."""
    bound: NDArray[np.bool_]
    """Whether a contract binds them until a day."""
    monthly_minor: NDArray[np.float64]
    size: NDArray[np.float64]
    """NaN where it is not known."""
    things: Sequence[frozenset[str]]
    """What they buy, by name."""

    @property
    def stay(self) -> NDArray[np.int64]:
        """Whole months of the stay, at least 1."""
        return np.maximum(1, self.months.astype(np.int64))


def companies(*, now: datetime, among: Sequence[int] | None = None) -> Companies:
    """Everybody who is or was with us, or some, whoever they are; one query."""
    everybody = among is None
    facts: dict[str, Any] = {
        "now": now,
        "today": today_of(now),
        "zone": settings.TIME_ZONE,
        "month": MONTH_DAYS,
        "among": list(among or ()),
    }
    sql = SQL.format(
        among="" if everybody else "AND c.id = ANY(%(among)s)", having=EVER_OURS if everybody else ""
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, facts)
        rows = cursor.fetchall()
    clients, months, ours, bound, monthly, size, things = zip(*rows, strict=True) if rows else ([],) * 7
    return Companies(
        np.array(clients, dtype=np.int64),
        np.array(months, dtype=np.float64),
        ~np.array(ours, dtype=np.bool_),
        np.array(bound, dtype=np.bool_),
        np.array(monthly, dtype=np.float64),
        np.array([np.nan if each is None else each for each in size], dtype=np.float64),
        [frozenset(each) for each in things],
    )


def often(known: Companies) -> list[str]:
    """The things that tell companies apart: bought by some of them, and not by nearly all."""
    names, counts = np.unique([name for each in known.things for name in each], return_counts=True)
    least = THING_SHARE * len(known.clients)
    told = [
        (-count, str(name))
        for name, count in zip(names, counts, strict=True)
        if least <= count <= len(known.clients) - least
    ]
    return [name for _count, name in sorted(told)[:THINGS_MOST]]


def features(known: Companies, things: Sequence[str]) -> NDArray[np.float64]:
    """What a model of leaving reads; see `names`."""
    logs = [np.log1p(known.months), np.log1p(known.monthly_minor), np.log1p(np.nan_to_num(known.size))]
    plain = [known.months, known.months <= 6, known.months <= 12, known.bound, ~np.isnan(known.size)]
    bought = [np.array([name in each for each in known.things], dtype=np.float64) for name in things]
    count = np.array([len(each) for each in known.things], dtype=np.float64)
    return np.column_stack([*logs, *plain, count, *bought]).astype(np.float64)


def names(things: Sequence[str]) -> list[str]:
    """Of the columns of `features`, in their order."""
    usual = [
        "log_months",
        "log_monthly",
        "log_size",
        "months",
        "first_6",
        "first_12",
        "bound",
        "size_known",
        "things",
    ]
    return [*usual, *(f"buys:{name}" for name in things)]
