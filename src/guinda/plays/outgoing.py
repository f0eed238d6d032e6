"""Offers that plays make by message, for whoever plans the day: those that runs stand before, and those that went."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection

from guinda.clients.models import Consent
from guinda.plays.knowing import definition_of
from guinda.plays.models import Play, PlayVersion

OFFER = Consent.Purpose.OFFER
STANDS = """
SELECT r.id, r.client_id, r.version_id, r.step, r.number FROM plays_run r JOIN plays_play p ON p.id = r.play_id AND p.state = 'on'
JOIN clients_client c ON c.id = r.client_id AND c.merged_into_id IS NULL AND c.erased_at IS NULL AND c.phone IS NOT NULL
JOIN places_city city ON city.slug = r.city_id AND city.currency = %(currency)s
JOIN unnest(%(versions)s::bigint[], %(steps)s::text[]) AS what (version_id, step) ON what.version_id = r.version_id AND what.step = r.step
WHERE r.state = 'waiting' AND r.due_at < %(until)s ORDER BY r.due_at, r.id
"""
WENT = """
SELECT r.client_id, c.kind, p.slug, d.cost_minor, city.currency FROM plays_stepdone d
JOIN plays_run r ON r.id = d.run_id JOIN plays_play p ON p.id = r.play_id JOIN plays_playversion v ON v.id = r.version_id
JOIN clients_client c ON c.id = r.client_id JOIN places_city city ON city.slug = r.city_id
WHERE d.outcome = 'sent' AND d.at >= %(since)s AND d.key IS NULL AND v.definition ->> 'purpose' = %(offer)s
  AND coalesce((SELECT m.state FROM clients_message m WHERE m.key = 'play:' || d.run_id || ':' || d.number), '') NOT IN ('lapsed', 'failed')
ORDER BY d.id
"""


class Stands(NamedTuple):
    """A run before a message; `number` steps are behind it."""

    run_id: int
    client_id: int
    version_id: int
    step: str
    number: int


class Went(NamedTuple):
    """A message that was put into the outbox and neither taken back nor refused, and what it cost in minor units."""

    client_id: int
    client_kind: str
    play: str
    cost_minor: int
    currency: str


def due(*, currency: str, until: datetime) -> list[Stands]:
    """Runs that stand before an offer by message that goes before `until`. Two queries, but for versions not read yet."""
    steps = [
        (version, step.slug)
        for version in PlayVersion.objects.filter(play__state=Play.State.ON).values_list("pk", flat=True)
        if (play := definition_of(version)).purpose == OFFER
        for step in play.steps
        if step.kind == "message"
    ]
    facts: dict[str, Any] = {
        "currency": currency,
        "until": until,
        "versions": [version for version, _step in steps],
        "steps": [step for _version, step in steps],
    }
    with connection.cursor() as cursor:
        cursor.execute(STANDS, facts)
        return [Stands(*row) for row in cursor.fetchall()]


def went(*, since: datetime) -> list[Went]:
    """Offers by message of plays since then, in all currencies. One query."""
    with connection.cursor() as cursor:
        cursor.execute(WENT, {"since": since, "offer": OFFER})
        return [Went(*row) for row in cursor.fetchall()]
