"""Reads of a city: each costs the same number of queries however large the city."""

from __future__ import annotations

from django.db import connection
from django.db.models import Prefetch, QuerySet

from guinda.places.models import City, Line, Station


def stations(city: City) -> QuerySet[Station]:
    """The city's stations by name, each with its lines at hand (two queries)."""
    lines = Line.objects.order_by("code").defer("path")
    return city.stations.order_by("name").prefetch_related(Prefetch("lines", queryset=lines))


def stamp(city: City) -> str:
    """A text that changes when anything drawn on the city's map changes (one query)."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT md5(concat_ws('|',
                (SELECT c::text FROM places_city c WHERE slug = %(city)s),
                (SELECT string_agg(l::text, '|' ORDER BY id) FROM places_line l WHERE city_id = %(city)s),
                (SELECT string_agg(s::text, '|' ORDER BY id) FROM places_station s WHERE city_id = %(city)s),
                (SELECT string_agg(p::text, '|' ORDER BY p.id)
                   FROM places_stop p JOIN places_line l ON l.id = p.line_id WHERE l.city_id = %(city)s),
                (SELECT string_agg(o::text, '|' ORDER BY id) FROM places_store o WHERE city_id = %(city)s)))
            """,
            {"city": city.slug},
        )
        return str(cursor.fetchone()[0])
