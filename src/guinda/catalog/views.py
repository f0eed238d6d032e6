"""What anybody may know of a lot: the page its sign's QR code leads to, with the photograph and the certificate."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from guinda.base import clock, qr
from guinda.catalog import queries
from guinda.catalog.models import Evidence, Lot
from guinda.places.models import City

PICTURE_KEPT_S = 24 * 3600
"""Its digest is its name, so it never changes; not for ever, because a lot's evidence may have to go."""


@require_safe
def lot(request: HttpRequest, code: str) -> HttpResponse:
    """Variety, grower, sweetness, who inspected it and when; a recall before everything else."""
    found = _lot(code)
    now = clock.now()
    zone = City.objects.order_by("pk").values_list("time_zone", flat=True).first()
    with timezone.override(ZoneInfo(zone or "UTC")):
        return render(request, "catalog/lot.html", queries.lot_page(lot=found, now=now))


@require_safe
def lot_qr(_request: HttpRequest, code: str) -> HttpResponse:
    """The QR code on the lot's sign."""
    return qr.answer(_lot(code).get_absolute_url(), cache="public")


@require_safe
def lot_evidence(_request: HttpRequest, code: str, digest: str) -> HttpResponse:
    """A picture to be shown, or a PDF to be saved: never opened in our name, whatever is in it."""
    row = Evidence.objects.filter(lot=_lot(code), sha256=digest.replace("\x00", "")).first()
    if row is None:
        raise Http404
    headers = {"Cache-Control": f"public, max-age={PICTURE_KEPT_S}", "X-Content-Type-Options": "nosniff"}
    if row.media_type == Evidence.MediaType.PDF:
        headers["Content-Disposition"] = f'attachment; filename="certificate-{row.pk}.pdf"'
        headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return HttpResponse(bytes(row.content), content_type=row.media_type, headers=headers)


def _lot(code: str) -> Lot:
    found = Lot.objects.select_related("variety__product").filter(code=code.replace("\x00", "")).first()
    if found is None:
        raise Http404
    return found
