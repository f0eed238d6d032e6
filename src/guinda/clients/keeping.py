"""Write down who a client is, and what is known of a company: its people, its places, what it buys and from whom."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from guinda.base.office import today_of
from guinda.base.refusals import Refusal
from guinda.clients.models import Client, Contact, Site, Supply
from guinda.journal.services import record


def add(*, facts: dict[str, Any], by: str, now: datetime) -> Client:
    """A new client. A telephone that is somebody's already is refused: one telephone is one client."""
    return _kept(Client(since_at=now), "client.added", facts, by, now)


def change(*, client: Client, facts: dict[str, Any], by: str, now: datetime) -> Client:
    """Put right who a client is. A person's telephone stays: whoever has another confirms it, and the two are merged."""
    if (
        client.kind == Client.Kind.PERSON
        and client.phone
        and facts.get("phone", client.phone) != client.phone
    ):
        raise Refusal(
            "telephone_stays",
            _(
                "A person is known by their telephone. Enter the other one as a new client, then merge the two."
            ),
        )
    return _kept(client, "client.changed", facts, by, now)


def keep(*, part: Contact | Site | Supply, by: str, now: datetime) -> None:
    """Write a contact, a site or a supply of a company; the like twice is refused."""
    if part.company.kind != Client.Kind.COMPANY:
        raise Refusal("not_a_company", _("Only a company has contacts, sites and contracts."))
    if isinstance(part, Supply):
        part.left_date = _left(part, today_of(now))
    try:
        with transaction.atomic():
            part.save()
            _tell("client.changed", part.company, [_kind(part)], by, now)
    except IntegrityError:
        raise Refusal(
            "there_already", _("The same is written down already. Change that one instead.")
        ) from None


def _left(supply: Supply, today: date) -> date | None:
    """Since when it is a competitor's that was ours: as it was told, or today where it was ours until this moment."""
    if supply.competitor_id is None:
        return None
    if supply.left_date and supply.left_date > today:
        raise Refusal(
            "day_to_come", _("The day on which it left us can’t be still to come. Enter a past one.")
        )
    was_ours = Supply.objects.filter(pk=supply.pk, competitor=None).exists()
    return supply.left_date or (today if was_ours else None)


@transaction.atomic
def drop(*, part: Contact | Site | Supply, by: str, now: datetime) -> None:
    """Take it out; contacts with a person stay without the name of whom it was with.

    What was ours and stands there as a competitor's too left us today.
    """
    part.delete()
    if isinstance(part, Supply) and part.competitor_id is None:
        theirs = Supply.objects.filter(company=part.company, what=part.what, left_date=None)
        theirs.update(left_date=today_of(now))
    _tell("client.changed", part.company, [_kind(part)], by, now)


def _kept(client: Client, kind: str, facts: dict[str, Any], by: str, now: datetime) -> Client:
    changed = [name for name, value in facts.items() if getattr(client, name) != value]
    for name in changed:
        setattr(client, name, facts[name])
    if not (client.name or client.phone or client.email):
        raise Refusal("nobody", _("Enter a name, a telephone or an e-mail: one of them at least."))
    try:
        with transaction.atomic():
            if client.pk is None:
                client.save()
            else:
                _still_there(client.pk)
                client.save(update_fields=changed)
            _tell(kind, client, changed, by, now)
    except IntegrityError:
        raise Refusal(
            "telephone_taken",
            _("Somebody in the book has this telephone already. Find them by it, or merge the two."),
        ) from None
    return client


def _still_there(client_id: int) -> None:
    """The row, locked; whoever was merged or forgotten since the page was opened is not brought back."""
    there = Client.objects.select_for_update(no_key=True).filter(merged_into=None, erased_at=None)
    if not there.filter(pk=client_id).exists():
        raise Refusal(
            "not_in_the_book", _("This client was merged or erased meanwhile. Find them in the book again.")
        )


def _kind(part: Contact | Site | Supply) -> str:
    return type(part).__name__.lower()


def _tell(kind: str, client: Client, changed: list[str], by: str, now: datetime) -> None:
    """Which facts, never what they say: the journal outlives an erasure."""
    record(kind=kind, ref=f"client:{client.pk}", by=by, at=now, data={"fields": changed})
