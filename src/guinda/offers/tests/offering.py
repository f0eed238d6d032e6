"""A company that may be offered things, a seller who may give some of them, and tools."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group

from guinda.clients import contacting
from guinda.clients.models import Client, Competitor, Consent, Contact, Supply
from guinda.offers.making import Wanted, draft, present
from guinda.offers.models import Allowance, Offer, Tool
from guinda.offers.terms import Terms
from guinda.offers.tests.conftest import NOW
from guinda.places.models import City


def city() -> City:
    bounds = {"south": 53, "west": 27, "north": 54, "east": 28}
    facts = {
        "name": "Минск",
        "name_latin": "Minsk",
        "time_zone": "Europe/Minsk",
        "country": "BY",
        "currency": "BYN",
    }
    return City.objects.get_or_create(slug="minsk", defaults={**facts, **bounds})[0]


def company(name: str = "North orchard", *, agrees: bool = True, phone: str | None = None, **facts) -> Client:
    usual = {"kind": "company", "since_at": NOW, "city": facts.get("city") or city()}
    made = Client.objects.create(name=name, phone=phone, **{**usual, **facts})
    if agrees:
        contacting.say(
            client_id=made.pk, purpose=Consent.Purpose.OFFER, channel="every", given=True, by="test", now=NOW
        )
    return made


def supplied(
    client: Client,
    *,
    by: str = "",
    what: str = "Mobile",
    monthly_minor: int = 10_000,
    ends: date | None = None,
) -> Supply:
    rival = Competitor.objects.get_or_create(name=by)[0] if by else None
    return Supply.objects.create(
        company=client, competitor=rival, what=what, monthly_minor=monthly_minor, ends_date=ends
    )


def decider(client: Client, phone: str = "+375290000001") -> Contact:
    return Contact.objects.create(company=client, name="Who decides", phone=phone, decides=True)


def tool(kind: str = "gift", **facts) -> Tool:
    texts = {"en": f"A {kind}", "es": f"Un {kind}", "ru": f"Это {kind}"}
    usual = {"slug": f"{kind}-{Tool.objects.count()}", "currency": "BYN", "from_date": date(2026, 1, 1)}
    return Tool.objects.create(**{**usual, "kind": kind, "name": texts, "text": texts, **facts})


def seller(name: str = "anna", *, gives: dict[Tool, int] | None = None):
    user = get_user_model().objects.get_or_create(username=name)[0]
    for each, most_minor in (gives or {}).items():
        role = Group.objects.get_or_create(name=f"sellers of {name}")[0]
        user.groups.add(role)
        Allowance.objects.create(tool=each, role=role, most_minor=most_minor)
    return user


def drafted(client: Client, of: Tool, by, *, now=NOW, terms: Terms | None = None, **facts) -> Offer:
    wanted = Wanted(key=uuid4(), client_id=client.pk, tool=of, terms=terms or Terms(), seller=by, **facts)
    return draft(wanted, now=now)


def presented(client: Client, of: Tool, by, *, now=NOW, **facts) -> Offer:
    return present(offer=drafted(client, of, by, now=now, **facts), user=by, channel="call", now=now)
