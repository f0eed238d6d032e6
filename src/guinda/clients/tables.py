"""The client book as CSV."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from guinda.base.refusals import Refusal
from guinda.base.texts import LANGUAGES
from guinda.clients.models import Client
from guinda.clients.services import e164
from guinda.places.models import City
from guinda.tables.declare import Column, Row, Rules, Table, declare
from guinda.tables.kinds import Choice, Instant, Phone, Text
from guinda.tables.problems import Wrong


class PhoneRules(Rules):
    """Telephones of one country, where all cities are of one; else only with their country's code."""

    def __init__(self) -> None:
        countries = set(City.objects.values_list("country", flat=True))
        self.country = countries.pop() if len(countries) == 1 else ""

    def read(self, row: Row) -> None:
        """In E.164. What is in that form already is taken as it is, and so is no telephone at all."""
        phone = row["phone"]
        if not phone or Phone.E164.fullmatch(phone):
            return
        try:
            row["phone"] = e164(phone, country=self.country)
        except Refusal:
            raise Wrong("phone", Phone().expected) from None


def _rules(_now: datetime) -> Rules:
    return PhoneRules()


CLIENTS = declare(
    Table(
        name="clients",
        meaning=_("The client book: who buys, by telephone. Addresses come with the orders."),
        model=Client,
        key=["phone"],
        columns=[
            Column("phone", _("telephone"), Phone(), "+74951234567"),
            Column("name", _("name"), Text(120), "", default=""),
            Column("language", _("language"), Choice(LANGUAGES), "ru", default="en"),
            Column("since_at", _("client since"), Instant(), "2026-06-24T09:00+03:00", default=None),
        ],
        current="SELECT id, phone, name, language, since_at FROM clients_client WHERE phone IS NOT NULL",
        sets={
            **{name: f"j.{name}" for name in ("phone", "name", "language")},
            "since_at": "coalesce(j.since_at, %(now)s)",
        },
        rules=_rules,
        personal=True,
    )
)
