"""The store's pages: bags that are out, a new bag, a bag's books, its close."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from guinda.base import clock
from guinda.base.admin_tools import by_whom
from guinda.base.refusals import Refusal
from guinda.base.staff_pages import READ, WRITE, staff_page
from guinda.stalls import queries, services
from guinda.stalls.forms import CountForm, IssueForm, StallForm
from guinda.stalls.models import Bag, Stall, Tally


@staff_page("stalls.view_bag", *READ)
def bags(request: HttpRequest) -> HttpResponse:
    """Bags that are out, and the latest that came back."""
    out, back = queries.bags(open_only=True), queries.bags(open_only=False)
    return render(request, "stalls/bags.html", {"out": out, "back": back})


@staff_page("stalls.view_bag", *READ)
def bag(request: HttpRequest, pk: int) -> HttpResponse:
    """A bag's books."""
    found = get_object_or_404(Bag.objects.select_related("seller", "stall__city", "store"), pk=pk)
    facts = {"bag": found, "books": queries.books(found), "kinds": Tally.Kind.choices}
    return render(request, "stalls/bag.html", facts)


@staff_page("stalls.issue_bag", *WRITE)
def issue(request: HttpRequest) -> HttpResponse:
    """Choose a stall, then who gets how much of which lot. What is refused stays filled in."""
    where = StallForm(request.GET or None)
    if not where.is_valid():
        return render(request, "stalls/issue_where.html", {"form": where})
    stall = Stall.objects.select_related("city", "store").get(pk=where.cleaned_data["stall"].pk)
    now = clock.now()
    form = IssueForm(request.POST or None, stall=stall, offers=queries.offers(store=stall.store, now=now))
    refusal = None
    if form.is_valid():
        try:
            made = services.issue(
                seller=form.cleaned_data["seller"],
                stall=stall,
                wants_g=form.wants_g,
                float_minor=form.float_minor,
                key=form.cleaned_data["key"],
                by=by_whom(request.user),
                now=now,
            )
            return redirect("stall_bag", made.pk)
        except Refusal as refused:
            refusal = refused
    facts = {"form": form, "stall": stall, "refusal": refusal}
    return render(request, "stalls/issue.html", facts, status=refusal.status if refusal else 200)


@staff_page("stalls.issue_bag", *WRITE)
def close(request: HttpRequest, pk: int) -> HttpResponse:
    """Count without seeing what the books expect; where the count differs, say why."""
    found = get_object_or_404(Bag.objects.select_related("seller", "stall__city", "store"), pk=pk)
    if found.closed_at:
        return redirect("stall_bag", pk)
    loads = list(found.loads.select_related("lot__variety").order_by("lot__expires_at", "lot_id"))
    form = CountForm(request.POST or None, loads=loads, city=found.stall.city)
    refusal = None
    if form.is_valid():
        try:
            services.close(
                bag=found,
                counted_g=form.counted_g,
                cash_minor=form.cash_minor,
                reasons=form.reasons,
                by=by_whom(request.user),
                now=clock.now(),
            )
            return redirect("stall_bag", pk)
        except Refusal as refused:
            refusal = refused
    facts = {"form": form, "bag": found, "refusal": refusal}
    return render(request, "stalls/close.html", facts, status=refusal.status if refusal else 200)
