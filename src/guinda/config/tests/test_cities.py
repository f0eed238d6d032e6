"""`guinda import-city` and `guinda suggest-stores` as they are typed: what they tell, and that a refusal changes nothing."""

from __future__ import annotations

import pytest

from guinda.config import cities, cli
from guinda.places.models import City, Station, Store
from guinda.places.streets import travel
from guinda.places.streets.network import Network
from guinda.places.streets.travel import StreetTimes
from guinda.places.tests import extracts, feeds
from guinda.places.travel import Mode

pytestmark = pytest.mark.django_db
CENTRE = {"LAT": 40.419, "LON": -3.702}


@pytest.fixture
def kept(tmp_path, monkeypatch):
    monkeypatch.setattr(cities, "set_up", lambda: None)
    monkeypatch.setattr(travel, "folder", lambda: tmp_path / "streets")
    for name, value in CENTRE.items():
        monkeypatch.setattr(extracts, name, value)
    return tmp_path / "streets"


@pytest.fixture
def feed(tmp_path):
    return str(feeds.write(tmp_path))


@pytest.fixture
def streets(tmp_path, kept):
    return str(extracts.grid(tmp_path / "city.osm.pbf"))


def typed(*words):
    chosen = cli.parser().parse_args(words)
    {"import-city": cities.import_city, "suggest-stores": cities.suggest_stores}[words[0]](chosen)


BOUNDS = "--bounds=40.39,-3.73,40.45,-3.67"


def test_a_city_with_its_streets(kept, feed, streets, capsys):
    typed("import-city", feed, "--streets", streets, "--name", "Prueba", BOUNDS)

    said = capsys.readouterr().out
    for expected in (
        "36 junctions, 60 edges",
        "Prueba (prueba): this has changed",
        "stations      5 new",
        "By bicycle: 36 of 36 junctions",
        "More than 250 m from any street, so by distance times a detour: Este, Norte, Oeste, Sur de la Ciudad.",
        "GUINDA_TRAVEL_TIMES=streets",
    ):
        assert expected in said
    city = City.objects.get()
    assert city.credit == "Metro de Prueba · © OpenStreetMap, openstreetmap.org/copyright"
    assert len(Network.load(kept / "prueba.npz").graph.tail) == 60
    centre = city.stations.get(slug="centro").point
    assert StreetTimes(kept).seconds([centre], [centre], Mode.FOOT)[0, 0] == 0


def test_a_dry_run_keeps_nothing(kept, feed, streets, capsys):
    typed("import-city", feed, "--streets", streets, BOUNDS, "--dry-run")
    assert "this would change" in capsys.readouterr().out
    assert not City.objects.exists()
    assert not kept.exists()


def test_a_refused_extract_leaves_the_feed_unwritten_and_the_other_way_round(kept, feed, streets, tmp_path):
    broken = tmp_path / "broken.osm.pbf"
    broken.write_bytes(b"nonsense")
    with pytest.raises(cli.Mistake, match=r"OpenStreetMap.*Nothing was changed\."):
        typed("import-city", feed, "--streets", str(broken), BOUNDS)
    with pytest.raises(cli.Mistake, match=r"zip.*Nothing was changed\."):
        typed("import-city", str(broken), "--streets", streets)
    assert not City.objects.exists()
    assert not kept.exists()


def test_the_credit_stays_while_the_map_keeps_what_it_is_for(kept, feed, streets):
    typed("import-city", feed, "--streets", streets, "--slug", "p", BOUNDS)
    typed("import-city", feed, "--slug", "p", BOUNDS)
    assert "OpenStreetMap" in City.objects.get().credit


def test_kinds_are_refused_by_name(kept, feed):
    with pytest.raises(cli.Mistake, match="rocket"):
        typed("import-city", feed, "--kinds", "rocket")


def test_stores_are_suggested_and_saved_closed(kept, feed, capsys):
    typed("import-city", feed, BOUNDS)
    typed("suggest-stores", "2", "--save")

    said = capsys.readouterr().out
    assert "5 places of demand, by its stations, each alike" in said
    assert "Gap: 0.00% (proved the best" in said
    assert Store.objects.filter(active=False).count() == 2


def test_a_suggestion_that_cannot_be_is_one_sentence(kept, feed):
    with pytest.raises(cli.Mistake, match="--city"):
        typed("suggest-stores", "2")
    typed("import-city", feed, BOUNDS)
    with pytest.raises(cli.Mistake, match="1 to 5 stores"):
        typed("suggest-stores", "6")
    assert Station.objects.count() == 5
