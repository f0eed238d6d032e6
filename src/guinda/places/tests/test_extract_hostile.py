"""Extracts that are broken, foreign or too large: refused in one sentence, and nothing is kept."""

from __future__ import annotations

import gzip

import pytest

from guinda.base.refusals import Refusal
from guinda.places.streets import extract
from guinda.places.tests import extracts


def refusal(file):
    with pytest.raises(Refusal) as refused:
        extract.read_ways(file)
    sentence = str(refused.value.sentence)
    assert refused.value.code == "bad-extract"
    assert sentence.endswith(".")
    return sentence


@pytest.mark.parametrize("share", [0.1, 0.5, 0.8, 0.99])
def test_a_truncated_extract_is_refused(tmp_path, share):
    file = extracts.grid(tmp_path / "grid.osm.pbf", 30)
    whole = file.read_bytes()
    file.write_bytes(whole[: int(len(whole) * share)])
    assert "Fetch it again" in refusal(file)


@pytest.mark.parametrize(
    "content",
    [b"hello", b"\x00" * 5_000, b"\xff" * 5_000, b"PK\x03\x04" + b"0" * 100, b"\x7f\xff\xff\xff" + b"a" * 50],
)
def test_what_is_no_extract_is_refused(tmp_path, content):
    file = tmp_path / "x.osm.pbf"
    file.write_bytes(content)
    assert "OpenStreetMap" in refusal(file)


def test_damaged_bytes_are_refused(tmp_path):
    file = extracts.grid(tmp_path / "grid.osm.pbf", 30)
    whole = bytearray(file.read_bytes())
    whole[len(whole) // 2 : len(whole) // 2 + 200] = bytes(200)
    file.write_bytes(whole)
    assert "OpenStreetMap" in refusal(file)


def test_another_format_under_this_name_is_refused(tmp_path):
    file = tmp_path / "x.osm.pbf"
    file.write_bytes(gzip.compress(b"<osm version='0.6'></osm>"))
    refusal(file)
    file.write_bytes(b"<?xml version='1.0'?><osm version='0.6'><node id='1' lat='1' lon='1'/></osm>")
    refusal(file)


def test_a_name_that_tells_no_format_is_refused(tmp_path):
    file = tmp_path / "city.csv"
    file.write_text("a,b\n")
    refusal(file)


def test_nothing_there_a_folder_and_an_empty_file_are_refused(tmp_path):
    empty = tmp_path / "empty.osm.pbf"
    empty.touch()
    for file in (tmp_path / "nowhere.osm.pbf", tmp_path, empty):
        refusal(file)


def test_a_large_file_is_refused_before_it_is_read(tmp_path, monkeypatch):
    file = tmp_path / "planet.osm.pbf"
    with file.open("wb") as handle:
        handle.truncate(extract.EXTRACT_MAX_BYTES + 1)
    monkeypatch.setattr(extract, "each_object", None)
    assert "419,430,400" in refusal(file)


def test_too_many_points_are_refused_with_the_limit(tmp_path, monkeypatch):
    monkeypatch.setattr(extract, "POINTS_MAX", 20)
    assert "more than 20 points" in refusal(extracts.grid(tmp_path / "grid.osm.pbf"))


def test_an_extract_across_half_the_earth_is_refused(tmp_path):
    nodes, ways = {1: (0.0, 0.0), 2: (40.0, 100.0)}, [(1, [1, 2], {"highway": "residential"})]
    assert "degrees across" in refusal(extracts.write(tmp_path / "wide.osm.pbf", nodes, ways))


def test_streets_without_places_or_nobodys_streets_are_refused(tmp_path):
    lost = extracts.write(tmp_path / "lost.osm.pbf", {}, [(1, [1, 2], {"highway": "residential"})])
    assert "no streets" in refusal(lost)
    nodes = {1: extracts.at(0, 0), 2: extracts.at(0, 1)}
    closed = [(1, [1, 2], {"highway": "residential", "access": "no"}), (2, [1, 2], {"waterway": "river"})]
    assert "no streets" in refusal(extracts.write(tmp_path / "closed.osm.pbf", nodes, closed))


def test_points_that_were_cut_off_are_passed_over(tmp_path):
    file = extracts.grid(
        tmp_path / "cut.osm.pbf", more_ways=[(900, [1, 9001, 2, 9002], {"highway": "residential"})]
    )
    assert len(extract.read_ways(file).start) == 14
