"""Orders, payments and refunds in the office: read like a book; the one verb is to cancel."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, DropdownFilter, RelatedDropdownFilter
from unfold.decorators import display

from guinda.base import clock
from guinda.base.admin_tools import (
    Book,
    BookInline,
    ReasonForm,
    amount,
    by_whom,
    done_in_dialog,
    grave,
    kilograms,
    link,
    since,
    when,
)
from guinda.base.refusals import Refusal
from guinda.journal.models import Event
from guinda.orders import services
from guinda.orders.models import Line, Order, Payment, Refund
from guinda.orders.standing.admin import StandingOrderAdmin

__all__ = ["OrderAdmin", "PaymentAdmin", "RefundAdmin", "StandingOrderAdmin"]

STATE_LABELS = {
    Order.State.HELD: "warning",
    Order.State.CONFIRMED: "info",
    Order.State.HANDED: "primary",
    Order.State.DELIVERED: "success",
    Order.State.FAILED: "danger",
    Order.State.CANCELLED: "default",
    Order.State.EXPIRED: "default",
}
STORY = 100
"""Journal entries shown on an order's page; an order has about eight."""


def named(word: str) -> Q:
    """Orders a word names, one index each: four spoken digits, a whole telephone with or without its plus, or the tracking page's code."""
    if word.lstrip("+").isdigit():
        return Q(spoken_code=word) if len(word) == 4 else Q(phone="+" + word.lstrip("+"))
    return Q(code=word)


def order_ids(word: str) -> list[int]:
    """Keys of the orders a word names, asked first: so the table that asks is searched by its own index."""
    return list(Order.objects.filter(named(word)).order_by("-placed_at").values_list("pk", flat=True)[:200])


class LineInline(BookInline):
    """What is in the bag."""

    model = Line
    select_related = ["lot__variety", "order"]
    fields = readonly_fields = ["show_fruit", "show_lot", "show_weight", "show_price"]

    @display(description=_("variety"))
    def show_fruit(self, line: Line) -> str:
        """In the reader's language."""
        return str(line.lot.variety)

    @display(description=_("lot"))
    def show_lot(self, line: Line) -> SafeString:
        """Its evidence is one click away."""
        return link(reverse("admin:catalog_lot_change", args=[line.lot_id]), line.lot.code)

    @display(description=_("weight"))
    def show_weight(self, line: Line) -> str:
        """Kilograms."""
        return kilograms(line.weight_g)

    @display(description=_("price"))
    def show_price(self, line: Line) -> str:
        """Money."""
        return amount(line.price_minor, line.order.currency)


class PaymentInline(BookInline):
    """How it is paid."""

    model = Payment
    fields = readonly_fields = ["variant", "show_amount", "status", "created", "message"]

    @display(description=_("amount"))
    def show_amount(self, payment: Payment) -> str:
        """Money."""
        return amount(payment.amount_minor, payment.currency)


