"""A plan is kept: it replaces the day's plan before it, and its choices go to who does them.

Sellers' steps that are due are on today's lists already, and the plan puts them in order. Plays' own offers by message go when they are
due, but for those that the plan left out. An offer by telephone becomes a run of the play that begins with `plan.chosen`. An offer by
message is drafted and presented as any other, so every sieve, cap and approval rule is asked once more at that moment; whom it may not be
sent to is refused with the reason.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from datetime import date, datetime
from uuid import UUID, uuid5

from django.contrib.auth.models import User
from django.db import DatabaseError, connection, transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guinda.base.office import end_of, today_of
from guinda.base.refusals import Refusal
from guinda.clients import contacting
from guinda.clients.models import Channel
from guinda.journal.services import record
from guinda.offers import making as offering
from guinda.offers.models import Offer
from guinda.offers.terms import Terms
from guinda.planner import fitting
from guinda.planner.models import CHOSEN, Choice, Plan, Trial
from guinda.plays import moving
from guinda.plays.events import Subject
from guinda.plays.models import Play, Run

logger = logging.getLogger(__name__)
KEYS = UUID("5f1de4a9-6e0b-4a5a-8f55-53d6b4dfb2c1")
BATCH = 50
WENT_WRONG = gettext_lazy("Something went wrong. The log says what.")
NO_PLAY = gettext_lazy(
    "No play begins with what a plan chooses. Switch on “The offer of the plan” among the plays."
)


@transaction.atomic
def keep(*, plan_id: int, by: str, now: datetime) -> Plan:
    """Put a ready plan of today in force in place of the one before; kept already is no error.

    Raises:
        Refusal: `no_such_plan`, `plan_not_ready`, `plan_of_another_day`, `no_play_begins`.
    """
    plan = Plan.objects.filter(pk=plan_id).first()
    if plan is None:
        raise Refusal("no_such_plan", _("There is no such plan. Reload the page."), status=404)
    _turn(plan.date)
    plan.refresh_from_db()
    if plan.state == Plan.State.KEPT:
        return plan
    if plan.state != Plan.State.READY:
        raise Refusal(
            "plan_not_ready", _("Only a plan that is ready can be kept. Wait for it, or ask for another.")
        )
    if plan.date != today_of(now):
        raise Refusal("plan_of_another_day", _("This plan was made for another day. Ask for one for today."))
    calls = Choice.objects.filter(plan=plan, tool__isnull=False).exclude(channel=Channel.MESSAGE)
    if calls.exists() and not _play_is_on():
        raise Refusal("no_play_begins", NO_PLAY)
    for each in Plan.objects.filter(date=plan.date, currency=plan.currency, state=Plan.State.KEPT):
        _replace(each)
    fitting.outdate(plan, now=now, until=end_of(plan.date))
    _take_back(plan.currency, now)
    Plan.objects.filter(pk=plan.pk).update(state=Plan.State.KEPT, kept_by=by, kept_at=now)
    steps = Choice.objects.filter(plan=plan, run__isnull=False, state=Choice.State.PLANNED)
    steps.update(state=Choice.State.GIVEN, given_at=now)
    record(kind="plan.kept", ref=plan.ref, by=by, at=now, data={"adds_minor": plan.adds_minor})
    plan.refresh_from_db()
    return plan


@transaction.atomic
def keep_by_night(*, plan_id: int, by: str, now: datetime) -> None:
    """The same, unless a person kept one of today meanwhile: theirs stays."""
    plan = Plan.objects.get(pk=plan_id)
    _turn(plan.date)
    if not Plan.objects.filter(date=plan.date, currency=plan.currency, state=Plan.State.KEPT).exists():
        keep(plan_id=plan_id, by=by, now=now)


def _turn(day: date, *, lock: str = "pg_advisory_xact_lock") -> bool:
    """Until the transaction ends nobody else keeps a plan of that day; who gives choices out shares the turn with others who do."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {lock}(hashtextextended(%s, 0))", [f"plan.keep:{day}"])
        return bool(cursor.fetchone()[0])


def try_turn(day: date) -> bool:
    """Share the turn of that day, without waiting; False while a plan is being kept."""
    return _turn(day, lock="pg_try_advisory_xact_lock_shared")


