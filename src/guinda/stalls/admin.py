"""Where stalls stand and who sells at them; bags and their books have pages of their own."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RelatedDropdownFilter

from guinda.base.admin_tools import Office
from guinda.stalls.models import Seller, Stall


@admin.register(Stall)
class StallAdmin(Office):
    """Stalls."""

    list_display = ["name_latin", "name", "station", "store", "active"]
    list_filter = ["active", ("store", RelatedDropdownFilter)]
    list_select_related = ["station", "store"]
    autocomplete_fields = ["station"]
    search_fields = ["name__startswith", "name_latin__startswith"]
    search_help_text = _("The beginning of a stall's name")
    ordering = ["name_latin"]


@admin.register(Seller)
class SellerAdmin(Office):
    """Street sellers."""

    list_display = ["name", "user", "city", "active"]
    list_filter = ["active", ("city", RelatedDropdownFilter)]
    list_select_related = ["user", "city"]
    autocomplete_fields = ["user"]
    search_fields = ["name__startswith", "user__username__exact"]
    search_help_text = _("The beginning of a seller's name, or a whole login")
    ordering = ["name"]
