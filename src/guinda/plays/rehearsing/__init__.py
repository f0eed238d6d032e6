"""A play tried on what has happened, before it is switched on: who would have come in, been contacted and been held back, and by what.

`rehearse(definition, now=...)` walks the clients of the past days through the play in a read-only transaction: nobody is contacted, and
nothing is written, which the database itself would refuse. Events, facts, consents and caps are taken as they stood at each instant.

What nobody can know is assumed, and said so on the page: a seller's step ends with its first outcome, and a greeting at a panel is given
when it is due. Real runs of the same play are left out of account; the contacts they made count under the caps like all others.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection, transaction

from guinda.plays.definition import Definition
from guinda.plays.rehearsing.past import Past
from guinda.plays.rehearsing.telling import Day, Rehearsal
from guinda.plays.rehearsing.walking import Walk

__all__ = ["DAYS", "MOST_DAYS", "Day", "Rehearsal", "rehearse"]

DAYS = 30
MOST_DAYS = 366


def rehearse(play: Definition, *, now: datetime, days: int = DAYS) -> Rehearsal:
    """The play over the last `days`, as it would have gone."""
    if not 1 <= days <= MOST_DAYS:
        raise ValueError(f"A rehearsal goes over 1 to {MOST_DAYS} days.")
    since = now - timedelta(days=days)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION READ ONLY")
        past = Past(since=since, until=now)
        ways = Walk(play, past).all_the_way(past.coming(play))
    return Rehearsal(play=play, since=since, until=now, ways=tuple(ways))
