"""A complaint is written down once, and stays open until somebody says what was done about it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from guinda.base.refusals import Refusal
from guinda.clients.models import Client, Complaint
from guinda.journal.services import record


@transaction.atomic
def complain(*, key: str, client_id: int, words: str, by: str, now: datetime, about: str = "") -> Complaint:
    """The complaint, opened once however often its `key` comes. `about` is an order's code, or in a few words what else."""
    if not words.strip():
        raise Refusal("words_missing", _("Write down what the client said, in their own words."))
    client = Client.objects.select_for_update(no_key=True).get(pk=client_id)
    if client.erased_at or client.merged_into_id:
        raise Refusal(
            "not_in_the_book", _("This client was merged or erased meanwhile. Find them in the book again.")
        )
    facts = {"client": client, "about": about, "words": words.strip(), "by": by, "at": now}
    opened, is_new = Complaint.objects.get_or_create(key=key, defaults=facts)
    if is_new:
        data = {"complaint": opened.pk, "about": about}
        record(kind="complaint.opened", ref=f"client:{client.pk}", by=by, at=now, data=data)
    return opened


@transaction.atomic
def settle(*, complaint: Complaint, answer: str, by: str, now: datetime) -> None:
    """Close it with what was done; the first answer stands."""
    if not answer.strip():
        raise Refusal("answer_missing", _("Say what was done about it, then close the complaint."))
    still_open = Complaint.objects.filter(pk=complaint.pk, closed_at=None)
    if not still_open.update(answer=answer.strip(), closed_by=by, closed_at=now):
        raise Refusal(
            "closed_before", _("Somebody closed this complaint already. Reload the page to see how.")
        )
    data = {"complaint": complaint.pk}
    record(kind="complaint.closed", ref=f"client:{complaint.client_id}", by=by, at=now, data=data)
