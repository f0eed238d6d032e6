"""QR codes of our own addresses, as pictures that the content policy lets through."""

from __future__ import annotations

import io

import segno
from django.conf import settings
from django.http import HttpResponse


def answer(path: str, *, cache: str = "private") -> HttpResponse:
    """The picture of the address of `path` on this site; it never changes, and `cache` says who may keep it."""
    picture = io.BytesIO()
    segno.make(settings.SITE_URL + path, micro=False).save(picture, kind="svg", omitsize=True, border=2)
    return HttpResponse(
        picture.getvalue(),
        content_type="image/svg+xml",
        headers={"Cache-Control": f"{cache}, max-age=86400, immutable"},
    )
