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
WHERE r.state = 'waiting' AND r.due_at <= %(until)s ORDER BY r.due_at, r.id
"""
WENT = """
SELECT m.client_id, c.kind, p.slug, d.cost_minor FROM clients_message m
JOIN clients_client c ON c.id = m.client_id JOIN places_city city ON city.slug = m.city_id AND city.currency = %(currency)s
JOIN plays_stepdone d ON d.run_id = split_part(m.key, ':', 2)::bigint AND d.number = split_part(m.key, ':', 3)::int
JOIN plays_run r ON r.id = d.run_id JOIN plays_play p ON p.id = r.play_id
WHERE m.made_at >= %(since)s AND m.purpose = %(offer)s AND m.key LIKE 'play:%%' AND m.state <> 'lapsed' ORDER BY m.id
"""


class Stands(NamedTuple):
    """A run before a message; `number` steps are behind it."""

    run_id: int
    client_id: int
    version_id: int
    step: str
    number: int


class Went(NamedTuple):
    """A message that was put into the outbox and not taken back, and what it cost in minor units."""

    client_id: int
    client_kind: str
    play: str
    cost_minor: int


def due(*, currency: str, until: datetime) -> list[Stands]:
    """Runs that stand before an offer by message that goes at `until` or before. Two queries, but for versions not read yet."""
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


def went(*, currency: str, since: datetime) -> list[Went]:
    """Offers by message of plays since then. One query."""
    with connection.cursor() as cursor:
        cursor.execute(WENT, {"currency": currency, "since": since, "offer": OFFER})
        return [Went(*row) for row in cursor.fetchall()]
