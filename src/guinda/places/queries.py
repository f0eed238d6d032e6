"""Reads of a city: each costs the same number of queries however large the city."""

from __future__ import annotations

from django.db.models import Prefetch, QuerySet

from guinda.base.points import Point, distance_m
from guinda.places.models import City, Line, Station, Store


def stations(city: City) -> QuerySet[Station]:
    """The city's stations by name, each with its lines at hand (two queries)."""
    lines = Line.objects.order_by("code").defer("path")
    return city.stations.order_by("name").prefetch_related(Prefetch("lines", queryset=lines))


def nearest_station(city: City, point: Point) -> Station | None:
    """The station nearest to a point, or None where the city has none (one query)."""
    return min(city.stations.all(), key=lambda station: distance_m(station.point, point), default=None)


def nearest_stores(city: City, point: Point) -> list[Store]:
    """The city's open stores, nearest first (one query)."""
    return sorted(city.stores.filter(active=True), key=lambda store: distance_m(store.point, point))
