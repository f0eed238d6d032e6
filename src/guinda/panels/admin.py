"""Panels in the office: enrol a device, see the fleet, revoke a key."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter
from unfold.decorators import display
from unfold.forms import BaseDialogForm

from guinda.base import clock, codes
from guinda.base.admin_tools import Office, by_whom, done_in_dialog, grave, when
from guinda.panels import services
from guinda.panels.models import Panel


class OpenFilter(DropdownFilter):
    """Panels by whether their key still opens anything."""

    title = _("state")
    parameter_name = "revoked"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """In use or revoked."""
        return [("no", _("In use")), ("yes", _("Revoked"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Panel]) -> QuerySet[Panel]:
        """By `revoked_at`."""
        return queryset.filter(revoked_at__isnull=self.value() == "no") if self.value() else queryset


@admin.register(Panel)
class PanelAdmin(Office):
    """Devices. A new one's address with its key is shown once, after saving; only its digest is kept."""

    list_display = ["show_panel", "show_state", "show_enrolled", "enrolled_by", "revoked_by"]
    list_filter = [OpenFilter]
    list_select_related = ["station"]
    search_fields = ["label__startswith", "station__name__startswith", "station__name_latin__startswith"]
    search_help_text = _("The beginning of a station's name or of a label")
    autocomplete_fields = ["station"]
    ordering = ["-id"]
    actions = ["revoke_chosen"]
    actions_detail = ["revoke_now"]

    def get_fields(self, request: HttpRequest, obj: Panel | None = None) -> list[str]:
        """Where it stands; the key's digest is nobody's business."""
        given = ["station", "label"]
        return [*given, "enrolled_at", "enrolled_by", "revoked_at", "revoked_by"] if obj else given

    def save_model(self, request: HttpRequest, obj: Panel, form: ModelForm[Panel], change: bool) -> None:
        """Enrol, and say the address once."""
        key = services.enrol(station=obj.station, label=obj.label, by=by_whom(request.user), now=clock.now())
        obj.pk = Panel.objects.get(key_digest=codes.digest(key)).pk
        obj.refresh_from_db()
        address = f"{settings.SITE_URL}/panels/enrol/{key}/"
        sentence = gettext(
            "Open this address on the panel. It is shown only now; keep it secret: whoever opens it becomes this panel. "
            "Revoke it if it leaks."
        )
        messages.success(request, format_html("{} <code>{}</code>", sentence, address))

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """A panel has nothing else to save."""

    @display(description=_("panel"), header=True)
    def show_panel(self, panel: Panel) -> list[str]:
        """Station and label."""
        return [str(panel.station), panel.label]

    @display(description=_("state"), label={"open": "success", "revoked": "danger"})
    def show_state(self, panel: Panel) -> tuple[str, str]:
        """In use or revoked."""
        return ("revoked", gettext("revoked")) if panel.revoked_at else ("open", gettext("in use"))

    @display(description=_("enrolled"), ordering="id")
    def show_enrolled(self, panel: Panel) -> str:
        """Local time."""
        return when(panel.enrolled_at)

    @grave(
        _("Revoke the key"),
        may="revoke",
        icon="key_off",
        title=_("Revoke this panel's key?"),
        warns=_("The panel stops at once. To use the device again, enrol it anew."),
        yes=_("Revoke it"),
    )
    def revoke_now(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        """From the panel's page."""
        self._revoke(request, Panel.objects.filter(pk=object_id))
        return done_in_dialog(request, reverse("admin:panels_panel_change", args=[object_id]))

    @admin.action(description=_("Revoke the chosen panels' keys"), permissions=["revoke"])
    def revoke_chosen(self, request: HttpRequest, queryset: QuerySet[Panel]) -> None:
        """From the list."""
        self._revoke(request, queryset)

    def _revoke(self, request: HttpRequest, panels: QuerySet[Panel]) -> None:
        chosen = list(panels.filter(revoked_at=None))
        for panel in chosen:
            services.revoke(panel=panel, by=by_whom(request.user), now=clock.now())
        count = len(chosen)
        sentence = ngettext("%(count)s panel was revoked.", "%(count)s panels were revoked.", count)
        messages.add_message(
            request, messages.SUCCESS if count else messages.WARNING, sentence % {"count": count}
        )

    def has_revoke_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Who may stop a device."""
        return request.user.has_perm("panels.revoke_panel")

    def has_change_permission(self, request: HttpRequest, obj: Panel | None = None) -> bool:
        """Never: enrol again instead."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Panel | None = None) -> bool:
        """Never: who held a key stays known."""
        return False
