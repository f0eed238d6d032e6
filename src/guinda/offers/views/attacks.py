"""The sales director's page of competitors' attacks, and where what a client told us is written down."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from guinda.base import clock
from guinda.base.admin_tools import by_whom
from guinda.base.money import from_major
from guinda.base.refusals import Refusal
from guinda.base.shown import amount
from guinda.base.staff_pages import READ, staff_page
from guinda.clients.models import Client
from guinda.offers import rivals
from guinda.offers.forms_made import ApproachForm
from guinda.offers.models import Approach
from guinda.offers.steps import city_of
from guinda.places.models import City

BAR_PX, GAP_PX, HIGH_PX = 26, 6, 96
"""The drawing: a bar a week."""
LATEST = 12


@staff_page("offers.view_approach", *READ)
def attacks(request: HttpRequest) -> HttpResponse:
    """Each competitor's weeks as a drawing; of the one that rises most, or that was asked for, the clients at risk."""
    now = clock.now()
    found = rivals.attacks(now=now)
    asked = request.GET.get("of", "")
    chosen = next((each for each in found if str(each.competitor.pk) == asked), found[0] if found else None)
    city = City.objects.order_by("pk").first()
    currency = city.currency if city else "EUR"
    risks = rivals.at_risk(chosen, now=now) if chosen and chosen.marks else []
    told = Approach.objects.select_related("client", "competitor").order_by("-approached_date", "-pk")
    facts = {
        "attacks": [(each, _bars(each.weeks)) for each in found],
        "width": rivals.WEEKS * (BAR_PX + GAP_PX),
        "high": HIGH_PX,
        "chosen": chosen,
        "risks": [(each, amount(each.monthly_minor, currency)) for each in risks],
        "told": (told.filter(competitor=chosen.competitor) if chosen else told)[:LATEST],
        "recent": rivals.RECENT,
    }
    return render(request, "offers/attacks.html", facts)


def _bars(weeks: tuple[int, ...]) -> list[dict[str, Any]]:
    """Where each week's bar stands, in the drawing's pixels; the last weeks stand out."""
    top = max(*weeks, 4)
    return [
        {
            "x": place * (BAR_PX + GAP_PX),
            "y": HIGH_PX - round(count / top * HIGH_PX),
            "height": max(2, round(count / top * HIGH_PX)),
            "count": count,
            "recent": place >= len(weeks) - rivals.RECENT,
        }
        for place, count in enumerate(weeks)
    ]


@staff_page("offers.add_approach", "POST")
def approach(request: HttpRequest, pk: int) -> HttpResponse:
    """Write down what the client told us, and back to what can be offered against it."""
    now, client = clock.now(), get_object_or_404(Client.objects.select_related("city"), pk=pk)
    form = ApproachForm(request.POST, client=client, now=now)
    if not form.is_valid():
        raise Refusal(
            "approach_wrong",
            " ".join(str(text) for each in form.errors.values() for text in each),
            status=422,
        )
    told = dict(form.cleaned_data)
    monthly = told.pop("monthly")
    currency = city_of(client).currency
    monthly_minor = None if monthly is None else from_major(monthly, currency)
    rivals.tell(client=client, by=by_whom(request.user), now=now, monthly_minor=monthly_minor, **told)
    return redirect("client_tools", client.pk)
