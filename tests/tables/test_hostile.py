"""A hostile file is refused in a sentence that says where and what to do; it never costs more than its limits."""

from __future__ import annotations

import pytest

from guinda.base.refusals import Refusal
from guinda.clients.models import Client
from guinda.tables import reading
from guinda.tables.declare import TABLES
from guinda.tables.reading import Sheet, Source
from tests.tables.files import CLIENTS, apply, look, sentences, source
from tests.world import build

pytestmark = pytest.mark.django_db
ROW = "+79161234567,Анна,ru\n"


@pytest.fixture(autouse=True)
def world():
    return build(shelf_g=0)


def refused(folder, content, **options) -> str:
    with pytest.raises(Refusal) as refusal:
        look(folder, "clients", content, **options)
    assert refusal.value.status == 422
    assert not Client.objects.exists()
    return str(refusal.value.sentence)


@pytest.mark.parametrize(
    ("encoding", "named"),
    [
        ("utf-8", ""),
        ("utf-8-sig", ""),
        ("utf-16", ""),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("cp1251", "cp1251"),
    ],
)
@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_what_spreadsheets_write_is_read(tmp_path, encoding, named, separator, ending):
    content = (CLIENTS + ROW).replace(",", separator).replace("\n", ending)
    found = look(tmp_path, "clients", content.encode(encoding), encoding=named)
    assert found.verdict[:3] == (1, 0, 0), sentences(found)
    assert ("name", "", "Анна") in found.added[0].cells


def test_utf_16_from_the_other_end(tmp_path):
    content = b"\xfe\xff" + (CLIENTS + ROW).encode("utf-16-be")
    assert look(tmp_path, "clients", content).verdict.new == 1


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "row 1 must hold the names"),
        (b"\n\n", "row 1 must hold the names"),
        (b"PK\x03\x04\x14\x00\x00\x00zip", "holds a NUL"),
        ((CLIENTS + ROW).encode("cp1251"), "line 2 is not text in UTF-8"),
        ((CLIENTS + ROW).encode("utf-16-le"), "holds a NUL"),
        ((CLIENTS + ROW).encode("utf-32"), "NUL"),
        ((CLIENTS + ROW).encode("utf-16")[:-1], "is not text in UTF-16"),
        (CLIENTS.encode() + b"+79161234567,A\x00nna,ru\n", "line 2 holds a NUL"),
        (CLIENTS + '+79161234567,"Anna,ru\n' + ROW * 3, "row 2: a quote is opened and not closed"),
        (CLIENTS + ROW + '+79161234567,"An"na,ru\n', "row 3: a quoted cell must be followed by a separator"),
        ("phone,name,phone\n", "column phone is there twice"),
        ("phone,nome\n", "there is no column “nome”"),
        ("name,language\n", "these columns are missing: phone"),
        ("x" * 200_000, "line 1 has more than 100000 characters"),
        (CLIENTS + '+79161234567,"' + "a" * 200_000, "line 2 has more than 100000 characters"),
        (CLIENTS + '+79161234567,"' + "a\n" * 200_000, "row 2: a quote is opened and not closed"),
        (",".join(["phone", *(f"c{number}" for number in range(300))]), "row 1 must hold the names"),
        ("phone,name,language,=cmd|' /C calc'!A0\n", "there is no column"),
    ],
)  # fmt: skip
def test_a_file_that_is_none_is_refused_as_a_whole(tmp_path, content, said):
    sentence = refused(tmp_path, content)
    assert said in sentence
    assert sentence.startswith("file.csv can't be used: ")
    assert sentence.endswith(". Nothing was changed.")


