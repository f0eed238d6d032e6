"""The dispatcher's figures: the promise and the planner, day by day."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from guinda.base import clock
from guinda.base.staff_pages import READ, staff_page
from guinda.delivery.figure_queries import days
from guinda.places.models import City


@staff_page("delivery.view_task", *READ)
def figures(request: HttpRequest, city_id: str) -> HttpResponse:
    """Two weeks in one table, today first."""
    city = get_object_or_404(City, pk=city_id)
    return render(request, "delivery/figures.html", {"city": city, "days": days(city=city, now=clock.now())})
