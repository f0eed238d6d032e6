"""What people send as a photograph or a certificate, and what some would rather send."""

from __future__ import annotations

import io
import random
import struct
import zipfile
import zlib
from datetime import timedelta

import pytest
import segno
from django.conf import settings as django_settings
from django.db import IntegrityError, transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from guinda.base.refusals import Refusal
from guinda.catalog.evidence import MOST_BYTES, MOST_OF_A_LOT, SIDE_PX, check, keep
from guinda.catalog.models import Evidence
from tests.world import NOW, build

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
SCRIPT = b"<script>alert(1)</script>"


def picture(kind: str = "JPEG", size: tuple[int, int] = (640, 480), mode: str = "RGB", **options) -> bytes:
    written = io.BytesIO()
    Image.new(mode, size, (180, 20, 50, 90)[: len(mode)] if mode != "L" else 90).save(
        written, kind, **options
    )
    return written.getvalue()


def checked(raw: bytes, **options):
    return check(io.BytesIO(raw), **options)


def refused(raw: bytes, **options) -> str:
    with pytest.raises(Refusal) as caught:
        checked(raw, **options)
    assert caught.value.code == "bad_file"
    assert caught.value.status == 422
    return str(caught.value.sentence)


def opened(raw: bytes) -> Image.Image:
    found = Image.open(io.BytesIO(raw))
    found.load()
    return found


@pytest.mark.parametrize(
    ("kind", "mode"),
    [
        ("JPEG", "RGB"),
        ("JPEG", "L"),
        ("JPEG", "CMYK"),
        ("PNG", "RGB"),
        ("PNG", "RGBA"),
        ("WEBP", "RGBA"),
        ("PNG", "LA"),
    ],
)
def test_every_ordinary_picture_becomes_a_small_jpeg(kind, mode):
    good = checked(picture(kind, (2400, 1800), mode))
    assert good.media_type == Evidence.MediaType.JPEG
    shown = opened(good.content)
    assert (shown.format, shown.mode, shown.size) == ("JPEG", "RGB", (SIDE_PX, SIDE_PX * 3 // 4))


def test_the_camera_s_notes_are_dropped_and_the_picture_stands_upright():
    notes = Image.Exif()
    notes[0x0112] = 6  # turned by a quarter
    notes[0x010F] = "A camera"
    notes.get_ifd(0x8825)[1] = "N"  # where it was taken
    raw = picture("JPEG", (640, 480), exif=notes.tobytes(), comment=b"secret")
    shown = opened(checked(raw).content)
    assert shown.size == (480, 640)
    assert not shown.getexif()
    assert b"A camera" not in checked(raw).content
    assert b"secret" not in checked(raw).content


def test_a_pdf_is_kept_byte_for_byte():
    assert checked(PDF) == (Evidence.MediaType.PDF, PDF)


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"\x00", SCRIPT, b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"GIF89a" + b"\x00" * 99, b"BM" + b"\x00" * 99,
        b"II*\x00" + b"\x00" * 99, b"MZ" + b"\x00" * 99, b"\x7fELF" + b"\x00" * 99, b"PK\x03\x04" + b"\x00" * 99,
        b"%!PS-Adobe-3.0", b" " + PDF, b"\n%PDF-1.4 %%EOF", b"RIFF\x00\x00\x00\x00WAVE", b"\xff\xd8", b"\x89PNG\r\n",
    ],
)  # fmt: skip
def test_what_is_neither_picture_nor_pdf_is_refused_by_its_content(raw):
    assert "Choose a PDF" in refused(raw)


def test_a_wrong_name_or_type_changes_nothing():
    for name in ("photo.jpg", "../../photo.png", "a.pdf\x00.html", "con", "x" * 5_000, "фото.jpeg"):
        upload = io.BytesIO(SCRIPT)
        upload.name = name
        with pytest.raises(Refusal):
            check(upload)


def test_a_photograph_is_never_a_pdf():
    assert "not a picture" in refused(PDF, pictures_only=True)


