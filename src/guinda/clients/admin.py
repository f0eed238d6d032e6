"""The client book in the office."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from guinda.base.admin_tools import Book, BookInline, Office, when
from guinda.clients.models import Address, Client, PhoneCode


class AddressInline(BookInline):
    """Where bags were brought, newest first."""

    model = Address
    fields = ["street", "flat", "note", "used_at"]
    ordering = ["-used_at"]


@admin.register(Client)
class ClientAdmin(Office):
    """Clients: found by telephone or by the beginning of the name; name and language may be put right."""

    list_display = ["show_client", "phone", "language", "show_since"]
    search_fields = ["phone__startswith", "name__startswith"]
    search_help_text = _("A telephone from its first digit (+7…), or the beginning of the name")
    fields = ["phone", "name", "language", "since_at"]
    readonly_fields = ["phone", "since_at"]
    inlines = [AddressInline]
    ordering = ["-id"]

    def find(self, word: str) -> Q:
        """A telephone by its beginning, with or without the plus; a name by its beginning, in the usual ways of writing it."""
        if word.lstrip("+").isdigit():
            return Q(phone__startswith="+" + word.lstrip("+"))
        found = Q(pk__in=[])
        for written in {word, word.capitalize(), word.title(), word.upper(), word.lower()}:
            found |= Q(name__startswith=written)
        return found

    @display(description=_("client"), header=True)
    def show_client(self, client: Client) -> list[str]:
        """Name and initials."""
        name = client.name or client.phone
        initials = "".join(part[0] for part in client.name.split()[:2]) or "+"
        return [name, "", initials]

    @display(description=_("client since"), ordering="id")
    def show_since(self, client: Client) -> str:
        """Local time."""
        return when(client.since_at)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """A client is known by a telephone they proved themselves."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Client | None = None) -> bool:
        """Their orders stay in the books, and so do they."""
        return False


@admin.register(PhoneCode)
class PhoneCodeAdmin(Book):
    """Codes sent to telephones: whether one went out, never what it was."""

    list_display = ["phone", "show_sent", "attempts", "show_used"]
    fields = ["phone", "asked_from", "sent_at", "expires_at", "attempts", "used_at"]
    search_fields = ["phone__exact"]
    search_help_text = _("The whole telephone, +7…")
    ordering = ["-id"]

    @display(description=_("sent"), ordering="id")
    def show_sent(self, code: PhoneCode) -> str:
        """Local time."""
        return when(code.sent_at)

    @display(description=_("used"))
    def show_used(self, code: PhoneCode) -> str:
        """Local time."""
        return when(code.used_at)
