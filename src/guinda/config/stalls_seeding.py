"""Stalls and street sellers of the demo's city; bags are handed out by the twin, as a store keeper would."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.contrib.auth.models import Group, User

from guinda.base.points import Point, distance_m
from guinda.places.models import City, Station
from guinda.stalls.models import Seller, Stall

GUEST = "stall"
"""The login of a seller whom the twin leaves alone: for whoever looks at the demo."""


class Spot(NamedTuple):
    """A stall of the demo: its station, who sells there, and the login."""

    station: str
    login: str
    name: str


SPOTS = (
    Spot("kurskaya", "dasha", "Dasha"),
    Spot("taganskaya", "zakhar", "Zakhar"),
    Spot("belorusskaya", "inna", "Inna"),
    Spot("komsomolskaya", "renat", "Renat"),
)
WHERE = {"name": "выход к площади", "name_latin": "by the square"}


def logins() -> tuple[str, ...]:
    """Everybody who sells in the street."""
    return (*(spot.login for spot in SPOTS), GUEST)


def fill(*, city: City, users: dict[str, User]) -> None:
    """Make what is missing; twice is the same as once."""
    role = Group.objects.get_or_create(name="street seller")[0]
    stations = {
        station.slug: station for station in city.stations.filter(slug__in=[spot.station for spot in SPOTS])
    }
    for spot in SPOTS:
        if spot.station in stations:
            _stall(city, stations[spot.station])
    for login, name in [*((spot.login, spot.name) for spot in SPOTS), (GUEST, "Stesha")]:
        users[login].groups.add(role)
        Seller.objects.get_or_create(user=users[login], defaults={"name": name, "city": city})


def _stall(city: City, station: Station) -> Stall:
    """Its fruit comes from the store nearest to it."""
    point = Point(station.lat + 0.0006, station.lon + 0.0004)
    store = min(city.stores.filter(active=True), key=lambda store: distance_m(store.point, point))
    return Stall.objects.get_or_create(
        city=city,
        name_latin=f"{station.name_latin}, {WHERE['name_latin']}",
        defaults={
            "name": f"{station.name}, {WHERE['name']}",
            "station": station,
            "store": store,
            "lat": point.lat,
            "lon": point.lon,
        },
    )[0]


def facts(city: City) -> list[dict[str, Any]]:
    """What the twin must know: who signs in, and at which stall they stand."""
    stalls = {stall.station.slug: stall for stall in city.stalls.select_related("station") if stall.station}
    sellers = {seller.user.username: seller for seller in city.sellers.select_related("user")}
    return [
        {"login": spot.login, "seller": sellers[spot.login].pk, "stall": stalls[spot.station].pk}
        for spot in SPOTS
        if spot.station in stalls and spot.login in sellers
    ]
