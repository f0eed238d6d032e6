"""The dispatcher's figures: the promise and the planner, day by day."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from guinda.base import clock
from guinda.delivery.board_views import see
from guinda.delivery.figure_queries import days
from guinda.places.models import City


@see
@require_safe
def figures(request: HttpRequest, city_id: str) -> HttpResponse:
    """Two weeks in one table, today first."""
    city = get_object_or_404(City, pk=city_id)
    return render(request, "delivery/figures.html", {"city": city, "days": days(city=city, now=clock.now())})
