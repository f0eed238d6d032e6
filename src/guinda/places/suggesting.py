"""Where stores would stand nearest to the demand: places with weights in, `solvers.pmedian` asked, closed stores out."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import numpy as np
from django.db import transaction
from django.utils.translation import gettext as _

from guinda.base.points import Point, distance_m
from guinda.base.refusals import Refusal
from guinda.journal.services import record
from guinda.places import travel
from guinda.places.models import City, Station, Store
from guinda.solvers import pmedian

GRID_MAX_BYTES = 20 * 2**20
GRID_COLUMNS = ("lat", "lon", "population")


@dataclass(frozen=True)
class Demand:
    """Places and how much is wanted at each; `source` says where the numbers are from."""

    points: Sequence[Point]
    weights: Sequence[float]
    source: str


class Suggested(NamedTuple):
    """One store: its place, the station nearest to it, and its share of the demand."""

    at: Point
    near: Station
    share: float


@dataclass(frozen=True)
class Suggestion:
    """All stores, with the mean ride to a unit of demand, the least that any placement can have, and the longest ride."""

    stores: Sequence[Suggested]
    mean_s: float
    bound_s: float
    farthest_s: float
    gap: float


def the_city(slug: str) -> City:
    """The city of this short name, or the only one."""
    cities = list(City.objects.filter(**({"slug": slug} if slug else {})).order_by("slug")[:20])
    if len(cities) != 1:
        known = ", ".join(City.objects.order_by("slug").values_list("slug", flat=True)[:20]) or "-"
        raise _wrong(_("Say which city with --city; there are: %(known)s.") % {"known": known})
    return cities[0]


def of_stations(city: City) -> Demand:
    """The city's stations by their yearly entries; each alike where nobody counted any."""
    stations = list(city.stations.order_by("slug"))
    if not stations:
        raise _wrong(_("The city has no stations; import it first or give --demand."))
    counted = any(each.yearly_entries for each in stations)
    return Demand(
        [each.point for each in stations],
        [float(each.yearly_entries) if counted else 1.0 for each in stations],
        "yearly entries of its stations" if counted else "its stations, each alike",
    )


def of_grid(file: Path, city: City) -> Demand:
    """A table of places with people, those within the city's rectangle. Other columns are passed over.

    Raises:
        Refusal: names the file, row and column that cannot be.
    """
    points, weights = [], []
    try:
        if file.stat().st_size > GRID_MAX_BYTES:
            raise _wrong(
                _("%(file)s is larger than %(most)s bytes; cut it to the city.")
                % {"file": file.name, "most": f"{GRID_MAX_BYTES:,}"}
            )
        with file.open(encoding="utf-8-sig", newline="") as handle:
            for number, row in enumerate(csv.DictReader(handle), start=2):
                lat, lon, people = (_number(row.get(each), file, number, each) for each in GRID_COLUMNS)
                point = Point(lat, lon)
                if people > 0 and city.bounds.holds(point):
                    points.append(point)
                    weights.append(people)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise _wrong(
            _("%(file)s cannot be read as CSV: %(why)s.") % {"file": file.name, "why": error}
        ) from error
    if not 0 < len(points) <= pmedian.DEMANDS_MAX:
        told = {"file": file.name, "found": len(points), "most": pmedian.DEMANDS_MAX}
        raise _wrong(
            _("%(file)s has %(found)d places with people inside the city; there may be 1 to %(most)d.") % told
        )
    return Demand(points, weights, file.name)


def suggest(*, city: City, demand: Demand, count: int, mode: travel.Mode, limit_s: float) -> Suggestion:
    """The best so many of the demand's own places (the heaviest thousand) found within the time limit."""
    weights = np.array(demand.weights)
    sites = np.argsort(-weights, kind="stable")[: pmedian.SITES_MAX]
    origins = [demand.points[at] for at in sites]
    costs = travel.get().seconds(origins, demand.points, mode).T.astype(np.float64)
    try:
        problem = pmedian.Problem(costs, weights, count)
    except ValueError as error:
        raise _wrong(str(error)) from error
    found = pmedian.solve(problem, limit_s=limit_s)
    stations, total = list(city.stations.all()), weights.sum()
    stores = [
        Suggested(
            origins[site],
            min(stations, key=lambda station, at=origins[site]: distance_m(station.point, at)),  # type: ignore[misc]
            float(weights[found.serves == site].sum() / total),
        )
        for site in found.sites
    ]
    rides_s = costs[np.arange(len(weights)), found.serves]
    farthest_s = float(rides_s[weights > 0].max())
    return Suggestion(stores, found.cost / total, found.bound / total, farthest_s, found.gap)


@transaction.atomic
def save(*, city: City, stores: Sequence[Suggested], by: str, now: datetime) -> int:
    """Write them as closed stores, once for each place: saved again they are the same rows. Returns how many are new."""
    made = 0
    for each in stores:
        slug = f"suggested-{each.at.lat:.4f}-{each.at.lon:.4f}".replace(".", "d").replace("--", "-m")
        _store, new = Store.objects.get_or_create(
            city=city,
            slug=slug,
            defaults={
                "name": each.near.name,
                "name_latin": each.near.name_latin,
                "street": f"{each.at.lat:.5f}, {each.at.lon:.5f}",
                "lat": each.at.lat,
                "lon": each.at.lon,
                "active": False,
            },
        )
        made += new
    record(kind="stores.suggested", ref=city.slug, by=by, at=now, data={"new": made, "of": len(stores)})
    return made


def _number(text: str | None, file: Path, row: int, column: str) -> float:
    try:
        value = float(text or "")
    except ValueError:
        value = float("nan")
    most = {"lat": 90.0, "lon": 180.0}.get(column, 1e12)
    if not (-most if column != "population" else 0) <= value <= most:
        told = {"file": file.name, "row": row, "column": column, "found": (text or "")[:40]}
        raise _wrong(
            _("%(file)s, row %(row)d, column %(column)s: a number was expected, not “%(found)s”.") % told
        )
    return value


def _wrong(sentence: str) -> Refusal:
    return Refusal("bad-demand", sentence, status=422)
