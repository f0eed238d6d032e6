"""Couriers in the office: who carries, who is on duty, which task goes where, and how a bag ended whose courier is silent."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, DropdownFilter, RelatedDropdownFilter
from unfold.decorators import display

from guinda.base import clock
from guinda.base.admin_tools import (
    Book,
    BookInline,
    Office,
    ReasonForm,
    by_whom,
    done_in_dialog,
    grave,
    kilograms,
    since,
    when,
)
from guinda.base.refusals import Refusal
from guinda.delivery import services
from guinda.delivery.models import Courier, Rating, Shift, Tap, Task
from guinda.orders.admin import OrderAdmin, order_ids

STATE_LABELS = {
    Task.State.WAITING: "warning",
    Task.State.ASSIGNED: "info",
    Task.State.CARRIED: "primary",
    Task.State.DELIVERED: "success",
    Task.State.FAILED: "danger",
    Task.State.CANCELLED: "default",
}


class TaskInline(BookInline):
    """Who carries an order, on the order's page."""

    model = Task
    select_related = ["courier"]
    fields = [
        "courier",
        "state",
        "position",
        "ready_at",
        "expected_at",
        "picked_up_at",
        "ended_at",
        "code_checked",
        "by_office",
    ]


class RatingInline(BookInline):
    """What the client said, on the order's page."""

    model = Rating
    fields = ["fruit", "kindness", "word", "rated_at"]


OrderAdmin.inlines = [*OrderAdmin.inlines, TaskInline, RatingInline]


@admin.register(Courier)
class CourierAdmin(Office):
    """Couriers: an account with a way of moving."""

    list_display = ["name", "mode", "home_store", "phone", "show_carries"]
    list_filter = [("mode", ChoicesDropdownFilter), ("home_store", RelatedDropdownFilter)]
    list_select_related = ["home_store"]
    search_fields = ["name__istartswith", "phone__startswith"]
    autocomplete_fields = ["user"]
    ordering = ["name", "id"]

    @display(description=_("carries"))
    def show_carries(self, courier: Courier) -> str:
        """Kilograms."""
        return kilograms(courier.carries_g)

    def has_delete_permission(self, request: HttpRequest, obj: Courier | None = None) -> bool:
        """Who carried what stays known; take the account's access instead."""
        return False


