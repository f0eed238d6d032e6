"""An attack of a competitor as it forms: who is approached week by week, which clients are alike, and who is next and not called yet.

The last `RECENT` weeks are set against the weeks before them. Were approaches as frequent as before, so many in the last weeks would
come by chance with the probability `chance` (Poisson); below `FORMING` an attack is forming. Clients are alike by *traits*: size,
district, what they pay, when their contract ends. A trait marks an attack where the approached have it much more often than the book has.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext as _

from guinda.base.office import today_of
from guinda.base.refusals import Refusal
from guinda.clients.models import Client, Competitor, Contact
from guinda.journal.services import record
from guinda.offers.models import Approach

WEEKS, RECENT = 12, 2
FORMING = 0.01
MARKED_FROM, MARKED_TIMES = 3, 1.5
"""So many of the approached, and so many times the book's share, make a trait a mark."""
MARKS_MAX, RISK_SHOWN = 6, 30
LEAST_RATE = 0.5
"""Approaches a fortnight where there were none before: one alone is no attack."""


@dataclass(frozen=True)
class Mark:
    """A trait that the approached have in common: how many of them, and how many times as often as the book."""

    trait: str
    value: str
    count: int
    times: float

    @property
    def text(self) -> str:
        """In words."""
        return trait_text(self.trait, self.value)


@dataclass(frozen=True)
class Attack:
    """One competitor's approaches over the weeks, the newest last."""

    competitor: Competitor
    weeks: tuple[int, ...]
    chance: float
    marks: tuple[Mark, ...]

    @property
    def is_forming(self) -> bool:
        """Whether chance alone would hardly bring so many."""
        return self.chance < FORMING

    @property
    def recent(self) -> int:
        """How many in the last weeks."""
        return sum(self.weeks[-RECENT:])


@dataclass(frozen=True)
class AtRisk:
    """A client like the approached, whom nobody has called since it began: how many of the marks they have, what they pay us a month."""

    id: int
    name: str
    marks: int
    monthly_minor: int
    territory: str


@transaction.atomic
def tell(
    *,
    key: UUID,
    client: Client,
    competitor: str,
    what: str,
    approached_date: date,
    by: str,
    now: datetime,
    contact: Contact | None = None,
    monthly_minor: int | None = None,
) -> Approach:
    """Write down what a client told us of a competitor's offer; the same key is the same row. Rooms above hear `client.approached`.

    Raises:
        Refusal: `not_yet_come` for a day that is still to come, `not_theirs` for somebody else's contact.
    """
    if approached_date > today_of(now) + timedelta(days=1):
        raise Refusal(
            "not_yet_come",
            _("This day is still to come. Enter the day when they were approached."),
            status=422,
        )
    if contact is not None and contact.company_id != client.pk:
        raise Refusal(
            "not_theirs", _("This is not the client’s own. Load the page again and choose once more.")
        )
    rival = Competitor.objects.filter(name__iexact=competitor.strip()).first()
    facts: dict[str, Any] = {
        "client": client,
        "competitor": rival or Competitor.objects.get_or_create(name=competitor.strip())[0],
        "contact": contact,
        "what": what,
        "monthly_minor": monthly_minor,
        "approached_date": approached_date,
        "at": now,
        "by": by,
    }
    told, made = Approach.objects.get_or_create(key=key, defaults=facts)
    if made:
        data = {"client": client.pk, "competitor": told.competitor.name, "approach": told.pk}
        record(kind="client.approached", ref=f"client:{client.pk}", by=by, at=now, data=data)
    return told


WEEKLY = """
SELECT competitor_id, (%(last)s - approached_date) / 7 AS ago, count(*)
FROM offers_approach WHERE approached_date > %(last)s - 7 * %(weeks)s AND approached_date <= %(last)s GROUP BY 1, 2
"""


def attacks(*, now: datetime) -> list[Attack]:
    """Every competitor heard of within the weeks, the least likely by chance first. Three statements, however many there are."""
    last = today_of(now)
    with connection.cursor() as cursor:
        cursor.execute(WEEKLY, {"last": last, "weeks": WEEKS})
        rows = cursor.fetchall()
    weeks: dict[int, list[int]] = {}
    for competitor, ago, count in rows:
        weeks.setdefault(competitor, [0] * WEEKS)[WEEKS - 1 - ago] = count
    rivals = Competitor.objects.in_bulk(list(weeks))
    marks = _marks(last)
    made = [
        Attack(rivals[pk], tuple(counts), chance(counts), tuple(marks.get(pk, ())[:MARKS_MAX]))
        for pk, counts in weeks.items()
    ]
    return sorted(made, key=lambda each: (each.chance, -each.recent, each.competitor.name))


def chance(weeks: Sequence[int]) -> float:
    """The probability of at least as many approaches in the last `RECENT` weeks, were they as frequent as in the weeks before."""
    before, recent = weeks[:-RECENT], sum(weeks[-RECENT:])
    rate = max(LEAST_RATE, sum(before) / len(before) * RECENT)
    fewer = sum(math.exp(-rate + n * math.log(rate) - math.lgamma(n + 1)) for n in range(recent))
    return max(0.0, 1.0 - fewer)


