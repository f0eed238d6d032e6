"""The client book in the office."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display
from unfold.forms import BaseDialogForm

from guinda.base import clock
from guinda.base.admin_tools import Book, BookInline, Office, by_whom, done_in_dialog, grave, since, when
from guinda.base.messages import parts
from guinda.base.refusals import Refusal
from guinda.clients import sending
from guinda.clients.models import Address, ChannelPrice, Client, Competitor, Message, PhoneCode

STATE_LABELS = {
    Message.State.WAITING: "info",
    Message.State.SENDING: "primary",
    Message.State.SENT: "success",
    Message.State.FAILED: "danger",
    Message.State.UNCLEAR: "danger",
    Message.State.LAPSED: "default",
}


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
        name = str(client)
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


@admin.register(Message)
class MessageAdmin(Book):
    """What goes to telephones, newest first; a code is never shown."""

    list_display = ["show_phone", "purpose", "show_state", "show_due", "show_ended", "channel", "last_error"]
    list_filter = [
        ("state", ChoicesDropdownFilter),
        ("purpose", ChoicesDropdownFilter),
        since("made_at", _("made")),
    ]
    search_fields = ["phone__exact", "key__startswith"]
    search_help_text = _(
        "The whole telephone, +7…, or the beginning of a key, for example order: and the order’s code"
    )
    ordering = ["-id"]
    actions_detail = ["send_again", "mark_sent"]
    fields = [
        ("show_phone", "client"),
        ("purpose", "state"),
        "show_text",
        ("made_at", "due_at"),
        ("lapses_at", "claimed_at"),
        ("ended_at", "attempts"),
        ("channel", "last_error"),
        ("language", "city"),
        "key",
    ]
    readonly_fields = ["show_phone", "show_text"]

    def find(self, word: str) -> Q:
        """A telephone with or without its plus, else a key."""
        if word.lstrip("+").isdigit():
            return Q(phone="+" + word.lstrip("+"))
        return Q(key__startswith=word)

    def get_actions_detail(self, request: HttpRequest, object_id: int) -> Any:
        """The verbs are for what a person has to look at."""
        open_ones = Message.objects.filter(pk=object_id, state__in=sending.TO_LOOK_AT)
        return super().get_actions_detail(request, object_id) if open_ones.exists() else []

    @display(description=_("telephone"))
    def show_phone(self, message: Message) -> str:
        """As it is stored."""
        return message.phone

    @display(description=_("state"), label=STATE_LABELS)
    def show_state(self, message: Message) -> tuple[str, str]:
        """In its colour."""
        return message.state, message.get_state_display()

    @display(description=_("due"))
    def show_due(self, message: Message) -> str:
        """Local time."""
        return when(message.due_at)

    @display(description=_("ended"))
    def show_ended(self, message: Message) -> str:
        """Local time."""
        return when(message.ended_at)

    @display(description=_("text"))
    def show_text(self, message: Message) -> str:
        """What the client reads and how many short messages it is billed as; whoever could read a code could be the client."""
        if message.purpose == Message.Purpose.CODE:
            return gettext("A code is shown to nobody.")
        said = gettext("%(text)s (short messages: %(parts)s)")
        facts = {"text": message.text, "parts": parts(message.text)}
        return format_html('<span class="office-long">{}</span>', said % facts)

    @grave(
        _("Send once more"),
        may="settle",
        icon="replay",
        title=_("Send this message once more?"),
        warns=_("Look first into the provider’s list: if the message did arrive, the client gets it twice."),
        yes=_("Yes, send it once more"),
    )
    def send_again(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        """For what was not taken, or nobody knows."""
        return self._looked_at(request, sending.send_again, object_id, _("The message goes once more."))

    @grave(
        _("It was sent"),
        may="settle",
        icon="done_all",
        title=_("Did the client get this message?"),
        warns=_("It counts as sent from now on, and nobody is asked to look at it any more."),
        yes=_("Yes, it was sent"),
    )
    def mark_sent(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        """For what the provider's list shows as sent."""
        return self._looked_at(request, sending.mark_sent, object_id, _("The message counts as sent."))

    def _looked_at(self, request: HttpRequest, verb: Any, object_id: str, said: Any) -> HttpResponse:
        message = Message.objects.select_related("city").get(pk=object_id)
        try:
            verb(message=message, by=by_whom(request.user), now=clock.now())
            messages.success(request, said)
        except Refusal as refusal:
            messages.error(request, str(refusal.sentence))
        return done_in_dialog(request, reverse("admin:clients_message_change", args=[object_id]))

    def has_settle_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Who may look into the provider's list for a client."""
        return request.user.has_perm("clients.settle_message")


@admin.register(ChannelPrice)
class ChannelPriceAdmin(Office):
    """What each channel costs, from a day on. A price that has been is not changed: enter the next one."""

    list_display = ["channel", "from_date", "currency", "minute_minor", "each_minor"]
    fields = ["channel", "currency", "from_date", "minute_minor", "each_minor"]
    ordering = ["channel", "-from_date"]

    def has_change_permission(self, request: HttpRequest, obj: ChannelPrice | None = None) -> bool:
        """Touches carry the price of their day."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: ChannelPrice | None = None) -> bool:
        """As above."""
        return False


@admin.register(Competitor)
class CompetitorAdmin(Office):
    """Whom else companies buy from; a name may be put right."""

    list_display = ["name"]
    fields = ["name"]
    search_fields = ["name__istartswith"]
    ordering = ["name"]

    def has_delete_permission(self, request: HttpRequest, obj: Competitor | None = None) -> bool:
        """Supplies name them."""
        return False
