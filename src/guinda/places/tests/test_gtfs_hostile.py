"""Feeds that are broken or meant to harm: refused in one sentence, early, with the limit or the cell named."""

from __future__ import annotations

import struct
import zipfile
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from guinda.base.refusals import Refusal
from guinda.places.gtfs import reading
from guinda.places.gtfs.tables import Limits, opened
from guinda.places.tests.feeds import TODAY, WHOLE, read, swapped, write


def refusal(folder, file=None, limits=None, **changes):
    """The one sentence with which it is refused."""
    file = file or write(folder, **changes)
    with pytest.raises(Refusal) as refused:
        reading.read(file, reading.Wishes(), today=TODAY, limits=limits)
    sentence = str(refused.value.sentence)
    assert refused.value.code in {"bad-feed", "bad-city-file"}
    assert sentence.endswith(".")
    assert "\n" not in sentence
    return sentence


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"stops": None}, "stops.txt"),
        ({"routes": None}, "routes.txt"),
        ({"trips": None}, "trips.txt"),
        ({"stop_times": None}, "stop_times.txt"),
        ({"agency": None}, "time zone"),
        ({"stops": ""}, "stop_id"),
        (swapped("stops", "stop_id,", "stop,"), "no column “stop_id”"),
        (swapped("stop_times", "stop_sequence", "sequence"), "no column “stop_sequence”"),
        (
            swapped("stops", "40.4401", "95"),
            "row 3, column stop_lat: expected degrees from -90 to 90, not “95”",
        ),
        (swapped("stops", "40.4401,-3.70", "40.4401,-200"), "column stop_lon"),
        (swapped("stops", "40.4401", "nan"), "column stop_lat"),
        (swapped("stops", "40.4401", "north"), "“north”"),
        (swapped("stops", "40.4401", "1e999"), "column stop_lat"),
        (swapped("routes", ",1,FF0000", ",metro,FF0000"), "column route_type"),
        (swapped("stop_times", "N1,1\n", "N1,first\n"), "column stop_sequence"),
        (swapped("stop_times", "N1,1\n", "N1,99999999999999999999\n"), "column stop_sequence"),
        (swapped("stop_times", "t1,8:00:00,8:00:00,N1", "t1,8:00:00,8:00:00,Q9"), "“Q9”"),
        (swapped("shapes", "sh1,40.43", "sh1,4043"), "shapes.txt, row 3"),
    ],
)
def test_a_broken_table_is_refused_with_its_place(tmp_path, changes, said):
    assert said in refusal(tmp_path, **changes)


@pytest.mark.parametrize(
    ("encoding", "name"), [("latin-1", "Ñandú"), ("cp1251", "Центр"), ("koi8-r", "Центр")]
)
def test_another_encoding_is_refused_by_name(tmp_path, encoding, name):
    text = WHOLE["stops.txt"].replace("Centro", name).replace("é", "e")
    assert "UTF-8" in refusal(tmp_path, stops=text.encode(encoding))


def test_utf_16_is_refused(tmp_path):
    assert "stops.txt" in refusal(tmp_path, stops=WHOLE["stops.txt"].encode("utf-16"))


def test_a_byte_order_mark_is_no_fault(tmp_path):
    assert read(tmp_path, stops=WHOLE["stops.txt"].encode("utf-8-sig")).facts.stations


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 0.99])
def test_a_truncated_archive_is_refused(tmp_path, share):
    file = write(tmp_path)
    whole = file.read_bytes()
    file.write_bytes(whole[: int(len(whole) * share)])
    assert "zip" in refusal(tmp_path, file)


def test_damaged_bytes_are_refused(tmp_path):
    file = write(tmp_path)
    whole = bytearray(file.read_bytes())
    at = whole.find(b"stops.txt") + 40
    whole[at : at + 30] = bytes(30)
    file.write_bytes(whole)
    assert "zip" in refusal(tmp_path, file)


