"""What the house writes to a client about a standing order, in their language, through the outbox."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta

from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import override, pgettext

from guinda.base.texts import pick
from guinda.catalog.models import Variety
from guinda.clients.messages import enqueue
from guinda.clients.models import Message
from guinda.orders.standing.asking import Trouble
from guinda.orders.standing.models import StandingOrder, Visit
from guinda.orders.standing.visits import question_key

TOLD_S = 12 * 3600
"""That nothing came is worth saying for so long after the wished hour."""


def tell_made(standing: StandingOrder, *, now: datetime) -> None:
    """It stands, and here is its page: also how a client learns of one that somebody else made in their name."""
    with override(standing.language):
        text = _(
            "Guinda: your standing order is made: %(days)s, at your door by %(hour)s. Change, skip or end it here: %(url)s"
        ) % {"days": weekdays_text(standing), "hour": hour_text(standing.hour), "url": page_of(standing)}
    lapses_at = now + timedelta(days=2)
    _send(standing, key=f"standing:{standing.pk}:made", text=text, lapses_at=lapses_at, now=now)


def ask(visit: Visit, trouble: Trouble, *, now: datetime) -> None:
    """The question with a link to the choices; it lapses when the day is decided."""
    with override(visit.standing.language):
        facts = {
            "day": day_text(visit.date),
            "fruit": names(trouble.troubled),
            "url": page_of(visit.standing),
            "by": when_text(visit.answer_by, visit.standing),
        }
        if trouble.dearer and not trouble.short:
            text = _(
                "Guinda: for %(day)s, %(fruit)s costs more than you agreed to. Take it, choose another or skip: %(url)s "
                "Without your answer by %(by)s we bring nothing that day."
            )
        elif trouble.troubled:
            text = _(
                "Guinda: for %(day)s there is not enough %(fruit)s. Choose another, wait or skip: %(url)s "
                "Without your answer by %(by)s we bring nothing that day."
            )
        else:
            text = _(
                "Guinda: for %(day)s we can't put your bowl together. Choose another, wait or skip: %(url)s "
                "Without your answer by %(by)s we bring nothing that day."
            )
        text %= facts
    _send(visit.standing, key=question_key(visit), text=text, lapses_at=visit.answer_by, now=now)


def tell_not_coming(visit: Visit, *, now: datetime) -> None:
    """Why nothing comes that day, and that nothing is owed."""
    sentences = {
        Visit.Answer.SILENT: _silent,
        Visit.Answer.WAIT: _waited,
        Visit.Answer.NONE: _our_fault,
    }
    with override(visit.standing.language):
        text = sentences[Visit.Answer(visit.answer)]() % {
            "day": day_text(visit.date),
            "url": page_of(visit.standing),
        }
    key, lapses_at = f"visit:{visit.pk}:not_coming", visit.wished_at + timedelta(seconds=TOLD_S)
    _send(visit.standing, key=key, text=text, lapses_at=lapses_at, now=now)


def _silent() -> str:
    return _("Guinda: we had no answer from you, so nothing comes on %(day)s and you owe nothing: %(url)s")


def _waited() -> str:
    return _(
        "Guinda: the fruit you waited for did not come in, so nothing comes on %(day)s. We are sorry; you owe nothing: %(url)s"
    )


def _our_fault() -> str:
    return _(
        "Guinda: we did not manage your bowl for %(day)s in time. It is our fault and we are sorry; you owe nothing: %(url)s"
    )


def tell_ordered(visit: Visit, spoken_code: str, *, total: str, now: datetime) -> None:
    """It is ordered: the day, the sum to have ready, and the code the courier will ask for."""
    with override(visit.standing.language):
        text = _(
            "Guinda: your bowl is ordered for %(at)s, %(total)s in cash. Code for the courier: %(code)s. Skip it here: %(url)s"
        ) % {
            "at": when_text(visit.wished_at, visit.standing),
            "total": total,
            "code": spoken_code,
            "url": page_of(visit.standing),
        }
    _send(visit.standing, key=f"visit:{visit.pk}:ordered", text=text, lapses_at=visit.wished_at, now=now)


def ask_to_pay(visit: Visit, pay_url: str, *, total: str, now: datetime) -> None:
    """By card: the order is made and its fruit is kept until the day is decided."""
    with override(visit.standing.language):
        text = _("Guinda: your bowl for %(day)s is kept for you. Pay %(total)s by %(by)s: %(url)s") % {
            "day": day_text(visit.date),
            "total": total,
            "by": when_text(visit.answer_by, visit.standing),
            "url": settings.SITE_URL + pay_url,
        }
    _send(visit.standing, key=f"visit:{visit.pk}:pay", text=text, lapses_at=visit.answer_by, now=now)


def _send(standing: StandingOrder, *, key: str, text: str, lapses_at: datetime, now: datetime) -> None:
    enqueue(
        key=key,
        purpose=Message.Purpose.QUESTION,
        phone=standing.client.phone or standing.made_from.phone,
        client_id=standing.client_id,
        city=standing.city,
        language=standing.language,
        text=text,
        lapses_at=lapses_at,
        now=now,
    )


def page_of(standing: StandingOrder) -> str:
    """The whole address of the client's page."""
    return settings.SITE_URL + standing.get_absolute_url()


def day_text(day: date) -> str:
    """`Thursday 25 June`."""
    # Translators: Django's date format for a day with its weekday
    return date_format(day, pgettext("date format", "l j F"))


def when_text(at: datetime, standing: StandingOrder) -> str:
    """`Thu 25 June, 16:00` on the city's clock."""
    # Translators: Django's date format for an hour on a day with its weekday
    return date_format(at.astimezone(standing.zone), pgettext("date format", "D j F, H:i"))


def hour_text(hour: int) -> str:
    """`18:00`."""
    return f"{hour:02d}:00"


def weekdays_text(standing: StandingOrder) -> str:
    """`Mon, Thu`, or every day."""
    if len(standing.weekdays) == 7:
        return _("every day")
    return ", ".join(date_format(MONDAY + timedelta(days=day), "D") for day in standing.weekdays)


MONDAY = date(2024, 1, 1)
"""Some Monday: its week names the days."""


def names(varieties: Collection[str]) -> str:
    """The varieties' names in the language being spoken."""
    return ", ".join(pick(row.name) for row in Variety.objects.filter(slug__in=varieties).order_by("slug"))
