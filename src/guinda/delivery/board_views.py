"""The dispatcher's board: the city live, why a bag is with whom, and a person's word over the planner's."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render

from guinda.base import clock
from guinda.base.admin_tools import by_whom
from guinda.base.refusals import Refusal
from guinda.base.staff_pages import READ, staff_page
from guinda.delivery import board_queries as queries
from guinda.delivery import live, rulings
from guinda.delivery.board_forms import RulingForm
from guinda.delivery.board_queries import Board
from guinda.delivery.models import Ruling, Task
from guinda.places.models import City

PERIOD_S = 1.5
"""Real seconds between two looks at the database while a board is open."""
MOST, MOST_A_CITY = 200, 100
"""Open boards in one process: the office's screens."""


def _look(city_ids: Collection[str]) -> dict[str, Board]:
    return queries.boards(city_ids=city_ids, now=clock.now())


HUB = live.Hub(live.reader(_look), name="boards", period_s=PERIOD_S, most=MOST, most_a_code=MOST_A_CITY)


@staff_page("delivery.view_task", *READ)
def board(request: HttpRequest, city_id: str = "") -> HttpResponse:
    """The page of a city, by default of the first; what it shows comes with it and then by the stream."""
    cities = City.objects.order_by("slug")
    city = get_object_or_404(cities, pk=city_id) if city_id else cities.first()
    if city is None:
        raise Http404
    now = clock.now()
    facts = {
        "city": city,
        "board": queries.boards(city_ids=[city.pk], now=now)[city.pk].as_json(),
        "speed": clock.speed(),
    }
    return render(request, "delivery/board.html", facts)


@staff_page("delivery.view_task", *READ)
def board_state(request: HttpRequest, city_id: str) -> HttpResponse:  # noqa: ARG001 - Django passes it
    """The same facts as the stream's, for pages whose network doesn't let a stream through."""
    city = get_object_or_404(City, pk=city_id)
    return JsonResponse(queries.boards(city_ids=[city.pk], now=clock.now())[city.pk].as_json())


@staff_page("delivery.view_task", *READ)
def board_live(request: HttpRequest, city_id: str) -> HttpResponseBase:  # noqa: ARG001 - Django passes it
    """The stream of server-sent events."""
    return live.response(get_object_or_404(City, pk=city_id).pk, HUB)


@staff_page("delivery.view_task", *READ)
def board_task(request: HttpRequest, city_id: str, task_id: int) -> HttpResponse:
    """One bag: where it stands, why, and what may be said."""
    return _bag(request, _task(city_id, task_id))


@staff_page("delivery.rule_task", "POST")
def board_rulings(request: HttpRequest, city_id: str, task_id: int) -> HttpResponse:
    """Pin or forbid."""
    task = _task(city_id, task_id)
    form = RulingForm(request.POST, city_id=city_id)
    if not form.is_valid():
        return _bag(request, task, refused=form.why(), status=422)
    said = rulings.pin if form.cleaned_data["kind"] == Ruling.Kind.PIN else rulings.forbid
    try:
        said(
            task_id=task.pk,
            courier=form.cleaned_data["courier"],
            by=by_whom(request.user),
            now=clock.now(),
        )
    except Refusal as refusal:
        return _bag(request, task, refused=refusal.sentence, status=refusal.status)
    return _bag(request, task)


@staff_page("delivery.rule_task", "POST")
def board_undo(request: HttpRequest, city_id: str, ruling_id: int) -> HttpResponse:
    """Take a word back."""
    ruling = get_object_or_404(Ruling, pk=ruling_id, task__city=city_id)
    rulings.undo(ruling=ruling, by=by_whom(request.user), now=clock.now())
    return _bag(request, _task(city_id, ruling.task_id))


def _task(city_id: str, task_id: int) -> Task:
    task = queries.task_of(city_id=city_id, task_id=task_id)
    if task is None:
        raise Http404
    return task


def _bag(request: HttpRequest, task: Task, *, refused: Any = "", status: int = 200) -> HttpResponse:
    words = queries.words_about(task)
    movable = task.state in {Task.State.WAITING, Task.State.ASSIGNED}
    rules = request.user.has_perm("delivery.rule_task")
    facts = {
        "task": task,
        "why": queries.why(task),
        "is_new": task.courier is None and queries.is_new(task),
        "pinned": any(each.kind == Ruling.Kind.PIN and not each.undone_at for each in words),
        "words": words,
        "movable": movable,
        "rules": rules,
        "couriers": queries.on_duty(city_id=task.city_id, now=clock.now()) if movable and rules else [],
        "refused": refused,
    }
    return render(request, "delivery/board_bag.html", facts, status=status)