def test_nothing_that_hides_behind_or_inside_a_picture_comes_along():
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as zipped:
        zipped.writestr("evil.html", SCRIPT)
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", SCRIPT.decode())
    for raw in (
        picture("JPEG") + SCRIPT,
        picture("JPEG") + archive.getvalue(),
        picture("JPEG", comment=SCRIPT),
        picture("PNG", pnginfo=notes),
        picture("PNG") + PDF,
        picture("WEBP", exif=b"Exif\x00\x00" + SCRIPT),
    ):
        kept = checked(raw).content
        assert SCRIPT not in kept
        assert b"evil.html" not in kept
        assert b"%PDF" not in kept


@pytest.mark.parametrize(
    "inside",
    [
        b"/S/JavaScript/JS(app.alert(1))",
        b"/S /J#61vaScript",
        b"/OpenAction<</S/Launch/F(x.exe)>>",
        b"/EmbeddedFiles 3 0 R",
        b"/RichMedia <<>>",
    ],
)
def test_a_pdf_with_a_program_inside_is_refused(inside):
    assert "program" in refused(PDF.replace(b"/Type/Catalog", b"/Type/Catalog" + inside))


def test_a_pdf_cut_short_is_refused():
    assert "not whole" in refused(PDF[:-7] + b" " * 2_000)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_cut_short_is_refused(kind):
    whole = noise(kind)
    for share in (0.02, 0.2, 0.5, 0.9):
        assert "broken or not whole" in refused(whole[: max(20, int(len(whole) * share))])


def noise(kind: str, size: tuple[int, int] = (200, 160)) -> bytes:
    points = random.Random(7).randbytes(size[0] * size[1] * 3)
    written = io.BytesIO()
    Image.frombytes("RGB", size, points).save(written, kind)
    return written.getvalue()


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def bomb(wide: int, high: int, rows: bytes = b"") -> bytes:
    """A PNG that says it is this large; a hundred kilobytes unpack to a gigabyte."""
    head = struct.pack(">IIBBBBB", wide, high, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", rows or zlib.compress(b"\x00" * 20_000_000, 9))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    "size", [(5_001, 5_000), (9_000, 9_000), (12_000, 12_000), (40_000, 40_000), (2**31 - 1, 2**31 - 1)]
)
def test_a_bomb_is_refused_before_it_is_unpacked(size, monkeypatch):
    monkeypatch.setattr(Image.Image, "load", lambda self: pytest.fail("it was unpacked"))
    assert refused(bomb(*size, rows=b"x"))


def test_rows_that_unpack_to_more_than_the_picture_has_are_not_all_unpacked():
    assert (
        checked(bomb(64, 64)).media_type == Evidence.MediaType.JPEG
    )  # Pillow stops where the picture is full


def test_a_text_that_unpacks_to_a_gigabyte_is_refused():
    zipped = zlib.compress(b"\x00" * 70_000_000, 9)
    raw = picture("PNG")
    at = raw.index(b"IDAT") - 4
    assert refused(raw[:at] + chunk(b"zTXt", b"k\x00\x00" + zipped) + raw[at:])


def test_what_is_too_large_is_not_read_to_its_end():
    upload = io.BytesIO(b"\xff\xd8\xff" + b"\x00" * (3 * MOST_BYTES))
    with pytest.raises(Refusal, match="bad_file"):
        check(upload)
    assert upload.tell() == MOST_BYTES + 1


def test_a_dot_is_no_evidence():
    assert "too small" in refused(picture("PNG", (1, 1)))


@settings(max_examples=100, deadline=None)
@given(
    kind=st.sampled_from(["JPEG", "PNG", "WEBP"]),
    at=st.floats(0, 1),
    what=st.binary(min_size=1, max_size=24),
    whole=st.booleans(),
)
def test_any_damage_gives_a_picture_or_a_refusal_and_nothing_else(kind, at, what, whole):
    raw = noise(kind, (64, 48))
    place = int(at * len(raw))
    damaged = raw[:place] + what + (raw[place + len(what) :] if whole else b"")
    try:
        kept_of_it = checked(damaged).content
    except Refusal as refusal:
        said = refusal.code
    else:
        said = opened(kept_of_it).format
    assert said in {"bad_file", "JPEG"}


