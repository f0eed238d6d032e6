"""Take in a lot's photographs and certificates. What a file is, is read from its content; its name is not looked at.

Pictures are decoded and written anew, small and without what a camera notes beside them (place, owner); so nothing that hides behind or
inside a picture comes along. A PDF is kept as it is and only ever given out as a download.
"""

from __future__ import annotations

import hashlib
import io
import re
import struct
import threading
import zlib
from datetime import datetime
from typing import BinaryIO, NamedTuple

from django.utils.translation import gettext as _
from PIL import Image, ImageOps

from guinda.base.refusals import Refusal
from guinda.catalog.models import Evidence, Lot

MOST_BYTES = 5_000_000
"""Of a file as it comes. The server's own limit of a whole request is 5 MiB, so one such file still fits with the form around it."""
MOST_PIXELS = 25_000_000
"""A telephone's largest ordinary picture has 24.5 million; each takes up to four bytes while it is decoded."""
LEAST_SIDE_PX, SIDE_PX = 32, 1600
"""A picture's sides: below the first nobody sees anything, beyond the second it is shrunk."""
QUALITY = 84
MOST_OF_A_LOT = 12
"""Files of one lot."""
FORMATS = ("JPEG", "PNG", "WEBP")
SIGNATURES = {b"\xff\xd8\xff": "JPEG", b"\x89PNG\r\n\x1a\n": "PNG", b"%PDF-": "PDF"}
ACTIVE = re.compile(rb"/(JavaScript|Launch|EmbeddedFiles?|RichMedia|SubmitForm|ImportData)\b")
"""What makes a PDF do something when it is opened, as far as it can be seen without unpacking its streams."""
UNREADABLE = (
    Image.DecompressionBombError, Image.DecompressionBombWarning, OSError, SyntaxError, ValueError, EOFError, struct.error,
    zlib.error, IndexError, KeyError, TypeError, OverflowError, AttributeError,
)  # fmt: skip
"""What Pillow raises at a broken picture."""
_one_at_a_time = threading.Lock()
"""Decoding takes up to 100 MB: a process does one picture at once."""


class Checked(NamedTuple):
    """A file that may be kept."""

    media_type: Evidence.MediaType
    content: bytes


def check(upload: BinaryIO, *, pictures_only: bool = False) -> Checked:
    """Read a file that somebody sent and make it safe to keep and show.

    Raises:
        Refusal: `bad_file`, with what is wrong and what would be right.
    """
    raw = upload.read(MOST_BYTES + 1)
    if len(raw) > MOST_BYTES:
        raise _bad(
            _(
                "This file is larger than 5 MB. Take the picture anew with a lower resolution, or scan it smaller."
            )
        )
    what = _kind_of(raw)
    if what == "PDF" and not pictures_only:
        return _check_pdf(raw)
    if what is None or what == "PDF":
        wanted = (
            _("This is not a picture. Choose a JPEG, PNG or WebP file.")
            if pictures_only
            else _("This is neither a PDF nor a picture. Choose a PDF, JPEG, PNG or WebP file.")
        )
        raise _bad(wanted)
    with _one_at_a_time:
        return _check_picture(raw)


def keep(*, lot: Lot, kind: Evidence.Kind, checked: Checked, by: str, at: datetime) -> None:
    """Add a checked file to a lot's evidence; one that the lot has already is not added again.

    Raises:
        Refusal: `enough_files`, when the lot has `MOST_OF_A_LOT` others.
    """
    digest = hashlib.sha256(checked.content).hexdigest()
    others = Evidence.objects.filter(lot=lot).exclude(sha256=digest).count()
    if others >= MOST_OF_A_LOT:
        raise Refusal(
            "enough_files", _("This lot has twelve files already, which is enough for anybody to judge it.")
        )
    row = Evidence(
        lot=lot, kind=kind, media_type=checked.media_type, content=checked.content, size_bytes=len(checked.content),
        sha256=digest, added_by=by, added_at=at,
    )  # fmt: skip
    Evidence.objects.bulk_create([row], ignore_conflicts=True)


def _bad(sentence: str) -> Refusal:
    return Refusal("bad_file", sentence, status=422)


def _kind_of(raw: bytes) -> str | None:
    if raw[:4] == b"RIFF" and raw[8:12] == b"WEBP":
        return "WEBP"
    return next((name for start, name in SIGNATURES.items() if raw.startswith(start)), None)


def _check_pdf(raw: bytes) -> Checked:
    if b"%%EOF" not in raw[-1024:]:
        raise _bad(_("This PDF is not whole. Send it once more, or print it to a new file."))
    plain = re.sub(rb"#([0-9A-Fa-f]{2})", lambda found: bytes([int(found[1], 16)]), raw)
    if ACTIVE.search(plain):
        raise _bad(
            _(
                "This PDF has a program or a file inside. Print it to a new PDF and send that, or a photograph of it."
            )
        )
    return Checked(Evidence.MediaType.PDF, raw)


def _check_picture(raw: bytes) -> Checked:
    try:
        with Image.open(io.BytesIO(raw), formats=FORMATS) as picture:
            wide, high = picture.size
            if wide * high > MOST_PIXELS:
                raise _bad(
                    _("This picture has more than 25 million points. Take it anew with a lower resolution.")
                )
            if min(wide, high) < LEAST_SIDE_PX:
                raise _bad(_("This picture is too small to see anything on it. Take it anew."))
            picture.draft("RGB", (SIDE_PX, SIDE_PX))
            picture.thumbnail((SIDE_PX, SIDE_PX))
            return Checked(Evidence.MediaType.JPEG, _jpeg(_upright(picture)))
    except UNREADABLE:
        raise _bad(_("This picture can't be read: it is broken or not whole. Take it anew.")) from None


def _upright(picture: Image.Image) -> Image.Image:
    """Turned as the camera was held, if its notes can be read."""
    try:
        return ImageOps.exif_transpose(picture)
    except UNREADABLE:
        return picture


def _jpeg(picture: Image.Image) -> bytes:
    """On white where it is see-through, without any notes."""
    if picture.has_transparency_data:
        above = picture.convert("RGBA")
        picture = Image.new("RGBA", above.size, "white")
        picture.alpha_composite(above)
    written = io.BytesIO()
    plain = picture.convert("RGB")
    plain.info.clear()
    plain.save(written, "JPEG", quality=QUALITY, progressive=True, optimize=True)
    return written.getvalue()
