"""A feed becomes the facts of a city, and what it does not say is inferred and told."""

from __future__ import annotations

import pytest

from guinda.base.refusals import Refusal
from guinda.places.gtfs import names
from guinda.places.gtfs.reading import Wishes
from guinda.places.models import Bounds
from guinda.places.tests.feeds import WHOLE, read, swapped


def test_a_whole_feed_says_everything_but_the_citys_name(tmp_path):
    found = read(tmp_path)

    facts = found.facts
    assert [(each.code, each.colour, each.stops) for each in facts.lines] == [
        ("L1", "#FF0000", ("norte", "centro", "sur-de-la-ciudad")),
        ("L2", "#00AA00", ("oeste", "centro", "este")),
    ]
    assert {each.slug: each.names.name for each in facts.stations}["norte"] == "Norte"
    centro = next(each for each in facts.stations if each.slug == "centro")
    assert (centro.source_id, centro.at.lat) == ("C", 40.42)
    assert [each.name for each in centro.entrances] == ["Calle Mayor 1", "Calle Mayor 2"]
    assert len(facts.stations) == 5
    assert (facts.time_zone, facts.country, facts.currency) == ("Europe/Madrid", "ES", "EUR")
    assert facts.credit == "Metro de Prueba"
    assert found.notes == [
        "Lines of other kinds left out: bus 1.",
        "Drawn from station to station for want of a shape: L2.",
        "Inferred from the time zone Europe/Madrid: Madrid, ES, EUR.",
    ]


def test_a_shape_bends_the_drawing_and_leads_through_the_stations(tmp_path):
    line = read(tmp_path).facts.lines[0]

    assert [each.lat for each in line.path] == [40.44, 40.43, 40.42, 40.40]
    assert line.path[1].lon == -3.695


def test_a_slip_of_the_drawing_is_taken_out(tmp_path):
    course = (
        "40.44,-3.70",
        "40.43,-3.695",
        "40.427,-3.6965",
        "40.4295,-3.6952",
        "40.42,-3.70",
        "40.40,-3.70",
    )
    rows = "".join(f"sh1,{place},{number}\n" for number, place in enumerate(course))
    line = read(tmp_path, shapes="shape_id,shape_pt_lat,shape_pt_lon,shape_pt_sequence\n" + rows).facts.lines[
        0
    ]
    assert [each.lat for each in line.path] == [40.44, 40.43, 40.42, 40.40]


def test_corners_give_way_where_a_station_lies_beside_its_line(tmp_path):
    beside = swapped("stops", "C,Centro,40.42,-3.70,1", "C,Centro,40.42,-3.702,1")
    line = read(tmp_path, **beside).facts.lines[0]
    assert [(each.lat, each.lon) for each in line.path][-2:] == [(40.42, -3.702), (40.40, -3.70)]


def test_what_is_missing_is_inferred_and_said(tmp_path):
    bare = "stop_id,stop_name,stop_lat,stop_lon\nN1,Norte,40.44,-3.70\nC1,Centro,40.4202,-3.70\nC2,CENTRO,40.4198,-3.70\n"
    bare += "S1,Sur,40.40,-3.70\nE1,Este,40.42,-3.68\nO1,Oeste,40.42,-3.72\n"
    found = read(
        tmp_path, stops=bare, shapes=None, routes="route_id,route_type\nr1,1\nr2,1\nb1,3\n",
        wishes=Wishes(name="Prueba", country="ES", currency="EUR", slug="prueba"),
    )  # fmt: skip

    assert sorted(each.slug for each in found.facts.stations) == ["centro", "este", "norte", "oeste", "sur"]
    assert found.facts.lines[0].colour != found.facts.lines[1].colour
    told = " ".join(found.notes)
    for said in (
        "without a parent station, joined by name within 400 m: 6",
        "no entrances",
        "Colours chosen by us for the lines: r1, r2",
        "want of a shape: r1, r2",
    ):
        assert said in told


def test_two_stations_of_one_name_far_apart_stay_two(tmp_path):
    far = swapped("stops", "E,Este,40.42,-3.68,1,\nE1,Este", "E,Centro,40.42,-3.68,1,\nE1,Centro")
    found = read(tmp_path, **far)
    assert {"centro", "centro-2"} <= {each.slug for each in found.facts.stations}


def test_branches_find_their_place_beside_their_neighbours(tmp_path):
    times = (
        WHOLE["stop_times.txt"]
        + "t5,8:00:00,8:00:00,E1,1\nt5,8:05:00,8:05:00,C1,2\nt5,8:09:00,8:09:00,N1,3\n"
    )
    found = read(tmp_path, stop_times=times, trips=WHOLE["trips.txt"] + "r1,d,t5,0,\n")
    assert found.facts.lines[0].stops == ("norte", "centro", "este", "sur-de-la-ciudad")
    assert any("Branches" in note and "L1" in note for note in found.notes)


def test_bounds_leave_out_stations_and_short_lines(tmp_path):
    found = read(tmp_path, wishes=Wishes(bounds=Bounds(40.39, -3.71, 40.45, -3.69)))
    assert [each.code for each in found.facts.lines] == ["L1"]
    assert len(found.facts.stations) == 3
    assert any("left out: 2" in note for note in found.notes)


def test_names_come_in_latin_letters_from_the_feed_or_letter_by_letter(tmp_path):
    stops = WHOLE["stops.txt"].replace("NORTE", "Северная").replace("C,Centro", "C,Щукинская")
    translations = "table_name,field_name,language,translation,record_id\nstops,stop_name,en,North,N\n"
    found = read(tmp_path, stops=stops, translations=translations)
    latin = {each.names.name: each.names.name_latin for each in found.facts.stations}
    assert (latin["Северная"], latin["Щукинская"]) == ("North", "Shchukinskaya")
    assert "Names put into Latin letters by us: 1." in found.notes


@pytest.mark.parametrize(
    ("name", "calm"),
    [
        ("PUERTA DEL SOL", "Puerta del Sol"),
        ("Puerta del SOL", "Puerta del SOL"),
        ("T-4", "T-4"),
        ("LA LATINA", "La Latina"),
    ],
)
def test_capitals_are_calmed(name, calm):
    assert names.shown(name) == calm


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"wishes": Wishes(kinds=("ferry",))}, "bus"),
        ({"wishes": Wishes(bounds=Bounds(0, 0, 1, 1))}, "--bounds"),
        (swapped("stops", "E1,Este,40.42,-3.68", "E1,Este,-40.42,143.68"), "--bounds"),
        (swapped("agency", "Europe/Madrid", "Etc/UTC"), "--country"),
        (swapped("agency", "Europe/Madrid", "Europe/Madriz"), "Europe/Madriz"),
    ],
)
def test_what_cannot_be_a_city_is_refused_with_the_way_out(tmp_path, changes, said):
    if "Este,-40" in changes.get("stops", ""):
        changes = {"stops": changes["stops"].replace("E,Este,40.42,-3.68", "E,Este,-40.42,143.68")}
    with pytest.raises(Refusal) as refused:
        read(tmp_path, **changes)
    assert said in str(refused.value.sentence)


def test_a_kind_that_there_is_not_is_refused():
    with pytest.raises(Refusal) as refused:
        Wishes(kinds=("metro", "rocket"))
    assert "rocket" in str(refused.value.sentence)
