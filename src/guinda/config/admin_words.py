"""What the office's pages say in words of libraries that bring no catalogue for it: ours has them, found by the same texts."""

from __future__ import annotations

from django.utils.translation import gettext_noop as _

WORDS = (
    _("Add row"),
    _("Apply Filters"),
    _("Choose file to upload"),
    _("Date"),
    _("Date from"),
    _("Date to"),
    _("Expand row"),
    _("False"),
    _("Filters"),
    _("From"),
    _("General"),
    _("Go back"),
    _("Loading more results..."),
    _("More actions"),
    _("No data"),
    _("No results found"),
    _("No results matching your query"),
    _("Reset filters"),
    _("Run"),
    _("Select action"),
    _("Select action to run"),
    _("Select all rows"),
    _("Select record"),
    _("Select value"),
    _("Submit"),
    _("This page yielded into no results. Create a new item or reset your filters."),
    _("To"),
    _("Toggle password visibility"),
    _("True"),
    _("Type to search"),
    _("Value"),
)