def _play_is_on() -> bool:
    return Play.objects.filter(event=CHOSEN, state=Play.State.ON).exists()


def _replace(plan: Plan) -> None:
    """Trials of which nothing was given are no trials; the others stand as they were thrown, whatever came of them."""
    Plan.objects.filter(pk=plan.pk).update(state=Plan.State.REPLACED)
    if not Choice.objects.filter(plan=plan, tool__isnull=False, state=Choice.State.GIVEN).exists():
        Trial.objects.filter(plan=plan).delete()


def _take_back(currency: str, now: datetime) -> None:
    """What earlier plans listed and nobody did leaves the lists; what a client asked to be called back about stays."""
    rows = dict(left_over(currency).values_list("pk", "client_id"))
    contacting.lock(set(rows.values()))
    moving.leave(left_over(currency).filter(pk__in=rows).values_list("pk", flat=True), Run.Why.TIME, now=now)


def left_over(currency: str) -> QuerySet[Run]:
    """Runs that a plan began and whose first call nobody made or put off."""
    listed = Run.objects.filter(state=Run.State.LISTED, play__event=CHOSEN, city__currency=currency)
    return listed.filter(number=0, due_at__lte=F("step_at"))


def give(*, now: datetime, batch: int = BATCH) -> int:
    """Give out choices of today's kept plans; returns how many. Any number of workers may give at once, each choice goes once."""
    done = 0
    while done < batch and _give_next(now):
        done += 1
    return done


@transaction.atomic
def _give_next(now: datetime) -> bool:
    """One at a time: a client's offer is one transaction, as when a seller makes it."""
    _turn(today_of(now), lock="pg_advisory_xact_lock_shared")
    kept = Plan.objects.filter(state=Plan.State.KEPT, date=today_of(now))
    waiting = Choice.objects.filter(plan__in=kept, state=Choice.State.PLANNED)
    claimed = waiting.select_for_update(skip_locked=True, of=("self",)).select_related("tool", "plan")
    choice = claimed.order_by("pk").first()
    if choice is None:
        return False
    facts: dict[str, object] = {"state": Choice.State.GIVEN, "given_at": now}
    if choice.channel == Channel.MESSAGE:
        try:
            with transaction.atomic():
                _present(choice, now)
        except Refusal as refusal:
            facts = {"state": Choice.State.REFUSED, "said": str(refusal.sentence)[:300]}
        except DatabaseError:
            raise  # the next round tries it again
        except Exception:
            logger.exception("%s can't be given out", choice)
            facts = {"state": Choice.State.REFUSED, "said": str(WENT_WRONG)}
    elif not _play_is_on():
        facts = {"state": Choice.State.REFUSED, "said": str(NO_PLAY)}
    else:
        record(kind=CHOSEN, ref=choice.ref, by=choice.plan.kept_by, at=now)
    Choice.objects.filter(pk=choice.pk).update(**facts)
    return True


def _present(choice: Choice, now: datetime) -> None:
    """The offer, written and sent; where nobody may give so much, it waits drafted for who may."""
    seller = User.objects.filter(username=choice.seller).first()
    if seller is None or choice.tool is None:
        raise Refusal("no_seller", _("There is no seller in whose name it could be offered."))
    wanted = offering.Wanted(
        key=uuid5(KEYS, choice.ref),
        client_id=choice.client_id,
        tool=choice.tool,
        terms=Terms(),
        seller=seller,
        channel=Channel.MESSAGE,
    )
    offer = offering.draft(wanted, now=now)
    if offer.state == Offer.State.APPROVED:
        offering.present(offer=offer, user=seller, channel=Channel.MESSAGE, now=now)


def by_choice(refs: Collection[str]) -> Mapping[str, Subject]:
    """The clients of choices, named as `choice:NUMBER`, for plays."""
    numbers = [int(number) for ref in refs if (number := ref.removeprefix("choice:")).isdecimal()]
    rows = Choice.objects.filter(pk__in=numbers).values_list("pk", "client_id", "client__city_id")
    return {f"choice:{pk}": Subject(client_id, city_id) for pk, client_id, city_id in rows}
