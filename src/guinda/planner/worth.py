"""What is known of clients' worth: what an action adds to the chance of keeping or winning one, and the margin still to come.

Both answer for a set of clients at once, from what was learned and is in use, and say what they rest on. Where nothing was learned, an
assumption stands in its place and is called one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from django.conf import settings
from django.db import connection
from numpy.typing import NDArray

from guinda.planner.learning.buying import PEOPLE, still_to_spend
from guinda.planner.learning.companies import MONTH_DAYS, companies
from guinda.planner.learning.leaving import COMPANIES, months_ahead
from guinda.planner.learning.purchases import WEEK_DAYS, bought
from guinda.planner.learning.uplift import predicted
from guinda.planner.learning.versions import Kind, all_in_use, in_use
from guinda.planner.models import Choice, Learned
from guinda.plays.conditions import Moment

Floats = NDArray[np.float64]
Versions = Mapping[tuple[str, str], Learned]
Basis = Choice.Basis
HALF_YEAR = timedelta(days=183)
KNOWN = """
WITH asked AS (SELECT g.client_id, g.place FROM unnest(%(ids)s::bigint[]) WITH ORDINALITY AS g (client_id, place)),
     placed AS (SELECT a.place, c.id AS client_id, c.kind, coalesce(city.currency, '') AS currency
                FROM asked a JOIN clients_client c ON c.id = a.client_id AND c.merged_into_id IS NULL AND c.erased_at IS NULL
                LEFT JOIN places_city city ON city.slug = coalesce(c.city_id, (SELECT min(slug) FROM places_city))),
     usual AS (SELECT o.currency, avg(o.total_minor) AS average FROM orders_order o
               WHERE o.state = 'delivered' AND o.placed_at > %(since)s AND o.placed_at <= %(now)s GROUP BY o.currency),
     bought AS (SELECT p.place, sum(o.total_minor) FILTER (WHERE o.placed_at > %(since)s) AS lately, avg(o.total_minor) AS average
                FROM placed p JOIN orders_order o ON o.client_id = p.client_id AND o.currency = p.currency
                AND o.state = 'delivered' AND o.placed_at <= %(now)s GROUP BY p.place),
     supplied AS (SELECT p.place, sum(s.monthly_minor) FILTER (WHERE s.competitor_id IS NULL) AS ours,
                         sum(s.monthly_minor) AS anybodys
                  FROM placed p JOIN clients_supply s ON s.company_id = p.client_id WHERE p.kind = 'company' GROUP BY p.place)
SELECT p.place - 1, p.kind = 'company', coalesce(b.lately, b.average, u.average, 0)::float8,
       coalesce(s.ours, s.anybodys, 0)::float8
FROM placed p LEFT JOIN bought b USING (place) LEFT JOIN supplied s USING (place) LEFT JOIN usual u ON u.currency = p.currency
"""


@dataclass(frozen=True)
class Added:
    """For each client asked about the chance that an action adds (below 0 it harms), on what that rests, and which version told it."""

    chance: Floats
    basis: Basis
    learned_id: int | None = None


@dataclass(frozen=True)
class Rest:
    """For each client asked about the margin still to come, minor units of their city's currency, and which versions told it."""

    minor: Floats
    learned_ids: tuple[int, ...] = ()


def added_chance(subject: str, client_ids: Sequence[int], *, now: datetime) -> Added:
    """What `tool:NAME` or `play:NAME` adds to each client's chance of staying or coming; of who was erased or merged nothing."""
    version = in_use(Kind.UPLIFT, subject)
    if version is None:
        return Added(np.full(len(client_ids), settings.ASSUMED_ADDED_PERCENT / 100), Basis.ASSUMED)
    basis = Basis.POOLED if version.content["model"]["pooled"] else Basis.LEARNED
    return Added(predicted(version, [Moment(client, now) for client in client_ids]), basis, version.pk)


def rest_minor(client_ids: Sequence[int], *, now: datetime) -> Rest:
    """The margin still to come from each client within `settings.REST_MONTHS`, as far as can be told; of who was erased or merged none.

    Where nothing was learned: from a person another half year like the last, or one order (their own average, else everybody's); from
    a company half of the months at what it pays us a month, or, where it pays us nothing, pays others: what could be won.
    """
    ids = list(client_ids)
    versions = all_in_use([Kind.LIFETIME, Kind.CHURN])
    paid, is_company = _paid(ids, now)
    used = [_people(paid, ids, versions, now), _companies(paid, ids, is_company, versions, now)]
    learned_ids = tuple(each.pk for some in used for each in some)
    return Rest(np.round(paid * settings.MARGIN_PERCENT / 100), learned_ids)


def _paid(ids: list[int], now: datetime) -> tuple[Floats, NDArray[np.bool_]]:
    """What each is expected to pay while nothing was learned, of a company what it pays a month; and which are companies."""
    paid, is_company = np.zeros(len(ids)), np.zeros(len(ids), dtype=np.bool_)
    with connection.cursor() as cursor:
        cursor.execute(KNOWN, {"ids": ids, "now": now, "since": now - HALF_YEAR})
        for place, company, spends_minor, monthly_minor in cursor.fetchall():
            paid[place], is_company[place] = (monthly_minor if company else spends_minor), company
    return paid, is_company


def _people(paid: Floats, ids: list[int], versions: Versions, now: datetime) -> list[Learned]:
    """Put what was learned of those who bought in place of the plain guess."""
    version = versions.get((Kind.LIFETIME, PEOPLE))
    if version is None:
        return []
    known = bought(at=now, among=ids)
    spends = still_to_spend(version, known, weeks=settings.REST_MONTHS * MONTH_DAYS / WEEK_DAYS)
    _put(paid, ids, known.clients, spends)
    return [version]


def _companies(
    paid: Floats, ids: list[int], is_company: NDArray[np.bool_], versions: Versions, now: datetime
) -> list[Learned]:
    """Multiply what companies pay a month by the months to be expected of each: half of them while nothing was learned."""
    months = np.where(is_company, settings.REST_MONTHS / 2, 1.0)
    stays, leaves = versions.get((Kind.LIFETIME, COMPANIES)), versions.get((Kind.CHURN, COMPANIES))
    if stays is not None:
        known = companies(now=now, among=ids)
        _put(months, ids, known.clients, months_ahead(stays, leaves, known, most=settings.REST_MONTHS))
    paid *= months
    return [each for each in (stays, leaves) if stays and each]


def _put(into: Floats, ids: list[int], clients: NDArray[np.int64], values: Floats) -> None:
    """Each client's value to every place where it was asked about."""
    of = dict(zip(clients.tolist(), values.tolist(), strict=True))
    for place, client in enumerate(ids):
        if client in of:
            into[place] = of[client]
