"""Couriers as CSV."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from guinda.clients.tables import PhoneRules
from guinda.delivery.models import Courier
from guinda.places.tables import CITY, IN_CITY
from guinda.places.travel import Mode
from guinda.tables.declare import Column, Reference, Rules, Table, declare
from guinda.tables.kinds import SLUG, Choice, Phone, Scaled, Text, Word


def _rules(_now: datetime) -> Rules:
    return PhoneRules()


IN_STORE = Reference(
    ["city", "home_store"],
    "SELECT city_id, slug FROM places_store",
    _("the short name of a store in this city"),
)

COURIERS = declare(
    Table(
        name="couriers",
        meaning=_(
            "Who carries bags. Each row belongs to a staff account, which is made in the office beforehand."
        ),
        model=Courier,
        key=["account"],
        columns=[
            Column(
                "account",
                _("account"),
                Word(r"[\w.@+-]{1,150}", _("the name of a staff account")),
                "courier-7",
            ),
            Column("name", _("name"), Text(80), ""),
            Column("phone", _("telephone"), Phone(), "+74951234567", default=""),
            CITY,
            Column("home_store", _("home store"), SLUG, "pokrovka"),
            Column(
                "mode",
                _("way of moving"),
                Choice([each.value for each in Mode]),
                "bicycle",
                default="bicycle",
            ),
            Column("carries_kg", _("carries, kg"), Scaled(3, 1, 1_000_000), "12.000", default=12_000),
        ],
        current=(
            "SELECT courier.id, account.username AS account, courier.name,"
            " courier.phone, courier.city_id AS city, store.slug AS home_store,"
            " courier.mode, courier.carries_g AS carries_kg"
            " FROM delivery_courier courier"
            " JOIN auth_user account ON account.id = courier.user_id JOIN places_store store ON store.id = courier.home_store_id"
        ),
        sets={
            "user_id": "(SELECT id FROM auth_user WHERE username = j.account)",
            "name": "j.name",
            "phone": "j.phone",
            "city_id": "j.city",
            "home_store_id": "(SELECT id FROM places_store store WHERE store.city_id = j.city AND store.slug = j.home_store)",
            "mode": "j.mode",
            "carries_g": "j.carries_kg",
        },
        references=[
            Reference(
                ["account"], "SELECT username FROM auth_user", _("the name of a staff account that is there")
            ),
            IN_CITY,
            IN_STORE,
        ],
        rules=_rules,
        personal=True,
    )
)
