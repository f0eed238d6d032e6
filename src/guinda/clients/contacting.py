"""Whether a client may be contacted: the one place that says so, for one client or for many.

What an order under way needs (`Message.Purpose` other than `Message.ASKED_FOR`) is not asked about here. For all else a client must have
agreed to the purpose and the channel, must not have said no to everything, and is left alone after so many contacts in a sliding
window (`CONTACT_CAPS`), by channel and in all. Each no is a row of `HeldBack` with the rule that caused it.

The caps count touches of ours and messages not withdrawn. Whoever is about to contact locks the clients first (`lock`), in ascending id;
then two contacts at once never both fit under a cap that has room for one.

`would_hold_back` asks the same of instants that have passed, as was known then, and counts nothing: a rehearsal contacts nobody.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
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
             AND k.channel IN ('every', %(channel)s) {k_by_then} ORDER BY k.at DESC, k.id DESC LIMIT 1)"""
TOUCHES = """(SELECT count(*) FROM clients_touch t WHERE t.client_id = c.id AND NOT t.by_client AND t.at > {since} {t_by_then})"""
MESSAGES = """(SELECT count(*) FROM clients_message m WHERE m.client_id = c.id AND m.purpose = ANY(%(asked_for)s)
               AND m.state NOT IN ('lapsed', 'failed') AND m.due_at > {since} {m_by_then})"""
JUDGE = f"""
SELECT {{which}}, coalesce(nullif(c.time_zone, ''), city.time_zone, %(office)s),
    CASE WHEN c.merged_into_id IS NOT NULL OR c.erased_at IS NOT NULL THEN 'gone'
         WHEN NOT coalesce({NEWEST.replace("{purpose}", "'everything'")}, true) THEN 'do_not_contact'
         WHEN NOT coalesce({NEWEST.replace("{purpose}", "%(purpose)s")}, false) THEN 'no_consent'
         WHEN {TOUCHES.replace("{t_by_then}", "AND t.channel = %(channel)s {t_by_then}")}
              + CASE WHEN %(channel)s = 'message' THEN {MESSAGES} ELSE 0 END {{more}} >= %(most)s THEN 'cap_channel'
         WHEN {TOUCHES.replace("{since}", "{since_all}")}
              + {MESSAGES.replace("{since}", "{since_all}")} {{more_all}} >= %(most_all)s THEN 'cap_all'
    END
FROM {{whose}} LEFT JOIN places_city city ON city.slug = c.city_id {{those}}
"""  # noqa: S608 - our own parts
JUDGED = JUDGE.format(
    which="c.id",
    whose="clients_client c",
    those="WHERE c.id = ANY(%(ids)s)",
    since="%(since)s",
    since_all="%(since_all)s",
    **dict.fromkeys(("k_by_then", "t_by_then", "m_by_then", "more", "more_all"), ""),
)
"""Now. A word or contact that another clock dates a moment later counts as well."""
WOULD = JUDGE.format(
    which="w.place",
    whose="""unnest(%(ids)s::bigint[], %(ats)s::timestamptz[], %(more)s::int[], %(more_all)s::int[]) WITH ORDINALITY
             AS w (client_id, at, more, more_all, place) JOIN clients_client c ON c.id = w.client_id""",
    those="ORDER BY w.place",
    since="w.at - %(window)s",
    since_all="w.at - %(window_all)s",
    k_by_then="AND k.at <= w.at",
    t_by_then="AND t.at <= w.at",
    m_by_then="AND m.due_at <= w.at",
    more="+ w.more",
    more_all="+ w.more_all",
)
"""At instants that have passed."""
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


class Wish(NamedTuple):
    """A contact that somebody would have wished to make at an instant, after others `made` in the same rehearsal: when, and how."""

    client_id: int
    at: datetime
    made: Sequence[tuple[datetime, str]] = ()


