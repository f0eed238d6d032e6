"""What was learned, subject by subject: how each version does, what moved since, and which one is reckoned with."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from guinda.base import clock
from guinda.base.admin_tools import by_whom
from guinda.base.refusals import Refusal
from guinda.base.staff_pages import READ, staff_page
from guinda.planner.learning import telling, versions, words
from guinda.planner.learning.buying import PEOPLE
from guinda.planner.learning.versions import Kind
from guinda.planner.models import Learned
from guinda.planner.views.plan import said

VERSIONS_SHOWN = 30


@staff_page("planner.view_learned", *READ)
def learned(request: HttpRequest) -> HttpResponse:
    """Of each subject the version in use, or the newest where none is."""
    found = versions.heads()
    names = words.names({each.subject for each in found})
    rows = [
        {
            "version": each,
            "name": names[each.subject],
            "why": words.why(each),
            "moved": list(words.moved(each)),
        }
        for each in found
    ]
    return render(request, "planner/learned.html", {"rows": rows})


@staff_page("planner.view_learned", *READ)
def learned_one(request: HttpRequest, learned_id: int) -> HttpResponse:
    """One version with all that is known of it, and those before and after."""
    return _page(request, learned_id)


@staff_page("planner.use_learned", "POST")
def learned_use(request: HttpRequest, learned_id: int) -> HttpResponse:
    """Reckon with this version from now on."""
    get_object_or_404(Learned, pk=learned_id)
    try:
        version = versions.use(learned_id, by=by_whom(request.user), now=clock.now())
    except Refusal as refusal:
        return _page(request, learned_id, refusal)
    said(request, _("The next plan is reckoned with version %(number)s.") % {"number": version.number})
    return redirect("learned_one", learned_id)


def _page(request: HttpRequest, learned_id: int, refusal: Refusal | None = None) -> HttpResponse:
    version = get_object_or_404(Learned.objects.defer("content"), pk=learned_id)
    same = Learned.objects.filter(kind=version.kind, subject=version.subject).defer("content", "drift")
    part, tell = telling.TELL[Kind(version.kind), version.subject == PEOPLE]
    facts = {
        "version": version,
        "name": words.names([version.subject])[version.subject],
        "why": words.why(version),
        "beats": list(words.beats(version)),
        "part": part,
        "told": tell(version),
        "moved": list(words.moved(version)),
        "weeks": telling.weeks(version),
        "facts": telling.facts(version),
        "versions": [(each, words.why(each)) for each in same.order_by("-number")[:VERSIONS_SHOWN]],
        "refusal": refusal,
    }
    return render(request, "planner/learned_one.html", facts, status=refusal.status if refusal else 200)
