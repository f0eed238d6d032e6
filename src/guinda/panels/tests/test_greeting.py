"""What a panel says to a client it knows, and who hears what the client made of it."""

from __future__ import annotations

from guinda.clients.models import Client as Person
from guinda.clients.models import PhoneCode
from guinda.panels import greeting
from guinda.panels.tests.test_api import code_in
from tests.world import NOW


class Polite(greeting.Greeter):
    """Greets everybody and keeps what they did."""

    def __init__(self):
        self.heard = []

    def say(self, client_id, *, language, now):
        return f"Good to see you, {client_id} in {language}"

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
