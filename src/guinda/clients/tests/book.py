"""People and companies for the tests of the book: named by what they do, like a play's cast."""

from __future__ import annotations

from datetime import UTC, datetime

from guinda.clients.models import Client
from guinda.places.models import City

NOW = datetime(2026, 6, 24, 9, 0, tzinfo=UTC)
"""Noon in Moscow."""


def city(zone: str = "Europe/Moscow") -> City:
    bounds = {"south": 55, "west": 37, "north": 56, "east": 38}
    names = {"name": "Here", "name_latin": "Here"}
    return City.objects.create(slug="here", time_zone=zone, country="RU", currency="RUB", **names, **bounds)


def person(number: int = 1, **facts) -> Client:
    return Client.objects.create(**{"phone": f"+7916000{number:04d}", "since_at": NOW, **facts})


def company(name: str = "Three hundred telephones", **facts) -> Client:
    return Client.objects.create(**{"kind": "company", "name": name, "since_at": NOW, **facts})
