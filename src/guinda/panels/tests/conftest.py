from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from guinda.base import clock
from guinda.catalog.services import FRUIT, load_fruit
from guinda.panels import devices, services
from guinda.panels.tests.shop import Shop
from tests.world import NOW, build


@pytest.fixture
def at(monkeypatch, settings):
    """The present instant of the test: a list of one, so that a test may move it."""
    present = [NOW]
    monkeypatch.setattr(clock, "now", lambda: present[0])
    settings.PROMISER = "guinda.panels.tests.shop.Fixed"
    settings.PAYMENT_VARIANTS = {"card": ("payments.dummy.DummyProvider", {})}
    return present


@pytest.fixture
def shop(db, at) -> Shop:
    world = build()
    load_fruit(file=FRUIT, city=world.city, now=NOW - timedelta(hours=1))
    for slug in ("montmorency", "tulameen", "bergeron"):
        world.add_lot(slug, weight_g=5_000)
    station = world.stations[0]
    key = services.enrol(station=station, label="hall", by="test", now=NOW)
    browser = Client(enforce_csrf_checks=True)
    made = Shop(world, station, key, browser)
    response = browser.get(f"/panels/enrol/{key}/")
    assert response.status_code == 302
    assert devices.COOKIE in response.cookies
    made.open()
    return made


@pytest.fixture
def sent(monkeypatch):
    """The codes that went to telephones."""
    texts = []
    monkeypatch.setattr("guinda.clients.services.enqueue", lambda **message: texts.append(message))
    return texts
