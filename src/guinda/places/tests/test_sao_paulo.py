"""The collected data of a real city, where it is at hand: a feed of the centre and its streets."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from guinda.base.points import Point
from guinda.places.gtfs import reading
from guinda.places.importing import import_city
from guinda.places.maps import drawn
from guinda.places.models import City
from guinda.places.streets import building
from guinda.places.streets.extract import read_ways
from guinda.places.streets.network import Network
from guinda.places.streets.travel import StreetTimes
from guinda.places.tests.feeds import TODAY
from guinda.places.tests.test_import import NOW
from guinda.places.travel import Detour, Mode

ROOT = Path(__file__).resolve().parents[4]
FOLDER = Path(os.environ.get("GUINDA_DATA", ROOT.parent / "shared" / "data")) / "city" / "sao_paulo"
FEED, EXTRACT = FOLDER / "gtfs_metro_cptm_centre.zip", FOLDER / "sao_paulo_centre.osm.pbf"
pytestmark = pytest.mark.skipif(
    not FEED.exists(), reason="The collected data is not here: name its folder in GUINDA_DATA."
)


@pytest.fixture(scope="module")
def network():
    return Network.of(building.build(read_ways(EXTRACT)))


def test_the_feed_is_a_city(db, network):
    read = reading.read(FEED, reading.Wishes(name="São Paulo", bounds=network.bounds), today=TODAY)
    facts = read.facts
    assert (facts.slug, facts.time_zone, facts.country, facts.currency) == (
        "sao-paulo",
        "America/Sao_Paulo",
        "BR",
        "BRL",
    )
    assert {"L1", "L2", "L3", "L4"} <= {each.code for each in facts.lines}
    blue = next(each for each in facts.lines if each.code == "L1")
    assert blue.stops.index("luz") - blue.stops.index("sao-bento") == 1
    assert blue.colour == "#0455A1"

    import_city(facts=facts, by="test", now=NOW)

    assert "Liberdade" in drawn(City.objects.get())
    again = import_city(facts=facts, by="test", now=NOW)
    assert {(each.new, each.changed) for each in again.values()} == {(0, 0)}


def test_streets_are_near_the_detour_that_they_replace(network, tmp_path):
    network.save(tmp_path / "city.npz")
    rng = np.random.default_rng(3)
    graph = network.graph
    core = rng.choice(np.flatnonzero(graph.core.all(axis=0)), 40)
    points = [place_of(graph, at) for at in core]
    times = StreetTimes(tmp_path)
    for mode in Mode:
        seconds, plain = times.seconds(points, points, mode), Detour().seconds(points, points, mode)
        far = plain > 300
        assert 0.6 < np.median(seconds[far] / plain[far]) < 1.7


def place_of(graph, at):
    return Point(float(graph.lat[at]), float(graph.lon[at]))