@pytest.fixture
def lot(db):
    return build(shelf_g=0).add_lot("kordia", weight_g=1_000)


def kept(lot, raw: bytes, kind=Evidence.Kind.PHOTOGRAPH) -> None:
    keep(lot=lot, kind=kind, checked=checked(raw), by="staff:anna", at=NOW)


def test_the_same_file_twice_is_kept_once_and_there_is_an_end_to_files(lot):
    for _twice in range(2):
        kept(lot, picture())
    assert lot.evidence.count() == 1
    for side in range(1, MOST_OF_A_LOT):
        kept(lot, picture(size=(100 + side, 100)))
    with pytest.raises(Refusal, match="enough_files"):
        kept(lot, picture(size=(300, 300)))
    kept(lot, picture())  # is there already


def test_the_database_takes_no_other_type_and_no_larger_file(lot):
    kept(lot, picture())
    for wrong in ({"media_type": "text/html"}, {"size_bytes": MOST_BYTES + 1}, {"size_bytes": 0}):
        with pytest.raises(IntegrityError), transaction.atomic():
            lot.evidence.update(**wrong)


def test_a_lot_s_page_says_what_a_client_wants_to_know(lot, client, django_assert_num_queries):
    kept(lot, picture())
    kept(lot, PDF, Evidence.Kind.CERTIFICATE)
    with django_assert_num_queries(3):
        page = client.get(lot.get_absolute_url()).content.decode()
    for word in ("Kordia", "Orchard on the hill", "Krasnodar", "19.0", "Quality desk", lot.code):
        assert word in page
    for row in lot.evidence.defer("content"):
        assert row.get_absolute_url() in page
    assert "recalled" not in page


@pytest.mark.parametrize("language", ["es", "ru"])
def test_it_says_so_in_each_language(lot, client, language):
    client.cookies["django_language"] = language
    page = client.get(lot.get_absolute_url()).content.decode()
    assert f'lang="{language}"' in page
    for english in ("Picked", "Good until", "Sweetness", "Inspected"):
        assert english not in page


def test_a_recall_is_said_before_everything_else(lot, client):
    lot.recalled_at = NOW + timedelta(hours=1)
    lot.save()
    page = client.get(lot.get_absolute_url()).content.decode()
    assert page.index("Do not eat") < page.index("Orchard on the hill")


def test_a_picture_is_shown_and_a_pdf_is_only_given_to_be_saved(lot, client):
    kept(lot, picture())
    kept(lot, PDF, Evidence.Kind.CERTIFICATE)
    for row in lot.evidence.all():
        answer = client.get(row.get_absolute_url())
        assert answer.status_code == 200
        assert answer.content == bytes(row.content)
        assert answer["Content-Type"] == row.media_type
        assert answer["X-Content-Type-Options"] == "nosniff"
        pdf = row.media_type == Evidence.MediaType.PDF
        assert answer.get("Content-Disposition", "").startswith("attachment;") is pdf
        assert ("sandbox" in answer["Content-Security-Policy"]) is pdf


@pytest.mark.parametrize(
    "path",
    ["nowhere/", "nowhere/qr.svg", "{code}/evidence/abc/", "{code}/evidence/%00/", "%00/", "..%2f..%2f/"],
)
def test_what_is_not_there_is_not_there(lot, client, path):
    assert client.get(f"/lots/{path.format(code=lot.code)}").status_code == 404


def test_the_sign_s_code_is_a_picture_of_the_page_s_address(lot, client):
    answer = client.get(f"/lots/{lot.code}/qr.svg")
    assert answer["Content-Type"] == "image/svg+xml"
    written = io.BytesIO()
    segno.make(f"{django_settings.SITE_URL}/lots/{lot.code}/", micro=False).save(
        written, kind="svg", omitsize=True, border=2
    )
    assert answer.content == written.getvalue()
