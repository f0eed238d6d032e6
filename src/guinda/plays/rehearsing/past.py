"""What happened in the days that a play is rehearsed on, read by set."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import NamedTuple

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _

from guinda.base.refusals import Refusal
from guinda.journal.models import Event
from guinda.plays import events
from guinda.plays.conditions import Moment, matching, matching_at
from guinda.plays.definition import Definition, Filters
from guinda.plays.entering import NIGHT_BEGINS

CHUNK = 20_000
MOST_MOMENTS = 1_000_000
"""Clients times nights: some hundred megabytes."""
HOMES = """
SELECT c.id, coalesce(nullif(c.time_zone, ''), city.time_zone, %(office)s), c.phone IS NOT NULL
FROM clients_client c LEFT JOIN places_city city ON city.slug = coalesce(c.city_id, (SELECT min(slug) FROM places_city))
WHERE c.id = ANY(%(ids)s)
"""


class Home(NamedTuple):
    """By whose clock a client lives, and whether a message can reach them."""

    zone: str
    has_phone: bool


class Past:
    """The days from `since` to `until`."""

    def __init__(self, *, since: datetime, until: datetime) -> None:
        self.since, self.until = since, until
        self._of_kind = cache(self._read)

    def coming(self, play: Definition) -> list[Moment]:
        """Who would have come to the play's door, and when, in the order of time."""
        when: Filters = (*play.entry.when, {"fact": "kind", "is": "exactly", "value": play.whom})
        if play.entry.event:
            return self._met(when, self._of_kind(play.entry.event))
        found: list[Moment] = []
        for night in self._nights():
            found += [Moment(pk, night) for pk in matching(play.entry.when, now=night, kind=play.whom)]
            if len(found) > MOST_MOMENTS:
                raise Refusal(
                    "too_many_moments",
                    _("Too many clients for so many days. Rehearse over fewer days."),
                    status=422,
                )
        return found

    def happened(self, kind: str, when: Filters, clients: Collection[int]) -> dict[int, list[datetime]]:
        """When an event happened to each of these clients while they met the conditions, in the order of time."""
        found: dict[int, list[datetime]] = defaultdict(list)
        for client_id, at in self._met(
            when, [each for each in self._of_kind(kind) if each.client_id in clients]
        ):
            found[client_id].append(at)
        return found

    def homes(self, clients: Collection[int]) -> dict[int, Home]:
        """Where each of these clients lives."""
        with connection.cursor() as cursor:
            cursor.execute(HOMES, {"ids": list(clients), "office": settings.TIME_ZONE})
            return {pk: Home(zone, has_phone) for pk, zone, has_phone in cursor.fetchall()}

    def _met(self, when: Filters, moments: Sequence[Moment]) -> list[Moment]:
        if not when:
            return list(moments)
        chunks = (moments[first : first + CHUNK] for first in range(0, len(moments), CHUNK))
        return [chunk[place] for chunk in chunks for place in matching_at(when, chunk)]

    def _nights(self) -> Iterator[datetime]:
        midnight = self.since.replace(hour=0, minute=0, second=0, microsecond=0)
        night = midnight + NIGHT_BEGINS
        while night <= self.until:
            if night > self.since:
                yield night
            night += timedelta(days=1)

    def _read(self, kind: str) -> Sequence[Moment]:
        known = events.kinds().get(kind)
        if known is None:
            return ()
        rows = Event.objects.filter(kind=kind, at__gt=self.since, at__lte=self.until).order_by("at", "pk")
        told = list(rows.values_list("ref", "at"))
        subjects: dict[str, events.Subject] = {}
        for first in range(0, len(told), CHUNK):
            subjects.update(known.find({ref for ref, _at in told[first : first + CHUNK]}))
        return tuple(Moment(subjects[ref].client_id, at) for ref, at in told if ref in subjects)
