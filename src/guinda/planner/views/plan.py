"""The director's page: a budget against what it adds, what is bought, what the limits are worth, why each choice; try, then keep."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRefresh

from guinda.base import clock
from guinda.base.admin_tools import by_whom
from guinda.base.office import today_of
from guinda.base.refusals import Refusal
from guinda.base.shown import amount
from guinda.base.staff_pages import READ, WRITE, staff_page
from guinda.planner import asking, drawing, keeping, making, queries, telling, words
from guinda.planner.forms import AskForm
from guinda.planner.models import Plan
from guinda.planner.queries import DONE, PAGE, Which

IN_WORK = (Plan.State.ASKED, Plan.State.MAKING)
PAGES_MAX = 100_000


@staff_page("planner.view_plan", *WRITE)
def plan(request: HttpRequest) -> HttpResponse:
    """The plan in force, or the newest of today; posted, another is asked for."""
    currency = _currency(request)
    if not currency:
        return render(request, "planner/no_tools.html")
    if request.method == "POST":
        return _try(request, currency)
    return _page(request, queries.latest(_today(), currency), currency)


@staff_page("planner.view_plan", *READ)
def plan_one(request: HttpRequest, plan_id: int) -> HttpResponse:
    """Any plan, also while a worker makes it."""
    found = get_object_or_404(Plan, pk=plan_id)
    if getattr(request, "htmx", False):
        return _progress(request, found)
    return _page(request, found, found.currency)


@staff_page("planner.keep_plan", "POST")
def keep(request: HttpRequest, plan_id: int) -> HttpResponse:
    """Put a plan in force."""
    found = get_object_or_404(Plan, pk=plan_id)
    try:
        keeping.keep(plan_id=found.pk, by=by_whom(request.user), now=clock.now())
    except Refusal as refusal:
        return _page(request, found, found.currency, refusal=refusal)
    said(request, _("It is in force: today’s lists follow it, and its messages go out one by one."))
    return redirect("plan_one", found.pk)


def _progress(request: HttpRequest, found: Plan) -> HttpResponse:
    """How far it is with being made or given out, once a second; the whole page again when it is done."""
    if found.state in IN_WORK:
        return render(request, "planner/plan_work.html", {"plan": found, "doing": _doing(found)})
    to_give = _to_give(found)
    if not to_give:
        return HttpResponseClientRefresh()
    return render(request, "planner/plan_giving.html", {"plan": found, "given": found.chosen - to_give})


def _to_give(found: Plan) -> int:
    """How many choices wait for the worker: it gives out today's only."""
    return queries.to_give(found) if found.state == Plan.State.KEPT and found.date == _today() else 0


def _doing(found: Plan) -> Any:
    return words.DOING.get(found.doing, words.DOING["waiting"])


def _try(request: HttpRequest, currency: str) -> HttpResponse:
    if not request.user.has_perm("planner.keep_plan"):
        sentence = _("You may look at plans. Who may ask for them gives you the permission.")
        return _page(
            request,
            queries.latest(_today(), currency),
            currency,
            refusal=Refusal("may_not_ask", sentence, status=403),
        )
    now = clock.now()
    form = AskForm(request.POST, asked=asking.usual(currency), currency=currency)
    asked = form.asked() if form.is_valid() else None
    if asked is None:
        return _page(request, queries.latest(_today(), currency), currency, form=form)
    made = making.ask(
        key=form.cleaned_data["key"], asked=asked, currency=currency, by=by_whom(request.user), now=now
    )
    return redirect("plan_one", made.pk)


