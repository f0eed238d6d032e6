"""One person's data on their request: all of it given out, or forgotten but for the money's books."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from guinda.base.refusals import Refusal
from guinda.clients import rooms
from guinda.clients.models import Client
from guinda.clients.rooms import Who
from guinda.journal.services import record


def who_is(client: Client) -> Who:
    """The client under all ids and telephones."""
    merged = list(client.merged.values_list("pk", "phone"))
    pairs = [(client.pk, client.phone), *merged]
    return Who([pk for pk, _phone in pairs], [phone for _pk, phone in pairs if phone])


def export(*, client: Client, by: str, now: datetime) -> dict[str, list[dict[str, Any]]]:
    """Everything the house knows of them, by table; that it was given out is written down."""
    who = who_is(client)
    found: dict[str, list[dict[str, Any]]] = {}
    for room in rooms.every():
        found |= room.export(who)
    record(kind="client.exported", ref=f"client:{client.pk}", by=by, at=now)
    return found


@transaction.atomic
def erase(*, client_id: int, by: str, now: datetime) -> None:
    """Forget who they are, in every room. Refused while something under way needs to know; what was paid stays in the books."""
    client = Client.objects.select_for_update().filter(pk=client_id, merged_into=None, erased_at=None).first()
    if client is None:
        raise Refusal(
            "not_in_the_book", _("This client was merged or erased meanwhile. Find them in the book again.")
        )
    if client.kind != Client.Kind.PERSON:
        raise Refusal("not_a_person", _("A company is not a person. Take its contacts out one by one."))
    who = who_is(client)
    if any(room.is_busy(who) for room in rooms.every()):
        raise Refusal(
            "still_under_way",
            _(
                "An order is under way or a standing order goes on. Wait for the one, end the other, then erase."
            ),
        )
    for room in rooms.every():
        room.erase(who)
    nobody = {"phone": None, "email": "", "name": "", "erased_at": now}
    Client.objects.filter(pk__in=who.ids).update(**nobody)
    record(kind="client.erased", ref=f"client:{client.pk}", by=by, at=now)
