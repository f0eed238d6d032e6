"""The journal, to be read."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db import connection
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter
from unfold.decorators import display

from guinda.base.admin_tools import Book, since, when
from guinda.journal.models import Announcement, Event

KINDS = """
WITH RECURSIVE kinds AS (
    (SELECT kind FROM journal_event ORDER BY kind LIMIT 1)
    UNION ALL
    SELECT (SELECT kind FROM journal_event WHERE kind > kinds.kind ORDER BY kind LIMIT 1) FROM kinds WHERE kinds.kind IS NOT NULL)
SELECT kind FROM kinds WHERE kind IS NOT NULL
"""
"""Each kind by one step down the index: PostgreSQL's DISTINCT would read every row."""


class KindFilter(DropdownFilter):
    """Events of one kind."""

    title = _("kind")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The kinds there are."""
        with connection.cursor() as cursor:
            cursor.execute(KINDS)
            return [(kind, kind) for (kind,) in cursor.fetchall()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Event]) -> QuerySet[Event]:
        """By index (kind, at)."""
        return queryset.filter(kind=self.value()) if self.value() else queryset


@admin.register(Event)
class EventAdmin(Book):
    """What happened, newest first."""

    list_display = ["show_at", "kind", "ref", "by", "data"]
    list_display_links = ["show_at", "kind"]
    list_filter = [KindFilter, since("at", _("time"))]
    search_fields = ["ref__exact"]
    search_help_text = _("The whole reference, for example an order's code")
    ordering = ["-at", "-id"]

    @display(description=_("at"), ordering="at")
    def show_at(self, event: Event) -> str:
        """Local time."""
        return when(event.at)


@admin.register(Announcement)
class AnnouncementAdmin(Book):
    """Events whose listeners are still to be told; one that stays here with an error needs a person."""

    list_display = ["event", "show_due", "attempts", "last_error"]
    list_select_related = ["event"]
    ordering = ["due_at"]

    @display(description=_("due"), ordering="due_at")
    def show_due(self, announcement: Announcement) -> str:
        """Local time."""
        return when(announcement.due_at)
