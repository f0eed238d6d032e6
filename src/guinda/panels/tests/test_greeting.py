"""What a panel says to a client it knows, and who hears what the client made of it."""

from __future__ import annotations

from django.conf import settings

from guinda.clients.models import Client as Person
from guinda.clients.models import PhoneCode
from guinda.orders import services as orders
from guinda.orders.models import Order
from guinda.orders.standing.models import StandingOrder
from guinda.panels import greeting
from guinda.panels.tests.test_api import code_in
from tests.world import NOW


class Polite(greeting.Greeter):
    """Greets everybody and keeps what they did."""

    def __init__(self):
        self.heard = []

    def say(self, client_id, *, language, now):
        return greeting.Greeting(f"Good to see you, {client_id} in {language}")

    def hear(self, client_id, *, taken, now):
        self.heard.append((client_id, taken))


def test_whoever_has_something_to_say_greets_a_known_client_and_no_stranger(shop, sent, monkeypatch):
    polite, phone = Polite(), "+79161234567"
    monkeypatch.setattr(greeting, "_greeters", [])
    greeting.register(polite)
    shop.post("codes", {"phone": phone})
    stranger = shop.post("codes/confirm", {"phone": phone, "code": code_in(sent[-1]["text"])}).json()
    assert stranger["greeting"] == ""
    assert shop.post("greeting", {"proof": stranger["proof"], "taken": True}).json() == {}
    known = Person.objects.create(phone=phone, language="en", since_at=NOW)
    PhoneCode.objects.all().delete()
    shop.post("codes", {"phone": phone})
    told = shop.post("codes/confirm", {"phone": phone, "code": code_in(sent[-1]["text"])}).json()
    assert told["greeting"] == f"Good to see you, {known.pk} in en"
    assert shop.post("greeting", {"proof": "made up", "taken": True}).status_code == 403
    assert shop.post("greeting", {"proof": told["proof"], "taken": True}).json() == {}
    assert polite.heard == [(known.pk, True)]


class Regular(Polite):
    """Suggests a standing order."""

    def say(self, client_id, *, language, now):
        return greeting.Greeting("Shall it come by itself?", greeting.STANDING)


def test_a_yes_to_a_standing_order_leads_to_its_page_and_makes_none(shop, sent, monkeypatch):
    phone = "+79161234567"
    monkeypatch.setattr(greeting, "_greeters", [Regular()])

    def told():
        PhoneCode.objects.all().delete()
        shop.post("codes", {"phone": phone})
        return shop.post("codes/confirm", {"phone": phone, "code": code_in(sent[-1]["text"])}).json()

    proof = told()["proof"]
    assert told()["regular"] is None, "a stranger has no bowl that could come again"
    placed = shop.post("orders", shop.body(proof=proof)).json()
    found = told()
    assert found["greeting"] == "Shall it come by itself?"
    page = found["regular"]["url"]
    assert page.endswith(f"/standing/new/{placed['code']}/")
    assert shop.browser.get(found["regular"]["qr_url"])["Content-Type"].startswith("image/svg")
    assert shop.post("greeting", {"proof": found["proof"], "taken": True}).json() == {}
    assert not StandingOrder.objects.exists(), "nothing is made before she says so on its page"
    assert shop.browser.get(page.removeprefix(settings.SITE_URL)).status_code == 200
    orders.cancel(order=Order.objects.get(), reason="test", by="test", now=NOW)
    assert told()["regular"] is None
