"""What every room's admin stands on: lists that stay quick at millions of rows, and books that nobody edits."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.admin import ShowFacets
from django.contrib.auth.models import AnonymousUser, User
from django.core.paginator import Paginator
from django.db import models
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext
from unfold.admin import ModelAdmin, TabularInline
from unfold.contrib.filters.admin import DropdownFilter
from unfold.decorators import action
from unfold.enums import ActionVariant
from unfold.forms import BaseDialogForm
from unfold.views import ChangeList
from unfold.widgets import UnfoldAdminTextInputWidget

from guinda.base import clock
from guinda.base.shown import amount as amount  # noqa: PLC0414 - admin pages find it here with the rest
from guinda.base.shown import kilograms as kilograms  # noqa: PLC0414

if TYPE_CHECKING:
    Rows = QuerySet[Any, Any]

MOST_COUNTED = 5_000
"""A list is counted up to here and no further: 100 pages are more than anybody turns, and a count of everything would read it all."""
TELEPHONE = re.compile(r"^\+?[\d\s().-]{7,24}$")


class CappedPaginator(Paginator):  # type: ignore[type-arg]
    """Counts to `MOST_COUNTED` in the list's own order, so that the same index answers the count and the page."""

    template_name = "base/admin/pages.html"

    @cached_property
    def found(self) -> int:
        """Rows found, at most one more than are shown."""
        rows: Rows = self.object_list  # type: ignore[assignment]
        return rows.values("pk")[: MOST_COUNTED + 1].count()

    @cached_property
    def count(self) -> int:
        """Rows that can be paged through."""
        return min(self.found, MOST_COUNTED)

    @property
    def has_more(self) -> bool:
        """Whether rows were left uncounted."""
        return self.found > MOST_COUNTED


class OfficeList(ChangeList):
    """Says how many were found only where something was searched, and never a number it does not know."""

    def get_results(self, request: HttpRequest) -> None:
        """As Django's, without a second count."""
        super().get_results(request)
        if self.paginator.has_more or not (self.query or self.has_active_filters):
            self.full_result_count = self.result_count


class Office(ModelAdmin):
    """The admin of a room's rows. Name in `search_fields` only what an index answers: `__exact`, or `__startswith` on an indexed text."""

    paginator = CappedPaginator
    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    list_per_page = 50
    list_max_show_all = 50
    list_filter_submit = True
    list_fullwidth = True
    warn_unsaved_form = True

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """Our list."""
        return OfficeList

    def get_search_results(self, request: HttpRequest, queryset: Rows, search_term: str) -> tuple[Rows, bool]:
        """Every word must be found; a telephone is one word however it is written."""
        for word in words(search_term):
            queryset = queryset.filter(self.find(word))
        return queryset, False

    def find(self, word: str) -> Q:
        """The rows a word stands for."""
        found = Q(pk__in=[])
        for lookup in self.search_fields:
            found |= Q(**{lookup: word})
        return found


class Book(Office):
    """Rows that change only through services: looked at, never added, edited or deleted here."""

    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Never."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Never."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Never."""
        return False


class BookInline(TabularInline):
    """Rows of a book on their parent's page. List in `select_related` what each row names."""

    extra = 0
    can_delete = False
    show_change_link = False
    hide_title = True
    select_related: Sequence[str] = ()

    def get_queryset(self, request: HttpRequest) -> Rows:
        """With everything a row shows, in one query."""
        rows: Rows = super().get_queryset(request)
        return rows.select_related(*self.select_related)

    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Never."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Never."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Never."""
        return False


class Since(DropdownFilter):
    """Rows since the start of a day in the office's time zone; make one with `since("placed_at", ...)`."""

    field = ""
    title = _("time")

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Days back."""
        return [
            ("0", _("Today")),
            ("1", _("Since yesterday")),
            ("7", _("Seven days")),
            ("30", _("Thirty days")),
        ]

    def queryset(self, request: HttpRequest, queryset: Rows) -> Rows:
        """A range on the field, which has an index."""
        if self.value() not in {"0", "1", "7", "30"}:
            return queryset
        start = midnight(clock.now()) - timedelta(days=int(self.value()))
        return queryset.filter(**{f"{self.field}__gte": start})


def since(field: str, title: Any) -> type[Since]:
    """A filter by days back on an indexed field."""
    return type(
        f"Since_{field}", (Since,), {"field": field, "title": title, "parameter_name": f"{field}_since"}
    )


def words(term: str) -> list[str]:
    """What was typed, as words to find: `+7 (916) 123-45-67` is one."""
    text = term.strip()[:200].replace("\x00", "")
    if TELEPHONE.match(text):
        return [re.sub(r"[^\d+]", "", text)]
    return text.split()[:5]


def midnight(now: datetime) -> datetime:
    """The start of the day of `now` in the office's time zone."""
    return timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)


def by_whom(user: User | AnonymousUser) -> str:
    """Who did it, as journals and books name a member of staff."""
    return f"staff:{user.get_username()}"[:100]


def when(instant: datetime | None) -> str:
    """Day and minute in the office's time zone, on one line."""
    # Translators: Django's date format for a minute of a day in a narrow column; b is M in small letters
    form = pgettext("date format", "j M, H:i").replace(" ", "\u00a0")
    return "" if instant is None else date_format(timezone.localtime(instant), form)


def link(url: str, text: str) -> SafeString:
    """A link in a cell."""
    return format_html('<a href="{}" class="office-link">{}</a>', url, text)


class ReasonForm(BaseDialogForm):
    """Asks for a sentence before something is done that can't be undone."""

    reason = forms.CharField(label=_("Why?"), max_length=200, widget=UnfoldAdminTextInputWidget)


def grave(
    does: Any,
    *,
    may: str,
    icon: str,
    title: Any,
    warns: Any,
    yes: Any,
    form: type[BaseDialogForm] = BaseDialogForm,
) -> Any:
    """A button on a row's page for what can't be undone: a dialog says what follows before `yes` does it."""
    dialog = {"title": title, "description": warns, "form_class": form, "form_submit_text": yes}
    return action(description=does, permissions=[may], icon=icon, variant=ActionVariant.DANGER, dialog=dialog)


def done_in_dialog(request: HttpRequest, url: str) -> HttpResponse:
    """After a dialog was sent: on to a page, whether or not the dialog came by htmx."""
    if getattr(request, "htmx", False):
        return HttpResponse(headers={"HX-Redirect": url})
    return HttpResponseRedirect(url)
