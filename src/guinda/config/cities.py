"""`guinda import-city` and `guinda suggest-stores`: what they do and tell."""

from __future__ import annotations

import argparse
import getpass
from collections.abc import Mapping
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from guinda.config.cli import Mistake, set_up

if TYPE_CHECKING:
    from collections.abc import Iterator

    from guinda.places.cityfile import CityFile
    from guinda.places.gtfs.reading import Reading
    from guinda.places.importing import Change
    from guinda.places.streets.network import Network

GAP_SHOWN = 5e-5
"""A gap that is written as 0.00 %."""


def import_city(chosen: argparse.Namespace) -> None:
    """Read everything first, then write the rows, then put the network in its place: a refusal leaves all as it was."""
    set_up()
    from guinda.base import clock
    from guinda.places.gtfs import reading
    from guinda.places.importing import import_city as write
    from guinda.places.models import Bounds
    from guinda.places.streets.travel import folder

    now = clock.now()
    with _told():
        network = _network(chosen.streets) if chosen.streets else None
        wishes = reading.Wishes(
            name=chosen.name,
            name_latin=chosen.name_latin,
            slug=chosen.slug,
            country=chosen.country or "",
            currency=chosen.currency or "",
            bounds=Bounds(*chosen.bounds) if chosen.bounds else network.bounds if network else None,
            kinds=chosen.kinds or reading.USUAL_KINDS,
        )
        read = reading.read(chosen.feed, wishes, today=now.date())
        facts = _with_scenery(read, chosen.streets) if chosen.streets else read.facts
        changes = write(facts=facts, by=f"command:{getpass.getuser()}", now=now, dry_run=chosen.dry_run)
    if network and not chosen.dry_run:
        network.save(folder() / f"{facts.slug}.npz")
    _tell(read, changes, network, dry_run=chosen.dry_run)


@contextmanager
def _told() -> Iterator[None]:
    """A refusal is what the person at the keyboard can put right."""
    from guinda.base.refusals import Refusal

    try:
        yield
    except Refusal as refusal:
        raise Mistake(f"{refusal.sentence} Nothing was changed.") from refusal


def _network(extract: Path) -> Network:
    from guinda.places.streets import building
    from guinda.places.streets.extract import digest, read_ways
    from guinda.places.streets.network import Network

    started_s = perf_counter()
    network = Network.of(building.build(read_ways(extract)), digest(extract))
    graph = network.graph
    print(
        f"Streets: {len(graph.lat):,} junctions, {len(graph.tail):,} edges, {graph.metres.sum() / 1000:,.0f} km, "
        f"built in {perf_counter() - started_s:.1f} s."
    )
    return network


def _with_scenery(read: Reading, extract: Path) -> CityFile:
    """The facts with the extract's parks and water, where it has any, and its credit, which its licence asks for."""
    from dataclasses import replace

    from guinda.places.importing import OSM_CREDIT
    from guinda.places.streets.scenery import read_scenery

    found = read_scenery(extract, read.facts.bounds)
    read.notes.append(f"From the extract: {len(found.water)} waters and {len(found.parks)} parks on the map.")
    if found.coast:
        read.notes.append("The extract has a coast; the sea is not drawn.")
    credit = " · ".join(each for each in (read.facts.credit, OSM_CREDIT) if each)
    return replace(read.facts, water=found.water or None, parks=found.parks or None, credit=credit)


def _tell(read: Reading, changes: Mapping[str, Change], network: Network | None, *, dry_run: bool) -> None:
    facts = read.facts
    print(
        f"{facts.names.name_latin} ({facts.slug}): "
        + ("this would change" if dry_run else "this has changed")
    )
    for kind, each in changes.items():
        print(
            f"  {kind:<10}{each.new:>5} new, {each.changed} changed, {each.same} as before"
            + (f", {each.absent} not in the feed" if each.absent else "")
        )
    for note in read.notes:
        print(f"- {note}")
    if network:
        _tell_streets(read, network)


def _tell_streets(read: Reading, network: Network) -> None:
    from guinda.places import travel
    from guinda.places.streets.snapping import LIMIT_M
    from guinda.places.streets.travel import StreetTimes
    from guinda.places.travel import Mode

    for mode in Mode:
        total = len(network.graph.lat)
        print(
            f"- By {mode}: {network.connected(mode):,} of {total:,} junctions can reach each other; others are not used."
        )
    far = [each.names.name_latin for each in read.facts.stations if network.snap(each.at, Mode.FOOT) is None]
    if far:
        print(
            f"- More than {LIMIT_M:.0f} m from any street, so by distance times a detour: {', '.join(far)}."
        )
    if not isinstance(travel.get(), StreetTimes):
        print("- To ride by these streets, set GUINDA_TRAVEL_TIMES=streets and start again.")


def suggest_stores(chosen: argparse.Namespace) -> None:
    """Print the stores, nearest to the demand as a whole, and how far from the best possible they may be."""
    set_up()
    from guinda.base import clock
    from guinda.places import suggesting
    from guinda.places.travel import Mode

    with _told():
        city = suggesting.the_city(chosen.city)
        demand = suggesting.of_grid(chosen.demand, city) if chosen.demand else suggesting.of_stations(city)
        found = suggesting.suggest(
            city=city, demand=demand, count=chosen.count, mode=Mode(chosen.mode), limit_s=chosen.seconds
        )
    print(f"{city.name_latin}: {len(demand.points):,} places of demand, by {demand.source}.")
    for each in found.stores:
        print(
            f"  {each.at.lat:.5f}, {each.at.lon:.5f}  {each.share:6.1%} of the demand, near {each.near.name_latin}"
        )
    print(
        f"Mean ride by {chosen.mode}: {found.mean_s / 60:.1f} min; the farthest {found.farthest_s / 60:.1f} min."
    )
    proved = "proved the best" if found.gap < GAP_SHOWN else "at most this far from the best"
    print(f"Gap: {found.gap:.2%} ({proved}; no placement has a mean below {found.bound_s / 60:.2f} min).")
    if chosen.save:
        made = suggesting.save(
            city=city, stores=found.stores, by=f"command:{getpass.getuser()}", now=clock.now()
        )
        print(f"Saved {made} as closed stores: put the address right and open them in the office.")
