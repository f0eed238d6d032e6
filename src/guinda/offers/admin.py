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

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """What offers take from by themselves has changed only where this person changed it."""
        if db_field.name in ("pieces_left", "budget_left_minor"):
            kwargs["show_hidden_initial"] = True
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Only what was changed on the form is written: what offers took meanwhile stays taken."""
        if not change:
            obj.save()
        elif form.changed_data:
            obj.save(update_fields=form.changed_data)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never: offers name it."""
        return False


@admin.register(Territory)
class TerritoryAdmin(Office):
    """Districts and their sellers."""

    list_display = ["name", "seller"]
    search_fields = ["name__startswith"]
