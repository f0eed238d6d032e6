"""Stores in the office: who tends which, and what was received, counted and sent, to be read."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RelatedDropdownFilter
from unfold.decorators import display

from guinda.base.admin_tools import Book, Office, amount, kilograms, since, when
from guinda.stores import reasons
from guinda.stores.models import Count, Keeper, Receipt, Transfer


@admin.register(Keeper)
class KeeperAdmin(Office):
    """Who tends which store: added and taken away, never changed."""

    list_display = ["user", "store"]
    list_filter = [("store", RelatedDropdownFilter)]
    list_select_related = ["user", "store"]
    search_fields = ["user__username__startswith"]
    autocomplete_fields = ["user"]
    ordering = ["-id"]

    def has_change_permission(self, request: HttpRequest, obj: Keeper | None = None) -> bool:
        """Never: take the row away and add another."""
        return False


class _ByLot(Book):
    search_fields = ["lot__code__startswith"]
    search_help_text = _("The beginning of a lot's code")

    @display(description=_("lot"), header=True)
    def show_lot(self, row: Any) -> list[str]:
        """Variety and code."""
        return [str(row.lot.variety), row.lot.code]


@admin.register(Receipt)
class ReceiptAdmin(_ByLot):
    """What came from the growers and what it cost."""

    list_display = ["show_lot", "show_weight", "show_cost", "store", "by", "show_at"]
    list_filter = [("store", RelatedDropdownFilter)]
    list_select_related = ["lot__variety", "store"]
    ordering = ["-id"]

    @display(description=_("weight"))
    def show_weight(self, receipt: Receipt) -> str:
        """Kilograms."""
        return kilograms(receipt.weight_g)

    @display(description=_("cost"))
    def show_cost(self, receipt: Receipt) -> str:
        """Money for all of it."""
        return amount(receipt.cost_minor, receipt.currency)

    @display(description=_("at"))
    def show_at(self, receipt: Receipt) -> str:
        """Local time."""
        return when(receipt.at)


@admin.register(Count)
class CountAdmin(_ByLot):
    """What was weighed, and how it differed."""

    list_display = ["show_lot", "store", "show_counted", "show_difference", "show_reason", "by", "show_at"]
    list_filter = [("store", RelatedDropdownFilter), since("at", _("time"))]
    list_select_related = ["lot__variety", "store"]
    ordering = ["-id"]

    @display(description=_("counted"))
    def show_counted(self, count: Count) -> str:
        """Kilograms."""
        return kilograms(count.counted_g)

    @display(description=_("difference"), label={"none": "success", "some": "warning"})
    def show_difference(self, count: Count) -> tuple[str, str]:
        """Grams with their sign."""
        return ("some", f"{count.difference_g:+} g") if count.difference_g else ("none", "0")

    @display(description=_("reason"))
    def show_reason(self, count: Count) -> str:
        """In words."""
        return str(dict(reasons.DIFFERENCE).get(count.reason, count.reason))

    @display(description=_("at"))
    def show_at(self, count: Count) -> str:
        """Local time."""
        return when(count.at)


@admin.register(Transfer)
class TransferAdmin(_ByLot):
    """What went between the stores."""

    list_display = ["show_lot", "source", "target", "show_sent", "show_arrived", "sent_by", "show_sent_at"]
    list_filter = [("source", RelatedDropdownFilter), ("target", RelatedDropdownFilter)]
    list_select_related = ["lot__variety", "source", "target"]
    ordering = ["-id"]

    @display(description=_("sent"))
    def show_sent(self, transfer: Transfer) -> str:
        """Kilograms."""
        return kilograms(transfer.sent_g)

    @display(description=_("weighed in"))
    def show_arrived(self, transfer: Transfer) -> str:
        """Kilograms, or nothing while it is on the road."""
        return kilograms(transfer.arrived_g)

    @display(description=_("at"))
    def show_sent_at(self, transfer: Transfer) -> str:
        """Local time."""
        return when(transfer.sent_at)
