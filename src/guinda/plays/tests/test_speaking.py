"""What is said to a client is made of what is known of them; where something is not known, its part is left out."""

from __future__ import annotations

from datetime import date

import pytest

from guinda.clients.models import Client, Competitor, Contact, Supply
from guinda.orders.models import Order
from guinda.plays import speaking, texts
from tests.world import NOW, build

TEXT = "Hello[, {name}]![ {fruit} is in.][ Until {ends_date} from {competitor}?]"


@pytest.fixture(autouse=True)
def _promises(settings):
    settings.PROMISER = "tests.world.HalfHour"


@pytest.mark.django_db
def test_fields_are_of_the_client_and_what_is_unknown_is_left_out():
    world = build()
    anna, nobody = (
        Client.objects.create(phone=f"+7916000000{n}", since_at=NOW, name="Anna" * n) for n in (1, 0)
    )
    for bowl in ({"rainier": 300}, {"lapins": 200, "kordia": 500}):
        order = world.order(bowl, client_id=anna.pk)
        Order.objects.filter(pk=order.pk).update(state="delivered", placed_at=order.placed_at)
    firm = Client.objects.create(kind="company", name="Tea house", since_at=NOW)
    for name, decides in (("Boris", False), ("Vera", True)):
        Contact.objects.create(company=firm, name=name, decides=decides)
    rival = Competitor.objects.create(name="Market hall")
    Supply.objects.create(company=firm, competitor=rival, what="fruit", ends_date=date(2026, 9, 1))
    known = speaking.people([anna.pk, nobody.pk, firm.pk], fields={"fruit", "contact"})
    assert {each.facts["contact"] for each in known.values()} == {"", "Vera"}
    assert texts.render(TEXT, known[anna.pk].facts) == "Hello, Anna! Kordia is in."
    assert texts.render(TEXT, known[nobody.pk].facts) == "Hello!"
    assert texts.render(TEXT, known[firm.pk].facts) == "Hello, Tea house! Until 2026-09-01 from Market hall?"
