"""The books of fruit, to be read."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import display

from guinda.base.admin_tools import Book, kilograms, since, when
from guinda.catalog.models import Lot
from guinda.stock.models import Holder, Holding, Movement


def _lots(word: str) -> list[int]:
    """Lots whose code begins like this: asked first, so that the big table is searched by its index on lots."""
    return list(Lot.objects.filter(code__startswith=word.upper()).values_list("pk", flat=True)[:200])


@admin.register(Holder)
class HolderAdmin(Book):
    """Who can hold fruit."""

    list_display = ["__str__", "kind", "city"]
    list_filter = [("kind", ChoicesDropdownFilter), ("city", RelatedDropdownFilter)]
    list_select_related = ["city", "store"]
    ordering = ["id"]


class _ByLot(Book):
    search_fields = ["lot__code__startswith"]
    search_help_text = _("The beginning of a lot's code")

    def find(self, word: str) -> Q:
        return Q(lot_id__in=_lots(word))


@admin.register(Holding)
class HoldingAdmin(_ByLot):
    """What lies where, and how much of it is held for orders."""

    list_display = ["holder", "show_variety", "lot", "show_on_hand", "show_held", "show_free", "show_expires"]
    list_filter = [("holder__store", RelatedDropdownFilter), ("lot__variety", RelatedDropdownFilter)]
    list_select_related = ["holder__store", "lot__variety"]
    ordering = ["-id"]

    @display(description=_("variety"))
    def show_variety(self, holding: Holding) -> str:
        """In the reader's language."""
        return str(holding.lot.variety)

    @display(description=_("on hand"))
    def show_on_hand(self, holding: Holding) -> str:
        """Kilograms."""
        return kilograms(holding.on_hand_g)

    @display(description=_("held for orders"))
    def show_held(self, holding: Holding) -> str:
        """Kilograms."""
        return kilograms(holding.held_g)

    @display(description=_("free to sell"), label={"some": "success", "none": "danger"})
    def show_free(self, holding: Holding) -> Any:
        """Kilograms, red when there is nothing left."""
        free_g = holding.on_hand_g - holding.held_g
        return ("some" if free_g else "none"), kilograms(free_g)

    @display(description=_("expires"))
    def show_expires(self, holding: Holding) -> str:
        """Local time."""
        return when(holding.lot.expires_at)


@admin.register(Movement)
class MovementAdmin(_ByLot):
    """What went from whom to whom."""

    list_display = ["show_at", "reason", "lot", "show_weight", "from_holder", "to_holder", "ref", "by"]
    list_filter = [("reason", ChoicesDropdownFilter), since("at", _("time"))]
    list_select_related = ["lot", "from_holder__store", "to_holder__store"]
    search_fields = ["ref__exact", "lot__code__startswith"]
    search_help_text = _("An order's whole code, or the beginning of a lot's code")
    ordering = ["-at", "-id"]

    def find(self, word: str) -> Q:
        """By reference, else by lot."""
        lots = _lots(word)
        return Q(lot_id__in=lots) if lots else Q(ref=word)

    @display(description=_("at"), ordering="at")
    def show_at(self, movement: Movement) -> str:
        """Local time."""
        return when(movement.at)

    @display(description=_("weight"))
    def show_weight(self, movement: Movement) -> str:
        """Kilograms."""
        return kilograms(movement.weight_g)
