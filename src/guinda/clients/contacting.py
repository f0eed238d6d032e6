"""Whether a client may be contacted: the one place that says so, for one client or for many.

What an order under way needs (`Message.Purpose` other than `Message.ASKED_FOR`) is not asked about here. For all else a client must have
agreed to the purpose and the channel, must not have said no to everything, and is left alone after so many contacts in a sliding
window (`CONTACT_CAPS`), by channel and in all. Each no is a row of `HeldBack` with the rule that caused it.

The caps count touches of ours and messages not withdrawn. Whoever is about to contact locks the clients first (`lock`), in ascending id;
then two contacts at once never both fit under a cap that has room for one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count
from django.utils.translation import gettext as _

from guinda.base.refusals import Refusal
from guinda.clients.models import Channel, Client, Consent, HeldBack, Message, Rule

ALL = "all"
"""The cap over all channels together, among `CONTACT_CAPS`."""
NEWEST = """(SELECT k.given FROM clients_consent k WHERE k.client_id = c.id AND k.purpose = {purpose}
             AND k.channel IN ('every', %(channel)s) ORDER BY k.at DESC, k.id DESC LIMIT 1)"""
TOUCHES = """(SELECT count(*) FROM clients_touch t WHERE t.client_id = c.id AND NOT t.by_client AND t.at > {since})"""
MESSAGES = """(SELECT count(*) FROM clients_message m WHERE m.client_id = c.id AND m.purpose = ANY(%(asked_for)s)
               AND m.state NOT IN ('lapsed', 'failed') AND m.due_at > {since})"""
JUDGED = f"""
SELECT c.id, coalesce(nullif(c.time_zone, ''), city.time_zone, %(office)s),
    CASE WHEN c.merged_into_id IS NOT NULL OR c.erased_at IS NOT NULL THEN 'gone'
         WHEN NOT coalesce({NEWEST.format(purpose="'everything'")}, true) THEN 'do_not_contact'
         WHEN NOT coalesce({NEWEST.format(purpose="%(purpose)s")}, false) THEN 'no_consent'
         WHEN {TOUCHES.format(since="%(since)s AND t.channel = %(channel)s")}
              + CASE WHEN %(channel)s = 'message' THEN {MESSAGES.format(since="%(since)s")} ELSE 0 END >= %(most)s THEN 'cap_channel'
         WHEN {TOUCHES.format(since="%(since_all)s")} + {MESSAGES.format(since="%(since_all)s")} >= %(most_all)s THEN 'cap_all'
    END
FROM clients_client c LEFT JOIN places_city city ON city.slug = c.city_id WHERE c.id = ANY(%(ids)s)
"""  # noqa: S608 - our own parts
NO_CAP = (1_000_000, 1)


def may_contact(
    client_id: int, *, purpose: Consent.Purpose, channel: Channel, now: datetime, key: str | None = None
) -> Rule | None:
    """The rule that stands against contacting this client now, counted; None when nothing does."""
    return held_back([client_id], purpose=purpose, channel=channel, now=now, keys={client_id: key}).get(
        client_id
    )


def held_back(
    client_ids: Collection[int],
    *,
    purpose: str,
    channel: Channel,
    now: datetime,
    keys: Mapping[int, str | None] | None = None,
    waits: bool = False,
) -> dict[int, Rule]:
    """Of these clients the ones that may not be contacted, with the rule; each is counted once per key.

    What `waits` for the morning by itself is not held back by quiet hours.
    """
    found = against(client_ids, purpose=purpose, channel=channel, now=now, waits=waits)
    keys = keys or {}
    HeldBack.objects.bulk_create(
        [
            HeldBack(client_id=pk, purpose=purpose, channel=channel, rule=rule, at=now, key=keys.get(pk))
            for pk, rule in found.items()
        ],
        ignore_conflicts=True,
    )
    return found


def lock(client_ids: Collection[int]) -> None:
    """Until the transaction ends nobody else decides about contacting these."""
    rows = Client.objects.select_for_update(no_key=True).filter(pk__in=client_ids).order_by("pk")
    list(rows.values_list("pk", flat=True))


@transaction.atomic
def say(
    *,
    client_id: int,
    purpose: Consent.Purpose,
    channel: str,
    given: bool,
    by: str,
    now: datetime,
    how: str = "",
) -> Consent:
    """Write down a client's yes or no; after a no, what waits to be sent against it is withdrawn."""
    lock([client_id])
    if not Client.objects.filter(pk=client_id, merged_into=None, erased_at=None).exists():
        raise Refusal(
            "not_in_the_book", _("This client was merged or erased meanwhile. Find them in the book again.")
        )
    said = Consent.objects.create(
        client_id=client_id, purpose=purpose, channel=channel, given=given, by=by, at=now, how=how
    )
    if not given and channel in (Consent.EVERY, Channel.MESSAGE):
        waiting = Message.objects.filter(client_id=client_id, state=Message.State.WAITING)
        against = Message.ASKED_FOR if purpose == Consent.Purpose.EVERYTHING else [purpose]
        waiting.filter(purpose__in=against).update(state=Message.State.LAPSED, ended_at=now)
    return said


def counts(*, since: datetime) -> dict[str, int]:
    """How many contacts each rule has held back since then."""
    rows = HeldBack.objects.filter(at__gte=since).values_list("rule").annotate(Count("pk")).order_by("rule")
    return dict(rows)


def is_quiet(at: datetime, zone: str) -> bool:
    """Whether nobody is to be disturbed at that instant where they live."""
    begin, end = settings.QUIET_HOURS
    return not end <= at.astimezone(ZoneInfo(zone)).time() < begin


def against(
    client_ids: Collection[int], *, purpose: str, channel: Channel, now: datetime, waits: bool = False
) -> dict[int, Rule]:
    """As `held_back`, for who only asks: nothing is counted."""
    most, days = settings.CONTACT_CAPS.get(channel, NO_CAP)
    most_all, days_all = settings.CONTACT_CAPS.get(ALL, NO_CAP)
    facts: dict[str, Any] = {
        "ids": list(client_ids),
        "purpose": purpose,
        "channel": channel,
        "asked_for": list(Message.ASKED_FOR),
        "office": settings.TIME_ZONE,
        "most": most,
        "since": now - timedelta(days=days),
        "most_all": most_all,
        "since_all": now - timedelta(days=days_all),
    }
    with connection.cursor() as cursor:
        cursor.execute(JUDGED, facts)
        rows = cursor.fetchall()
    found = {pk: Rule(rule) for pk, _zone, rule in rows if rule}
    quiet = {zone: not waits and is_quiet(now, zone) for zone in {zone for _pk, zone, _rule in rows}}
    return found | {pk: Rule.QUIET_HOURS for pk, zone, rule in rows if not rule and quiet[zone]}
