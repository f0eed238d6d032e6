"""What the client book knows: who they are, what they agreed to, when they were last contacted."""

from __future__ import annotations

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from guinda.clients.models import Channel, Client, Consent
from guinda.places.models import City
from guinda.plays.facts.rows import Choices, Fact, Kind, Source

TOUCHED = Source(
    "touched",
    """SELECT m.moment, max(t.at) AS last_at, count(*) AS n
       FROM moment m JOIN clients_touch t ON t.client_id = m.client_id AND t.at <= m.at AND NOT t.by_client
       GROUP BY m.moment""",
)
COMPLAINED = Source(
    "complained",
    """SELECT m.moment, count(*) AS n FROM moment m JOIN clients_complaint k ON k.client_id = m.client_id
           AND k.at <= m.at AND (k.closed_at IS NULL OR k.closed_at > m.at) GROUP BY m.moment""",
)


def _cities() -> Choices:
    return [(each.slug, each.name) for each in City.objects.order_by("name")]


def _languages() -> Choices:
    return list(settings.LANGUAGES)


def _kinds() -> Choices:
    return list(Client.Kind.choices)


def _word(purpose: str, channels: str, name: str) -> Source:
    """The newest word on a purpose through a channel, as `clients.contacting` reads it."""
    return Source(
        name,
        f"""SELECT DISTINCT ON (m.moment) m.moment, k.given
            FROM moment m JOIN clients_consent k ON k.client_id = m.client_id AND k.at <= m.at
            WHERE k.purpose = '{purpose}' AND k.channel IN ({channels})
            ORDER BY m.moment, k.at DESC, k.id DESC""",  # noqa: S608 - our own words
    )


def _agreed(name: str, label: object, purpose: Consent.Purpose, channel: Channel) -> Fact:
    source = _word(purpose.value, f"'{Consent.EVERY}', '{channel.value}'", f"word_{name}")
    return Fact(name, label, Kind.YES_NO, f"coalesce({source.name}.given, false)", source)  # type: ignore[arg-type]


NO_TO_ALL = _word(Consent.Purpose.EVERYTHING.value, f"'{Consent.EVERY}'", "no_to_all")

FACTS = (
    Fact("kind", _("person or company"), Kind.CHOICE, "c.kind", choices=_kinds, fixed=True),
    Fact("language", _("language"), Kind.CHOICE, "c.language", choices=_languages, fixed=True),
    Fact("city", _("city"), Kind.CHOICE, "c.city_id", choices=_cities),
    Fact("client_since", _("client since"), Kind.DATE, "(c.since_at AT TIME ZONE m.zone)::date"),
    Fact("has_telephone", _("has a telephone"), Kind.YES_NO, "c.phone IS NOT NULL"),
    Fact("has_email", _("has an e-mail address"), Kind.YES_NO, "c.email <> ''"),
    Fact(
        "last_contact",
        _("last contacted by us"),
        Kind.DATE,
        "(touched.last_at AT TIME ZONE m.zone)::date",
        TOUCHED,
    ),
    Fact("contacts", _("contacts by us so far"), Kind.NUMBER, "coalesce(touched.n, 0)", TOUCHED),
    Fact("open_complaint", _("has an open complaint"), Kind.YES_NO, "complained.n IS NOT NULL", COMPLAINED),
    _agreed("agrees_to_care", _("agrees to care by message"), Consent.Purpose.CARE, Channel.MESSAGE),
    _agreed("agrees_to_offers", _("agrees to offers by message"), Consent.Purpose.OFFER, Channel.MESSAGE),
    _agreed("agrees_to_calls", _("agrees to offers by telephone"), Consent.Purpose.OFFER, Channel.CALL),
    Fact(
        "do_not_contact",
        _("does not want to be contacted"),
        Kind.YES_NO,
        "NOT coalesce(no_to_all.given, true)",
        NO_TO_ALL,
    ),
)