class OnDutyFilter(DropdownFilter):
    """Shifts that are open."""

    title = _("on duty")
    parameter_name = "open"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """On duty or over."""
        return [("yes", _("On duty")), ("no", _("Over"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Shift]) -> QuerySet[Shift]:
        """One open shift each: a small partial index."""
        return queryset.filter(ended_at__isnull=self.value() == "yes") if self.value() else queryset


@admin.register(Shift)
class ShiftAdmin(Book):
    """Times on duty."""

    list_display = ["courier", "show_started", "show_until", "show_seen", "show_open"]
    list_filter = [OnDutyFilter, ("courier", RelatedDropdownFilter)]
    list_select_related = ["courier"]
    ordering = ["-id"]

    @display(description=_("started"), ordering="id")
    def show_started(self, shift: Shift) -> str:
        """Local time."""
        return when(shift.started_at)

    @display(description=_("until"))
    def show_until(self, shift: Shift) -> str:
        """When it ended, or is meant to."""
        return when(shift.ended_at or shift.ends_at)

    @display(description=_("last seen"))
    def show_seen(self, shift: Shift) -> str:
        """Local time."""
        return when(shift.seen_at)

    @display(description=_("state"), label={"open": "success", "over": "default"})
    def show_open(self, shift: Shift) -> tuple[str, str]:
        """On duty or over."""
        return ("over", gettext("over")) if shift.ended_at else ("open", gettext("on duty"))


@admin.register(Task)
class TaskAdmin(Book):
    """Bags to carry, newest first. One that is carried by somebody who is silent is ended here."""

    list_display = [
        "order",
        "show_state",
        "courier",
        "position",
        "show_promised",
        "show_expected",
        "show_late",
        "store",
    ]
    list_filter = [
        ("state", ChoicesDropdownFilter),
        ("store", RelatedDropdownFilter),
        ("courier", RelatedDropdownFilter),
        since("ended_at", _("ended")),
    ]
    list_select_related = ["order", "courier", "store"]
    search_fields = ["order__code__exact", "order__spoken_code__exact", "order__phone__exact"]
    search_help_text = _("An order's spoken digits, telephone or code")
    ordering = ["-id"]
    actions_detail = ["end_delivered", "end_lost"]

    def find(self, word: str) -> Q:
        """By order."""
        return Q(order_id__in=order_ids(word))

    def get_actions_detail(self, request: HttpRequest, object_id: int) -> Any:
        """The verbs are for a bag in a courier's hands."""
        carried = Task.objects.filter(pk=object_id, state=Task.State.CARRIED).exists()
        return super().get_actions_detail(request, object_id) if carried else []

    @grave(
        _("Delivered, the client says so"),
        may="end",
        icon="task_alt",
        title=_("Does the client have the bag?"),
        warns=_("For a courier whose telephone is silent. Cash counts as taken. This can't be undone."),
        yes=_("Yes, it was delivered"),
        form=ReasonForm,
    )
    def end_delivered(self, request: HttpRequest, form: ReasonForm, object_id: str) -> HttpResponse:
        """The client was asked; no spoken code is needed."""
        return self._end(request, object_id, form, delivered=True)

    @grave(
        _("The bag is lost or could not be delivered"),
        may="end",
        icon="report",
        title=_("Will nobody bring this bag?"),
        warns=_("The client is told so and what was paid goes back. This can't be undone."),
        yes=_("Yes, end it"),
        form=ReasonForm,
    )
    def end_lost(self, request: HttpRequest, form: ReasonForm, object_id: str) -> HttpResponse:
        """Nobody will bring it."""
        return self._end(request, object_id, form, delivered=False)

    def _end(
        self, request: HttpRequest, object_id: str, form: ReasonForm, *, delivered: bool
    ) -> HttpResponse:
        task = get_object_or_404(Task.objects.select_related("order__store"), pk=object_id)
        reason, by = form.cleaned_data["reason"], by_whom(request.user)
        try:
            services.end_by_office(task=task, delivered=delivered, reason=reason, by=by, now=clock.now())
            messages.success(request, gettext("The bag is ended, and its client sees it."))
        except Refusal as refusal:
            messages.error(request, str(refusal.sentence))
        return done_in_dialog(request, reverse("admin:delivery_task_change", args=[object_id]))

    def has_end_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Who may say how a bag ended in its courier's place."""
        return request.user.has_perm("delivery.end_task")

    @display(description=_("state"), label=STATE_LABELS)
    def show_state(self, task: Task) -> tuple[str, str]:
        """In its colour."""
        return task.state, task.get_state_display()

    @display(description=_("promised"))
    def show_promised(self, task: Task) -> str:
        """Local time."""
        return when(task.promised_at)

    @display(description=_("at the door"))
    def show_expected(self, task: Task) -> str:
        """When it was, or is now planned to be."""
        return when(task.ended_at or task.expected_at)

    @display(description=_("promise"), label={"kept": "success", "late": "danger", "": "default"})
    def show_late(self, task: Task) -> tuple[str, str]:
        """Kept, or late by how much."""
        if task.state not in (*Task.OPEN, Task.State.DELIVERED):
            return "", "–"
        late_s = ((task.ended_at or task.expected_at or clock.now()) - task.promised_at).total_seconds()
        if late_s <= 0:
            return "kept", gettext("in time")
        minutes = max(1, round(late_s / 60))
        return "late", ngettext("%(count)s minute late", "%(count)s minutes late", minutes) % {
            "count": minutes
        }


@admin.register(Tap)
class TapAdmin(Book):
    """Buttons couriers pressed, as they arrived."""

    list_display = ["kind", "courier", "task", "show_tapped", "show_arrived"]
    list_filter = [("courier", RelatedDropdownFilter), since("arrived_at", _("arrived"))]
    list_select_related = ["courier", "task"]
    ordering = ["-arrived_at", "-key"]

    @display(description=_("tapped"))
    def show_tapped(self, tap: Tap) -> str:
        """Local time."""
        return when(tap.tapped_at)

    @display(description=_("arrived"), ordering="arrived_at")
    def show_arrived(self, tap: Tap) -> str:
        """Local time."""
        return when(tap.arrived_at)


class MarkFilter(DropdownFilter):
    """Ratings by one of the marks."""

    title = _("mark")
    parameter_name = "mark"

    @classmethod
    def of(cls, field: str, title: Any) -> type[MarkFilter]:
        """The filter of one field."""
        return type(f"MarkFilter_{field}", (cls,), {"title": title, "parameter_name": field})

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """One to five."""
        return [(str(mark), "★" * mark) for mark in range(1, 6)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Rating]) -> QuerySet[Rating]:
        """Equal to the mark."""
        wanted = self.value()
        return queryset.filter(**{str(self.parameter_name): wanted}) if wanted in {*"12345"} else queryset


@admin.register(Rating)
class RatingAdmin(Book):
    """What clients said."""

    list_display = ["order", "fruit", "kindness", "word", "show_rated"]
    list_filter = [MarkFilter.of("fruit", _("fruit")), MarkFilter.of("kindness", _("kindness"))]
    list_select_related = ["order"]
    search_fields = ["order__code__exact", "order__spoken_code__exact"]
    search_help_text = _("An order's spoken digits, telephone or code")
    ordering = ["-id"]

    def find(self, word: str) -> Q:
        """By order."""
        return Q(order_id__in=order_ids(word))

    @display(description=_("rated"), ordering="id")
    def show_rated(self, rating: Rating) -> str:
        """Local time."""
        return when(rating.rated_at)
