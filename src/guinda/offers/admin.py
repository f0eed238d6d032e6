"""Tools, allowances and territories in the office; offers themselves move on their own pages."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import TabularInline

from guinda.base.admin_tools import Office
from guinda.offers.models import Allowance, Territory, Tool


class AllowanceInline(TabularInline):
    """Who may give how much."""

    model = Allowance
    extra = 0
    hide_title = True


@admin.register(Tool)
class ToolAdmin(Office):
    """What can be offered; one that was offered is paused, never deleted."""

    list_display = ["slug", "kind", "currency", "pieces_left", "budget_left_minor", "until_date"]
    list_filter = ["kind"]
    search_fields = ["slug__startswith"]
    inlines = [AllowanceInline]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never: offers name it."""
        return False


@admin.register(Territory)
class TerritoryAdmin(Office):
    """Districts and their sellers."""

    list_display = ["name", "seller"]
    search_fields = ["name__startswith"]
