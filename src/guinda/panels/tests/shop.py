"""A panel in its browser, as tests press it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

from django.test import Client

from guinda.orders.promise import Promise, Promiser
from guinda.places.models import Station
from tests.world import World

DOOR = {"lat": 55.76, "lon": 37.64}


class Fixed(Promiser):
    """So many minutes from every store; None: nobody is there."""

    minutes: int | None = 24

    def promise(self, *, stores, now, **_others):
        if Fixed.minutes is None:
            return {}
        return {store_id: Promise(now + timedelta(minutes=Fixed.minutes), 0.9) for store_id in stores}


@dataclass
class Shop:
    world: World
    station: Station
    key: str
    browser: Client
    token: str = ""

    def open(self, slug: str | None = None):
        response = self.browser.get(f"/panels/{slug or self.station.slug}/")
        found = re.search(rb'name="csrfmiddlewaretoken" value="(\w+)"', response.content)
        self.token = found.group(1).decode() if found else ""
        return response

    def post(self, path: str, body, *, station: str | None = None, token: str | None = None, **extra):
        return self.browser.post(
            f"/api/panels/{station or self.station.slug}/{path}",
            body,
            content_type="application/json",
            headers={"X-CSRFToken": self.token if token is None else token},
            **extra,
        )

    def get(self, path: str):
        return self.browser.get(f"/api/panels/{self.station.slug}/{path}")

    def quote(self, bowl=None, **more):
        return self.post("quote", {"bowl": bowl or {"kordia": 500}, **DOOR, **more}).json()

    def body(self, **changes):
        quote = changes.pop("quote", None) or self.quote(changes.pop("bowl", None))["quote"]
        return {
            "key": str(uuid4()),
            "quote": quote,
            "street": "Pokrovka 12",
            "flat": "4",
            "note": "",
            "pay": "cash",
            **changes,
        }
