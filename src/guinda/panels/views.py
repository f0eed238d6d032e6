"""The pages of this room: the map of panels, the panel itself, enrolling a device."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from guinda.base import clock
from guinda.base.qr import answer
from guinda.base.refusals import Refusal
from guinda.orders.quotes import LEAST_G, MOST_G, STEP_G
from guinda.panels import devices, queries, services
from guinda.panels.models import Panel
from guinda.places.maps import city_map
from guinda.places.models import City, Station
from guinda.places.queries import stations

KEPT_S = 300
"""A drawing is the same for everybody who speaks a language; a change of the rows behind it shows after this long at the latest."""
DRUPES = [
    (column * 8 - 4 * (count - 1), row * 7 - 15)
    for row, count in enumerate((3, 4, 5, 4, 3, 2))
    for column in range(count)
]
"""Where the little balls of a raspberry sit."""


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """In the demo the map of panels, else a word of welcome."""
    if settings.DEMO:
        return redirect("panels")
    return render(request, "panels/welcome.html")


@require_GET
@never_cache
def panels(request: HttpRequest) -> HttpResponseBase:
    """The city with its stations, each a way to its panel: for staff, and for anybody in the demo."""
    if not settings.DEMO:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if not request.user.is_staff:
            raise PermissionDenied
    city = City.objects.order_by("slug").first()
    if city is None:
        raise Refusal(
            "no_city", _("There is no city here yet. Load one first: guinda demo does it."), status=503
        )
    found = sorted(stations(city), key=lambda each: each.title)
    return render(request, "panels/stations.html", {"city": city, "stations": found, "map": _map(city)})


@require_GET
@never_cache
def panel(request: HttpRequest, station: str) -> HttpResponse:
    """The screen of one station's device."""
    now = clock.now()
    key = devices.key_of(request)
    row = devices.panel_with(key) if key else None
    if row is None or row.station.slug != station:
        key, row = _demo_device(station, now)
    if row is None or key is None:
        return _closed(request, station, _("This screen is not enrolled for this station."), 403)
    if row.revoked_at is not None:
        return _closed(request, station, _("This panel has been retired and takes no orders any more."), 403)
    response = render(request, "panels/panel.html", _facts(row, now))
    devices.remember(response, key)
    return response


def _demo_device(station: str, now: datetime) -> tuple[str | None, Panel | None]:
    """In the demo every visitor's browser is a panel of the station it opens."""
    if not settings.DEMO:
        return None, None
    row = Station.objects.select_related("city").filter(slug=station).first()
    if row is None:
        raise Http404
    return services.demo_key(row), services.enrol_demo(station=row, now=now)


def _closed(request: HttpRequest, station: str, sentence: str, status: int) -> HttpResponse:
    facts = {"sentence": sentence, "station": station, "may_enrol": request.user.has_perm("panels.add_panel")}
    return render(request, "panels/closed.html", facts, status=status)


def _facts(row: Panel, now: datetime) -> dict[str, object]:
    cards = queries.cards(station=row.station, now=now)
    return {
        "station": row.station,
        "cards": cards,
        "inside": _inside(row.station, cards),
        "step_g": STEP_G,
        "least_g": LEAST_G,
        "most_g": MOST_G,
    }


def _inside(station: Station, cards: list[queries.Card]) -> SafeString:
    """What is the same for every visitor of a station as long as its shelf is: rendered once for each state of the shelf.

    How many grams are free is not in it, only whether there are any: else every sale would draw the page anew.
    """
    offered = "card" in settings.PAYMENT_VARIANTS
    shelf = [(card.variety.slug, card.price_text, card.free_g > 0, card.evidence) for card in cards]
    said = repr((station.pk, get_language(), settings.DEMO, offered, shelf))
    name = f"panels.inside.{sha256(said.encode()).hexdigest()}"
    drawn: str | None = cache.get(name)
    if drawn is None:
        facts = {
            "station": station,
            "products": _by_product(cards),
            "map": _map(station.city),
            "card_offered": offered,
            "demo": settings.DEMO,
            "drupes": DRUPES,
        }
        drawn = render_to_string("panels/inside.html", facts)
        cache.set(name, drawn, KEPT_S)
    return SafeString(drawn)  # a template of ours made it


def _by_product(cards: list[queries.Card]) -> list[tuple[object, list[queries.Card]]]:
    found: dict[object, list[queries.Card]] = {}
    for card in cards:
        found.setdefault(card.variety.product, []).append(card)
    return list(found.items())


def _map(city: City) -> SafeString:
    """The city's map in the language being spoken, drawn once in a while: drawing costs far more than showing."""
    name = f"panels.map.{city.pk}.{get_language()}"
    drawn: str | None = cache.get(name)
    if drawn is None:
        drawn = render_to_string("places/map.html", city_map(city))
        cache.set(name, drawn, KEPT_S)
    return SafeString(drawn)  # a template of ours made it


@require_GET
@never_cache
def enrol(request: HttpRequest, key: str) -> HttpResponse:
    """Opened on the device: it gets its key and goes to its panel. The link is the key: whoever opens it becomes this panel."""
    row = devices.panel_with(key)
    if row is None or row.revoked_at is not None:
        sentence = _("This link opens nothing (any more). Ask the office for a new one.")
        return _closed(request, "", sentence, 404)
    response = redirect("panel", station=row.station.slug)
    devices.remember(response, key)
    return response


@require_POST
def enrol_here(request: HttpRequest, station: str) -> HttpResponse:
    """Staff make the browser they are holding a panel of this station."""
    if not request.user.has_perm("panels.add_panel"):
        raise PermissionDenied
    row = Station.objects.filter(slug=station).first()
    if row is None:
        raise Http404
    label = request.POST.get("label", "").replace("\x00", "").strip() or "panel"
    key = services.enrol(station=row, label=label, by=request.user.get_username(), now=clock.now())
    return redirect("panel_enrol", key=key)


@require_GET
def qr(_request: HttpRequest, code: str, to: str = "track") -> HttpResponse:
    """The QR code of an order's tracking page, or of another of its pages.

    A picture of its own, so that the answer to a confirm need not wait for it.
    """
    if not queries.CODE.fullmatch(code):
        raise Http404
    return answer(reverse(to, args=[code]))