def test_ragged_rows_and_empty_lines_are_counted_as_a_spreadsheet_does(tmp_path):
    content = CLIENTS + '\n+79161234567,"An\nna",ru\n+79161234568,B\n\n+79161234569,C,en,4,5\n'
    assert sentences(look(tmp_path, "clients", content)) == [
        "Row 4: found “2 cells”, expected 3 cells, as many as row 1 has.",
        "Row 6: found “5 cells”, expected 3 cells, as many as row 1 has.",
    ]


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (",Anna,ru", "phone"),
        ("+0123456789,Anna,ru", "phone"),
        ("+7916123456712345678,Anna,ru", "phone"),
        ("0,Anna,ru", "phone"),
        ("call me,Anna,ru", "phone"),
        ("+79161234567," + "a" * 121 + ",ru", "name"),
        ("+79161234567,An\x07na,ru", "name"),
        ("+79161234567,An\u202ena,ru", None),
        ("+79161234567,Anna,xx", "language"),
        ("+79161234567,   ,ru", "name"),
    ],
)
def test_a_bad_cell_is_named(tmp_path, row, column):
    found = look(tmp_path, "clients", CLIENTS + row + "\n")
    assert [each[:2] for each in found.problems] == ([(2, column)] if column else [])
    assert all(len(sentence) < 300 and "\x07" not in sentence for sentence in sentences(found))


@pytest.mark.parametrize(
    "value", ["nan", "inf", "1e999", "91", "-90.0001", "55 45", "0x10", "", "55.7.5", "５５"]
)
def test_no_such_latitude(tmp_path, value):
    content = f"city,slug,name,name_latin,lat,lon\nmoscow,new,Н,N,{value},37.6\n"
    assert [each[:2] for each in look(tmp_path, "stations", content).problems] == [(2, "lat")]


@pytest.mark.parametrize(
    "value",
    [
        "2026-06-24",
        "2026-06-24T09:00",
        "24.06.2026 09:00",
        "2026-13-01T00:00Z",
        "0001-01-01T00:00+14:00",
        "9999-12-31T23:59-14:00",
    ],
)
def test_no_such_time(tmp_path, value):
    found = look(tmp_path, "clients", f"phone,since_at\n+79161234567,{value}\n")
    assert [each[:2] for each in found.problems] == [(2, "since_at")]
    assert "2026-06-24T09:00+03:00" in sentences(found)[0]


def test_sql_in_a_cell_is_text(tmp_path):
    evil = "'); DROP TABLE clients_client; --\\.%s%(now)s{x}"
    apply(tmp_path, "clients", CLIENTS + f'+79161234567,"{evil}",en\n')
    assert Client.objects.get().name == evil


def test_a_million_rows_and_no_more(tmp_path, monkeypatch):
    """With the real limit: ten million rows are refused at the first beyond it, not at the end of the file."""
    path = tmp_path / "large.csv"
    with path.open("w") as file:
        file.write("phone\n")
        for _part in range(100):
            file.write("1\n" * 100_000)
    seen = []
    lines = Sheet._lines

    def counted(self, file):
        for line in lines(self, file):
            seen.append(1)
            yield line

    monkeypatch.setattr(Sheet, "_lines", counted)
    with pytest.raises(Refusal) as refusal:
        Sheet(Source(path, "large.csv"), TABLES["clients"])
    assert refusal.value.code == "too_many_rows"
    assert "more than 1,000,000 rows" in refusal.value.sentence
    assert len(seen) == reading.MOST_ROWS + 3, "the names twice, the rows, and the first too many"


def test_two_hundred_megabytes_and_no_more(tmp_path):
    path = tmp_path / "large.csv"
    with path.open("wb") as file:
        file.truncate(
            reading.MOST_BYTES + 1
        )  # a hole: nothing of it is on the disc, and nothing of it is read
    with pytest.raises(Refusal) as refusal:
        Sheet(Source(path, "large.csv"), TABLES["clients"])
    assert "200 MB is the most" in refusal.value.sentence


def test_an_encoding_nobody_reads(tmp_path):
    with pytest.raises(Refusal, match="bad_encoding"):
        source(tmp_path, ROW, encoding="rot13")


def test_the_sentences_are_in_the_readers_language(tmp_path):
    from django.utils import translation

    seen = set()
    for language in ("en", "es", "ru"):
        with translation.override(language):
            seen.add(sentences(look(tmp_path, "clients", CLIENTS + "x,,en\n"))[0])
            seen.add(refused(tmp_path, b""))
    assert len(seen) == 6