TRAITS = """
WITH bought AS (
    SELECT company_id, coalesce(sum(monthly_minor), 0) AS monthly, min(ends_date) FILTER (WHERE ends_date >= %(last)s) AS ends,
           coalesce(sum(monthly_minor) FILTER (WHERE competitor_id IS NULL), 0)::bigint AS ours
    FROM clients_supply GROUP BY 1),
fifths AS (SELECT percentile_disc(ARRAY[.2, .4, .6, .8]) WITHIN GROUP (ORDER BY monthly) AS cut FROM bought WHERE monthly > 0),
known AS (
    SELECT c.id, c.name, coalesce(bought.ours, 0) AS ours, coalesce(territory.name, '') AS district,
        CASE WHEN c.size IS NULL THEN '' WHEN c.size < 10 THEN '1-9' WHEN c.size < 50 THEN '10-49' WHEN c.size < 250 THEN '50-249'
             ELSE '250+' END AS size,
        CASE WHEN coalesce(bought.monthly, 0) = 0 THEN '' ELSE (1 + width_bucket(bought.monthly, fifths.cut))::text END AS bill,
        CASE WHEN bought.company_id IS NULL THEN '' WHEN bought.ends IS NULL THEN 'none'
             WHEN bought.ends <= %(last)s + 90 THEN '90' WHEN bought.ends <= %(last)s + 365 THEN '365' ELSE 'later' END AS contract
    FROM clients_client c LEFT JOIN bought ON bought.company_id = c.id CROSS JOIN fifths
    LEFT JOIN offers_account account ON account.client_id = c.id
    LEFT JOIN offers_territory territory ON territory.id = account.territory_id
    WHERE c.kind = 'company' AND c.merged_into_id IS NULL AND c.erased_at IS NULL),
spread AS (
    SELECT id, trait, value FROM known
    CROSS JOIN LATERAL (VALUES ('size', size), ('district', district), ('bill', bill), ('contract', contract)) AS each(trait, value)
    WHERE value <> '')
"""
MARKS = f"""{TRAITS}, hit AS (
    SELECT DISTINCT competitor_id, client_id FROM offers_approach
    WHERE approached_date > %(last)s - 7 * %(weeks)s AND approached_date <= %(last)s),
hits AS (SELECT competitor_id, count(*) AS n FROM hit GROUP BY 1),
usual AS (SELECT trait, value, count(*)::float8 / greatest(1, (SELECT count(*) FROM known)) AS share FROM spread GROUP BY 1, 2)
SELECT hit.competitor_id, trait, value, count(*), count(*)::float8 / hits.n / usual.share AS times
FROM hit JOIN spread ON spread.id = hit.client_id JOIN usual USING (trait, value) JOIN hits USING (competitor_id)
GROUP BY 1, 2, 3, hits.n, usual.share HAVING count(*) >= %(marked)s AND count(*)::float8 / hits.n / usual.share >= %(times)s
ORDER BY 1, times DESC, 4 DESC
"""  # noqa: S608 - our own parts


def _marks(last: date) -> dict[int, list[Mark]]:
    facts: dict[str, Any] = {"last": last, "weeks": WEEKS, "marked": MARKED_FROM, "times": MARKED_TIMES}
    made: dict[int, list[Mark]] = {}
    with connection.cursor() as cursor:
        cursor.execute(MARKS, facts)
        for competitor, trait, value, count, times in cursor.fetchall():
            made.setdefault(competitor, []).append(Mark(trait, value, count, times))
    return made


RISK = f"""{TRAITS}
SELECT known.id, known.name, count(*) AS marks, known.ours, known.district FROM known
JOIN spread ON spread.id = known.id
JOIN unnest(%(traits)s::text[], %(values)s::text[]) AS mark(trait, value) ON mark.trait = spread.trait AND mark.value = spread.value
WHERE known.ours > 0
  AND NOT EXISTS (SELECT FROM offers_approach a WHERE a.client_id = known.id AND a.competitor_id = %(competitor)s)
  AND NOT EXISTS (SELECT FROM clients_touch t WHERE t.client_id = known.id AND t.at > %(since)s AND t.outcome <> 'no_answer')
GROUP BY known.id, known.name, known.ours, known.district ORDER BY marks DESC, known.ours DESC, known.id LIMIT %(most)s
"""  # noqa: S608 - as above


def at_risk(attack: Attack, *, now: datetime, most: int = RISK_SHOWN) -> list[AtRisk]:
    """Our clients with the attack's marks whom it has not reached, as far as we know, and nobody spoke with in the last weeks."""
    facts: dict[str, Any] = {
        "last": today_of(now),
        "traits": [mark.trait for mark in attack.marks],
        "values": [mark.value for mark in attack.marks],
        "competitor": attack.competitor.pk,
        "since": now - timedelta(weeks=RECENT),
        "most": most,
    }
    with connection.cursor() as cursor:
        cursor.execute(RISK, facts)
        return [AtRisk(*row) for row in cursor.fetchall()]


def trait_text(trait: str, value: str) -> str:
    """A trait in the language being spoken."""
    if trait == "size":
        return _("%(size)s people") % {"size": value}
    if trait == "bill":
        return _("bill: fifth %(n)s of 5") % {"n": value}
    if trait == "contract":
        words = {
            "none": _("no contract that binds"),
            "90": _("contract ends within 90 days"),
            "365": _("contract ends within a year"),
            "later": _("contract binds longer than a year"),
        }
        return words[value]
    return value