def test_no_file_a_folder_and_a_text_are_refused(tmp_path):
    text = tmp_path / "feed.txt"
    text.write_text("stop_id,stop_name\n")
    for file in (tmp_path / "nowhere.zip", tmp_path, text):
        assert "zip" in refusal(tmp_path, file)


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path):
    assert "150 times its packed size in shapes.txt" in refusal(tmp_path, shapes="0" * 20_000_000)


def test_a_member_that_lies_about_its_size_gives_no_more_than_it_says(tmp_path):
    file = write(tmp_path, shapes=WHOLE["shapes.txt"] + "sh1,40.40,-3.70,5\n" * 100_000)
    with zipfile.ZipFile(file) as archive:
        size = archive.getinfo("shapes.txt").file_size
    whole = file.read_bytes().replace(struct.pack("<I", size), struct.pack("<I", 200))
    file.write_bytes(whole)
    assert "zip" in refusal(tmp_path, file)


@pytest.mark.parametrize("name", ["../stops.txt", "/etc/stops.txt", "a\\..\\..\\stops.txt", "C:stops.txt"])
def test_names_that_lead_out_of_the_archive_are_refused_and_nothing_is_written(tmp_path, name):
    said = refusal(tmp_path, tables=WHOLE | {name: "x"})
    assert "no table has" in said
    assert [each.name for each in tmp_path.iterdir()] == ["feed.zip"]


def test_a_name_twice_is_refused(tmp_path):
    file = write(tmp_path)
    with zipfile.ZipFile(file, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("stops.txt", "stop_id\n")
    assert "stops.txt" in refusal(tmp_path, file)


def test_an_encrypted_archive_is_refused(tmp_path):
    file = write(tmp_path)
    whole = bytearray(file.read_bytes())
    at = 0
    while (at := whole.find(b"PK\x01\x02", at)) >= 0:
        whole[at + 8] |= 1
        at += 4
    file.write_bytes(whole)
    assert "zip" in refusal(tmp_path, file)


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        (Limits(archive_bytes=100), "100 bytes of archive"),
        (Limits(table_bytes=100), "100 bytes of"),
        (Limits(total_bytes=1_000), "1,000 bytes in all tables"),
        (Limits(members=3), "3 files"),
        (Limits(rows=4), "4 rows of"),
        (Limits(cell_letters=12), "field limit"),
    ],
)
def test_each_limit_is_named(tmp_path, limits, said):
    assert said in refusal(tmp_path, limits=limits)


def test_ten_million_rows_are_refused_at_the_limit(tmp_path):
    """Packed so well that only a generous ratio lets them in: the rows are counted while they are read, not stored."""
    file = tmp_path / "feed.zip"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, text in WHOLE.items():
            archive.writestr(name, text if name != "shapes.txt" else text + "z,1,1,1\n" * 10_000_000)
    with opened(file, Limits(ratio=1_000_000, rows=200_000)) as tables, pytest.raises(Refusal) as refused:
        sum(1 for _row in tables.rows("shapes.txt", ("shape_id",)))
    assert "200,000 rows of shapes.txt" in str(refused.value.sentence)
    assert "times its packed size" in refusal(tmp_path, file)


def test_a_limit_that_is_none_is_refused():
    with pytest.raises(ValueError, match="at least 1"):
        Limits(rows=0)


def test_control_characters_never_reach_a_name(tmp_path):
    found = read(tmp_path, **swapped("stops", "C,Centro", "C,Cen\x00tro\x1b[31m"))
    assert all(each.names.name.isprintable() for each in found.facts.stations)


CELLS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(["stops", "routes", "trips", "stop_times", "shapes", "agency"]),
    st.integers(0, 400),
    CELLS,
)
def test_any_damage_is_a_city_or_a_refusal(tmp_path, table, at, junk):
    text = WHOLE[f"{table}.txt"]
    found = None
    with suppress(Refusal):
        found = read(tmp_path, **{table: text[:at] + junk + text[at + len(junk) :]})
    assert found is None or found.facts.stations
