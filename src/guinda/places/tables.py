"""What of a city comes in and goes out as CSV: stations and stores."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from guinda.places.models import Station, Store
from guinda.tables.declare import Column, Reference, Table, declare
from guinda.tables.kinds import SLUG, Degrees, Text, Whole, YesNo

CITY = Column("city", _("the city's short name"), SLUG, "moscow")
IN_CITY = Reference(["city"], "SELECT slug FROM places_city", _("the short name of a city that is there"))
PLACE = (
    Column("name", _("name"), Text(80), "Курская"),
    Column("name_latin", _("name in Latin letters"), Text(80), "Kurskaya"),
)
POINT = (
    Column("lat", _("latitude"), Degrees(90), "55.7586"),
    Column("lon", _("longitude"), Degrees(180), "37.6611"),
)


def _sets(*names: str) -> dict[str, str]:
    return {"city_id": "j.city", **{name: f"j.{name}" for name in ("slug", "name", "name_latin", *names)}}


STATIONS = declare(
    Table(
        name="stations",
        meaning=_("Stations, where panels stand. Lines and their stops come with the city."),
        model=Station,
        key=["city", "slug"],
        columns=[
            CITY,
            Column("slug", _("short name"), SLUG, "kurskaya"),
            *PLACE,
            *POINT,
            Column("yearly_entries", _("entries a year"), Whole(0, 2_000_000_000), "21900000", default=0),
        ],
        current="SELECT id, city_id AS city, slug, name, name_latin, lat, lon, yearly_entries FROM places_station",
        sets=_sets("lat", "lon", "yearly_entries"),
        references=[IN_CITY],
    )
)

STORES = declare(
    Table(
        name="stores",
        meaning=_("Stores, where stock lies and couriers leave from."),
        model=Store,
        key=["city", "slug"],
        columns=[
            CITY,
            Column("slug", _("short name"), SLUG, "pokrovka"),
            *PLACE,
            Column("street", _("street and house"), Text(120), "Pokrovka 1"),
            *POINT,
            Column("active", _("active"), YesNo(), "yes", default=True),
        ],
        current="SELECT id, city_id AS city, slug, name, name_latin, street, lat, lon, active FROM places_store",
        sets=_sets("street", "lat", "lon", "active"),
        references=[IN_CITY],
    )
)