class LiveFilter(DropdownFilter):
    """The orders somebody works on now."""

    title = _("live")
    parameter_name = "live"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """All that are not at their end, or only the late ones."""
        return [("yes", _("Live now")), ("late", _("Late now"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Order]) -> QuerySet[Order]:
        """By index (state, placed_at)."""
        if self.value() not in {"yes", "late"}:
            return queryset
        live = queryset.filter(state__in=[*Order.LIVE, Order.State.HANDED])
        return live.filter(promised_at__lt=clock.now()) if self.value() == "late" else live


@admin.register(Order)
class OrderAdmin(Book):
    """Orders, newest first. Rooms above hang their own inlines here (`OrderAdmin.inlines`)."""

    list_display = [
        "show_order",
        "show_state",
        "show_promised",
        "show_total",
        "show_weight",
        "store",
        "phone",
        "show_placed",
    ]
    list_filter = [
        LiveFilter,
        ("state", ChoicesDropdownFilter),
        ("store", RelatedDropdownFilter),
        since("placed_at", _("placed")),
    ]
    list_select_related = ["store"]
    search_fields = ["code__exact", "spoken_code__exact", "phone__exact"]
    search_help_text = _("The four spoken digits, a whole telephone, or the code of the tracking page")
    ordering = ["-placed_at", "-id"]
    inlines = [LineInline, PaymentInline]
    actions = ["cancel_chosen"]
    actions_detail = ["cancel_order"]
    readonly_fields = [
        "show_track",
        "show_total",
        "show_weight",
        "show_chance",
        "show_refunds",
        "show_story",
        "show_client",
    ]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("spoken_code", "state"),
                    ("show_total", "show_weight"),
                    ("placed_at", "promised_at"),
                    ("show_chance", "hold_until"),
                    ("store", "source"),
                    "show_track",
                ]
            },
        ),
        (_("The door"), {"fields": [("street", "flat"), "note", ("phone", "show_client"), "language"]}),
        (_("Money that goes back"), {"fields": ["show_refunds"]}),
        (_("What happened"), {"fields": ["show_story"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Order]:
        """With what a page names."""
        rows: QuerySet[Order] = super().get_queryset(request)
        return rows.select_related("store", "client")

    def find(self, word: str) -> Q:
        """By the one index that knows such a word."""
        return named(word)

    @display(description=_("order"), header=True)
    def show_order(self, order: Order) -> list[str]:
        """The code people say, and the street."""
        return [order.spoken_code, f"{order.street} {order.flat}".strip()]

    @display(description=_("state"), label=STATE_LABELS)
    def show_state(self, order: Order) -> tuple[str, str]:
        """In its colour."""
        return order.state, order.get_state_display()

    @display(description=_("promised"))
    def show_promised(self, order: Order) -> str:
        """Local time."""
        return when(order.promised_at)

    @display(description=_("placed"), ordering="placed_at")
    def show_placed(self, order: Order) -> str:
        """Local time."""
        return when(order.placed_at)

    @display(description=_("total"))
    def show_total(self, order: Order) -> str:
        """Money."""
        return amount(order.total_minor, order.currency)

    @display(description=_("weight"))
    def show_weight(self, order: Order) -> str:
        """Kilograms."""
        return kilograms(order.weight_g)

    @display(description=_("chance of keeping it"))
    def show_chance(self, order: Order) -> str:
        """Per cent, as quoted."""
        return f"{order.promise_chance:.0%}"

    @display(description=_("tracking page"))
    def show_track(self, order: Order) -> SafeString:
        """What the client sees."""
        return link(order.get_absolute_url(), gettext("Open what the client sees"))

    @display(description=_("client"))
    def show_client(self, order: Order) -> str:
        """A known client, or none."""
        if order.client is None:
            return "–"
        return link(reverse("admin:clients_client_change", args=[order.client_id]), str(order.client))

    @display(description=_("refunds"))
    def show_refunds(self, order: Order) -> str:
        """Rows of money that goes back."""
        refunds = Refund.objects.filter(payment__order=order).order_by("pk")
        rows = [(refund, amount(refund.amount_minor, order.currency)) for refund in refunds]
        return render_to_string("orders/admin/refunds.html", {"rows": rows})

    @display(description=_("journal"))
    def show_story(self, order: Order) -> str:
        """The journal's entries about this order."""
        events = Event.objects.filter(ref=order.code).order_by("id")[:STORY]
        return render_to_string("orders/admin/story.html", {"events": events})

    @grave(
        _("Cancel the order"),
        may="cancel",
        icon="cancel",
        title=_("Cancel this order?"),
        warns=_("Its fruit goes back on sale and what was paid goes back to the client."),
        yes=_("Yes, cancel it"),
        form=ReasonForm,
    )
    def cancel_order(self, request: HttpRequest, form: ReasonForm, object_id: str) -> HttpResponse:
        """From the order's page, with a reason."""
        self._cancel(request, Order.objects.filter(pk=object_id), form.cleaned_data["reason"])
        return done_in_dialog(request, reverse("admin:orders_order_change", args=[object_id]))

    @admin.action(description=_("Cancel the chosen orders"), permissions=["cancel"])
    def cancel_chosen(self, request: HttpRequest, queryset: QuerySet[Order]) -> None:
        """From the list."""
        self._cancel(request, queryset, "the office")

    def _cancel(self, request: HttpRequest, orders: QuerySet[Order], reason: str) -> None:
        done = 0
        for order in orders.order_by("pk"):
            try:
                services.cancel(order=order, reason=reason, by=by_whom(request.user), now=clock.now())
                done += 1
            except Refusal as refusal:
                messages.error(request, f"{order.spoken_code}: {refusal.sentence}")
        if done:
            sentence = ngettext("%(count)s order was cancelled.", "%(count)s orders were cancelled.", done)
            messages.success(request, sentence % {"count": done})

    def has_cancel_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Who may cancel for a client."""
        return request.user.has_perm("orders.cancel_order")


class VariantFilter(DropdownFilter):
    """Payments by the way of paying."""

    title = _("way of paying")
    parameter_name = "variant"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The ways that are set up: asking the rows would read them all."""
        return [(name, name) for name in (Payment.CASH, *settings.PAYMENT_VARIANTS)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Payment]) -> QuerySet[Payment]:
        """Equal to it."""
        return queryset.filter(variant=self.value()) if self.value() else queryset


@admin.register(Payment)
class PaymentAdmin(Book):
    """Money that comes in."""

    list_display = ["order", "variant", "show_amount", "status", "show_created"]
    list_filter = [VariantFilter, ("status", ChoicesDropdownFilter)]
    list_select_related = ["order"]
    search_fields = ["order__code__exact", "order__spoken_code__exact", "token__exact"]
    search_help_text = _("An order's spoken digits, telephone or code, or the payment's own token")
    ordering = ["-id"]
    fields = [
        "order",
        "variant",
        "show_amount",
        "status",
        "message",
        "transaction_id",
        "token",
        "created",
        "modified",
        "captured_amount",
    ]
    readonly_fields = ["show_amount"]

    def find(self, word: str) -> Q:
        """By order, else by token."""
        ids = order_ids(word)
        return Q(order_id__in=ids) if ids else Q(token=word)

    @display(description=_("amount"))
    def show_amount(self, payment: Payment) -> str:
        """Money."""
        return amount(payment.amount_minor, payment.currency)

    @display(description=_("made"), ordering="created")
    def show_created(self, payment: Payment) -> str:
        """Local time."""
        return when(payment.created)


class ToLookAtFilter(DropdownFilter):
    """Refunds a person must look at: sent, but the provider's answer was lost."""

    title = _("state")
    parameter_name = "open"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Not sent yet, unclear, done."""
        return [("new", _("Not sent yet")), ("unclear", _("To look at")), ("done", _("Done"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Refund]) -> QuerySet[Refund]:
        """By the times that are known."""
        chosen = {
            "new": queryset.filter(sent_at=None, done_at=None),
            "unclear": queryset.filter(sent_at__isnull=False, done_at=None),
            "done": queryset.filter(done_at__isnull=False),
        }
        return chosen.get(self.value() or "", queryset)


@admin.register(Refund)
class RefundAdmin(Book):
    """Money that goes back."""

    list_display = ["show_order", "show_amount", "reason", "by", "show_asked", "show_state"]
    list_filter = [ToLookAtFilter]
    list_select_related = ["payment__order"]
    search_fields = ["payment__order__code__exact", "payment__order__spoken_code__exact"]
    search_help_text = _("An order's spoken digits, telephone or code")
    ordering = ["-id"]

    def find(self, word: str) -> Q:
        """By order."""
        return Q(payment__order_id__in=order_ids(word))

    @display(description=_("order"))
    def show_order(self, refund: Refund) -> str:
        """The code people say."""
        return str(refund.payment.order.spoken_code)

    @display(description=_("amount"))
    def show_amount(self, refund: Refund) -> str:
        """Money."""
        return amount(refund.amount_minor, refund.payment.currency)

    @display(description=_("asked"))
    def show_asked(self, refund: Refund) -> str:
        """Local time."""
        return when(refund.asked_at)

    @display(description=_("state"), label={"done": "success", "new": "info", "unclear": "danger"})
    def show_state(self, refund: Refund) -> tuple[str, str]:
        """Not sent yet, done, or for a person to look at."""
        if refund.done_at:
            return "done", gettext("done")
        return ("unclear", gettext("to look at")) if refund.sent_at else ("new", gettext("not sent yet"))