def would_hold_back(wishes: Sequence[Wish], *, purpose: str, channel: Channel) -> list[Rule | None]:
    """For each wish the rule that would have held it back, as was known at that instant; quiet hours apart. Nothing is counted."""
    if not wishes:
        return []
    caps = _caps(channel)
    window, window_all = caps["window"], caps["window_all"]
    facts: dict[str, Any] = caps | {
        "purpose": purpose,
        "channel": channel,
        "ids": [each.client_id for each in wishes],
        "ats": [each.at for each in wishes],
        "more": [sum(how == channel and at > each.at - window for at, how in each.made) for each in wishes],
        "more_all": [sum(at > each.at - window_all for at, _how in each.made) for each in wishes],
    }
    with connection.cursor() as cursor:
        cursor.execute(WOULD, facts)
        return [Rule(rule) if rule else None for _place, _zone, rule in cursor.fetchall()]


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


def agreed(client_id: int) -> dict[str, dict[str, bool | None]]:
    """By purpose and channel what the client's newest word allows; None where they were never asked."""
    words = list(Consent.objects.filter(client_id=client_id).order_by("-at", "-pk"))

    def newest(purpose: str, channel: str) -> bool | None:
        said = (
            each.given
            for each in words
            if each.purpose == purpose and each.channel in (Consent.EVERY, channel)
        )
        return next(said, None)

    def may(purpose: str, channel: str) -> bool | None:
        return False if newest(Consent.Purpose.EVERYTHING, channel) is False else newest(purpose, channel)

    asked = (Consent.Purpose.CARE, Consent.Purpose.OFFER)
    return {purpose: {each: may(purpose, each) for each in Channel.values} for purpose in asked}


def counts(*, since: datetime) -> dict[str, int]:
    """How many contacts each rule has held back since then."""
    rows = HeldBack.objects.filter(at__gte=since).values_list("rule").annotate(Count("pk")).order_by("rule")
    return dict(rows)


def is_quiet(at: datetime, zone: str) -> bool:
    """Whether nobody is to be disturbed at that instant where they live."""
    begin, end = settings.QUIET_HOURS
    return not end <= at.astimezone(ZoneInfo(zone)).time() < begin


def after_quiet(at: datetime, zone: str) -> datetime:
    """The first instant from `at` on when somebody who lives there may be disturbed."""
    if not is_quiet(at, zone):
        return at
    begin, end = settings.QUIET_HOURS
    local = at.astimezone(ZoneInfo(zone))
    morning = local.date() + timedelta(days=local.time() >= begin)
    return datetime.combine(morning, end, ZoneInfo(zone)).astimezone(UTC)


def against(
    client_ids: Collection[int], *, purpose: str, channel: Channel, now: datetime, waits: bool = False
) -> dict[int, Rule]:
    """As `held_back`, for who only asks: nothing is counted."""
    caps = _caps(channel)
    facts: dict[str, Any] = caps | {
        "ids": list(client_ids),
        "purpose": purpose,
        "channel": channel,
        "since": now - caps["window"],
        "since_all": now - caps["window_all"],
    }
    with connection.cursor() as cursor:
        cursor.execute(JUDGED, facts)
        rows = cursor.fetchall()
    found = {pk: Rule(rule) for pk, _zone, rule in rows if rule}
    quiet = {zone: not waits and is_quiet(now, zone) for zone in {zone for _pk, zone, _rule in rows}}
    return found | {pk: Rule.QUIET_HOURS for pk, zone, rule in rows if not rule and quiet[zone]}


def _caps(channel: Channel) -> dict[str, Any]:
    """What the rules need to know besides the client and the instant."""
    most, days = settings.CONTACT_CAPS.get(channel, NO_CAP)
    most_all, days_all = settings.CONTACT_CAPS.get(ALL, NO_CAP)
    return {
        "most": most,
        "window": timedelta(days=days),
        "most_all": most_all,
        "window_all": timedelta(days=days_all),
        "asked_for": list(Message.ASKED_FOR),
        "office": settings.TIME_ZONE,
    }
