"""Standing orders in the office: read like a book; the one verb is to end one."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter
from unfold.decorators import display

from guinda.base import clock
from guinda.base.admin_tools import (
    Book,
    BookInline,
    ReasonForm,
    by_whom,
    done_in_dialog,
    grave,
    kilograms,
    link,
    since,
    when,
)
from guinda.orders.standing import services
from guinda.orders.standing.models import StandingLine, StandingOrder, Visit
from guinda.orders.standing.texts import hour_text, weekdays_text

STATE_LABELS = {"live": "success", "paused": "warning", "ended": "default"}
VISITS = 30
"""Newest days shown on a standing order's page."""


class GoingFilter(DropdownFilter):
    """Standing orders by whether they bring something."""

    title = _("state")
    parameter_name = "going"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Live, paused, ended."""
        return [("live", _("going")), ("paused", _("paused")), ("ended", _("ended"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[StandingOrder]) -> QuerySet[StandingOrder]:
        """By the times that are known."""
        chosen = {
            "live": queryset.filter(paused_at=None, ended_at=None),
            "paused": queryset.filter(paused_at__isnull=False, ended_at=None),
            "ended": queryset.filter(ended_at__isnull=False),
        }
        return chosen.get(self.value() or "", queryset)


class StandingLineInline(BookInline):
    """What each day brings."""

    model = StandingLine
    select_related = ["variety"]
    fields = readonly_fields = ["variety", "show_weight"]

    @display(description=_("weight"))
    def show_weight(self, line: StandingLine) -> str:
        """Kilograms."""
        return kilograms(line.weight_g)


@admin.register(StandingOrder)
class StandingOrderAdmin(Book):
    """Standing orders, newest first."""

    list_display = ["show_client", "show_state", "show_days", "show_hour", "show_made"]
    list_filter = [GoingFilter, since("made_at", _("made"))]
    list_select_related = ["client"]
    search_fields = ["client__phone__exact", "code__exact"]
    search_help_text = _("A whole telephone, or the code of the client's page")
    ordering = ["-made_at", "-id"]
    inlines = [StandingLineInline]
    actions_detail = ["end_standing"]
    readonly_fields = ["show_client", "show_days", "show_hour", "show_page", "show_visits", "show_made_from"]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("show_days", "show_hour"),
                    ("show_client", "pay"),
                    ("made_at", "show_made_from"),
                    ("paused_at", "ended_at"),
                    "show_page",
                ]
            },
        ),
        (_("The door"), {"fields": [("street", "flat"), "note", "language"]}),
        (_("The days"), {"fields": ["show_visits"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[StandingOrder]:
        """With what a page names."""
        rows: QuerySet[StandingOrder] = super().get_queryset(request)
        return rows.select_related("client", "made_from")

    def find(self, word: str) -> Q:
        """A telephone, else the code."""
        digits = word.lstrip("+")
        return Q(client__phone=f"+{digits}") if digits.isdigit() else Q(code=word)

    @display(description=_("client"), header=True)
    def show_client(self, standing: StandingOrder) -> list[str]:
        """Who, and the street."""
        return [str(standing.client), f"{standing.street} {standing.flat}".strip()]

    @display(description=_("state"), label=STATE_LABELS)
    def show_state(self, standing: StandingOrder) -> tuple[str, str]:
        """Going, paused or ended."""
        if standing.ended_at:
            return "ended", gettext("ended")
        return ("paused", gettext("paused")) if standing.paused_at else ("live", gettext("going"))

    @display(description=_("days of the week"))
    def show_days(self, standing: StandingOrder) -> str:
        """In the reader's language."""
        return weekdays_text(standing)

    @display(description=_("hour"))
    def show_hour(self, standing: StandingOrder) -> str:
        """On the city's clock."""
        return hour_text(standing.hour)

    @display(description=_("made"), ordering="made_at")
    def show_made(self, standing: StandingOrder) -> str:
        """Local time."""
        return when(standing.made_at)

    @display(description=_("made from"))
    def show_made_from(self, standing: StandingOrder) -> SafeString:
        """The order it began with."""
        url = reverse("admin:orders_order_change", args=[standing.made_from_id])
        return link(url, standing.made_from.spoken_code)

    @display(description=_("the client's page"))
    def show_page(self, standing: StandingOrder) -> SafeString:
        """What the client sees."""
        return link(standing.get_absolute_url(), gettext("Open what the client sees"))

    @display(description=_("visits"))
    def show_visits(self, standing: StandingOrder) -> str:
        """The newest days with what became of them."""
        visits = Visit.objects.filter(standing=standing).select_related("order").order_by("-date")[:VISITS]
        return render_to_string("orders/admin/visits.html", {"visits": visits})

    @grave(
        _("End the standing order"),
        may="end",
        icon="event_busy",
        title=_("End this standing order?"),
        warns=_(
            "Nothing more comes by itself. Orders that are made already stay and are cancelled one by one."
        ),
        yes=_("Yes, end it"),
        form=ReasonForm,
    )
    def end_standing(self, request: HttpRequest, form: ReasonForm, object_id: str) -> HttpResponse:
        """From its page, for a client who calls."""
        standing = StandingOrder.objects.get(pk=object_id)
        services.end(
            standing=standing, by=by_whom(request.user), reason=form.cleaned_data["reason"], now=clock.now()
        )
        messages.success(request, gettext("The standing order has ended."))
        return done_in_dialog(request, reverse("admin:orders_standingorder_change", args=[object_id]))

    def has_end_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Who may end one for a client."""
        return request.user.has_perm("orders.end_standingorder")