def _page(
    request: HttpRequest,
    found: Plan | None,
    currency: str,
    *,
    form: AskForm | None = None,
    refusal: Refusal | None = None,
) -> HttpResponse:
    today = _today()
    kept = queries.in_force(today, currency)
    asked = asking.read(found.asked) if found else asking.usual(currency)
    facts: dict[str, Any] = {
        "plan": found,
        "kept": kept,
        "today": today,
        "currency": currency,
        "currencies": queries.currencies(),
        "is_today": bool(found and found.date == today),
        "in_work": bool(found and found.state in IN_WORK),
        "form": form or AskForm(None, asked=asked, currency=currency),
        "tried": _tried(today, currency),
        "pins": telling.pins(list(queries.standing_pins(today)), found),
        "refusal": refusal,
    }
    if found:
        facts |= {"doing": _doing(found), "author": _author(found)}
    if found and found.state in DONE:
        facts |= _made(request, found, kept)
    status = refusal.status if refusal else 422 if form else 200
    return render(request, "planner/plan.html", facts, status=status)


def _made(request: HttpRequest, plan: Plan, kept: Plan | None) -> dict[str, Any]:
    """What there is to say of a plan that is made."""
    other = kept if kept and kept.pk != plan.pk and plan.state != Plan.State.REPLACED else None
    by_action, sellers = queries.bought(plan), queries.bought(plan, "seller")
    before = queries.bought(other) if other else None
    keys = [each.key for each in (*by_action, *sellers, *(before or ()))]
    names = telling.names_for(plan, *keys)
    to_give = _to_give(plan)
    return {
        "to_give": to_give,
        "given": plan.chosen - to_give,
        "refused": words.refused(queries.refused(plan)) if plan.kept_at else "",
        "adds": words.about(plan.adds_minor, plan.currency),
        "cost": amount(plan.cost_minor, plan.currency),
        "certificate": words.certificate(plan),
        "given_that": words.given_that(plan),
        "left_out": words.left_out(plan),
        "drawn": drawing.draw(plan.curve, plan.asked["budget_minor"]),
        "curve": telling.curve(plan),
        "one": words.one(plan.currency),
        "rows": telling.rows(plan, by_action, names, before),
        "beside": telling.beside(plan, other) if other else (),
        "limits": telling.limits(plan, names),
        "shorts": [words.short(each, names) for each in plan.shorts],
        "of_sellers": [(each.key, names.seller(each.key), each.choices) for each in sellers if each.key],
        "of_actions": [(each.key, names.action(each.key), each.choices) for each in by_action],
        **_choices(request, plan, {each.key for each in (*by_action, *sellers)}),
    }


def _choices(request: HttpRequest, plan: Plan, known: Collection[str]) -> dict[str, Any]:
    """A page of them; a seller or action that the plan doesn't know is as none."""
    asked = request.GET.get("page", "")
    page = (
        int(asked)
        if asked.isascii() and asked.isdecimal() and len(asked) <= 6 and 0 < int(asked) <= PAGES_MAX
        else 1
    )
    asked_for = {each: request.GET.get(each, "") for each in ("seller", "action")}
    which = Which(
        page=page,
        refused=request.GET.get("refused") == "1",
        **{name: key for name, key in asked_for.items() if key in known},
    )
    found, count = queries.choices(plan, which)
    pages = Paginator(range(count), PAGE)
    return {
        "which": which,
        "reasons": telling.reasons(found),
        "pages": Page(range(0), min(page, pages.num_pages), pages),
        "count": count,
    }


def _tried(today: date, currency: str) -> list[dict[str, Any]]:
    return [
        {
            "plan": each,
            "budget": amount(each.asked["budget_minor"], currency),
            "adds": words.about(each.adds_minor, currency) if each.state in DONE else "",
        }
        for each in queries.tried(today, currency)
    ]


def _author(plan: Plan) -> str:
    if plan.asked_by == making.BY_NIGHT:
        return _("the night")
    return queries.people([plan.asked_by]).get(plan.asked_by, plan.asked_by)


def _currency(request: HttpRequest) -> str:
    """The one asked for, else the first in which there are tools; empty where there are none."""
    known = queries.currencies()
    asked = request.GET.get("currency", "")
    return asked if asked in known else next(iter(known), "")


def _today() -> date:
    return today_of(clock.now())


def said(request: HttpRequest, sentence: str) -> None:
    """Say on the next page what was just done."""
    messages.success(request, sentence, extra_tags="planner")
