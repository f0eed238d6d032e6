"""An import writes all or nothing, twice is the same as once, and rows keep their short names by the feed's own keys."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from guinda.journal.models import Event
from guinda.places import services
from guinda.places.gtfs.reading import Wishes
from guinda.places.importing import Change, import_city
from guinda.places.models import City, Entrance, Line, Station, Stop
from guinda.places.tests.feeds import read, swapped

NOW = datetime(2026, 5, 1, 9, tzinfo=UTC)
MODELS = (City, Line, Station, Stop, Entrance)


def bring(folder, *, dry_run=False, wishes=None, **changes):
    facts = read(folder, wishes=wishes or Wishes(slug="prueba"), **changes).facts
    return import_city(facts=facts, by="test", now=NOW, dry_run=dry_run)


def rows():
    return [list(model.objects.order_by("pk").values()) for model in MODELS]


def test_a_new_city_is_written_and_the_journal_knows(tmp_path, db):
    changes = bring(tmp_path)

    assert changes["stations"] == Change(new=5, changed=0, same=0, absent=0)
    assert changes["entrances"].new == 2
    assert City.objects.get().credit == "Metro de Prueba"
    assert list(Line.objects.get(code="L1").stops.values_list("station__slug", flat=True)) == [
        "norte", "centro", "sur-de-la-ciudad",
    ]  # fmt: skip
    assert Event.objects.get(kind="city.imported").ref == "prueba"


def test_twice_is_the_same_as_once(tmp_path, db):
    bring(tmp_path)
    before = rows()

    changes = bring(tmp_path)

    assert rows() == before
    assert {(each.new, each.changed, each.absent) for each in changes.values()} == {(0, 0, 0)}


def test_a_dry_run_tells_the_same_and_changes_nothing(tmp_path, db):
    told = bring(tmp_path, dry_run=True)
    assert rows() == [[]] * len(MODELS)
    assert not Event.objects.exists()
    assert bring(tmp_path) == told


def test_a_renamed_station_keeps_its_short_name_and_its_row(tmp_path, db):
    bring(tmp_path)
    before = Station.objects.get(slug="centro").pk

    changes = bring(tmp_path, **swapped("stops", "C,Centro,", "C,Plaza Mayor,"))

    station = Station.objects.get(pk=before)
    assert (station.slug, station.name) == ("centro", "Plaza Mayor")
    assert changes["stations"] == Change(new=0, changed=1, same=4, absent=0)


def test_a_station_takes_no_short_name_that_another_key_has(tmp_path, db):
    bring(tmp_path)
    swap = {"stops": swapped("stops", "C,Centro,", "C,Este,")["stops"].replace("E,Este,", "E,Centro,")}

    bring(tmp_path, **swap)

    assert dict(Station.objects.values_list("source_id", "slug"))["C"] == "centro"
    assert dict(Station.objects.values_list("source_id", "name"))["C"] == "Este"


def test_what_the_feed_no_longer_has_stays_and_is_counted(tmp_path, db):
    bring(tmp_path)
    shorter = swapped("stop_times", "t1,8:09:00,8:09:00,S1,9\nt2,8:00:00,8:00:00,S1,1\n", "")

    changes = bring(tmp_path, **shorter)

    assert changes["stations"].absent == 1
    assert Station.objects.filter(slug="sur-de-la-ciudad").exists()
    assert not Stop.objects.filter(station__slug="sur-de-la-ciudad").exists()
    assert changes["stops"].absent == 1


def test_entries_counted_by_staff_survive(tmp_path, db):
    bring(tmp_path)
    Station.objects.filter(slug="centro").update(yearly_entries=7)
    bring(tmp_path)
    assert Station.objects.get(slug="centro").yearly_entries == 7


def test_a_failure_halfway_leaves_everything_as_it_was(tmp_path, db, monkeypatch):
    bring(tmp_path)
    before = rows()

    def fail(*_arguments):
        raise RuntimeError

    monkeypatch.setattr(services, "_write_stops", fail)
    with pytest.raises(RuntimeError):
        bring(tmp_path, **swapped("stops", "C,Centro,", "C,Plaza Mayor,"))
    assert rows() == before


def test_the_work_does_not_grow_with_the_city(tmp_path, db, django_assert_max_num_queries):
    with django_assert_max_num_queries(40):
        bring(tmp_path)
