"""Plans are asked for by a person or by the night, and made by a worker: gathered, solved, checked, written down."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

import numpy as np
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from guinda.base.office import end_of, today_of
from guinda.base.refusals import Refusal
from guinda.journal.services import record
from guinda.planner import candidates as gathering
from guinda.planner import pinning, solving, spent
from guinda.planner.asking import Asked, read, usual
from guinda.planner.candidates import Candidates
from guinda.planner.keeping import keep_by_night
from guinda.planner.models import Choice, LeftOut, Pin, Plan, Trial
from guinda.planner.queries import currencies, in_force
from guinda.planner.reserving import CHANCE
from guinda.planner.solving import Given, How, Made

logger = logging.getLogger(__name__)
NIGHTS = UUID("9d8a3f60-51a3-4d0e-9a68-0c3f5cb1a4d7")
BY_NIGHT = "system"
NIGHT_BEGINS = timedelta(hours=4)
"""UTC: after the night's segments have let clients into plays."""
SILENCE = timedelta(minutes=10)
"""Whoever makes a plan and gives no sign for so long is taken for dead: another worker begins anew."""
WATCHED = timedelta(days=30)
"""How long what is hoped for is waited for after a trial."""
LOOKED_AT = timedelta(days=7)
BATCH = 5_000


def ask(*, key: UUID, asked: Asked, currency: str, by: str, now: datetime) -> Plan:
    """Have a plan for today made with these; what is kept changes only when it is kept. The same key is the same plan."""
    facts = {
        "date": today_of(now),
        "currency": currency,
        "asked": asked.plain(),
        "seed": now.toordinal(),
        "asked_by": by,
        "asked_at": now,
    }
    with transaction.atomic():
        plan, made = Plan.objects.get_or_create(key=key, defaults=facts)
        if made:
            record(kind="plan.asked", ref=plan.ref, by=by, at=now, data={"budget_minor": asked.budget_minor})
    return plan


def ask_nightly(*, now: datetime) -> int:
    """Ask for today's plan in each currency whose last kept one said so; returns how many.

    Once a day, however many workers, and not where a person has kept one of today.
    """
    done = 0
    tonight = today_of(now - NIGHT_BEGINS)
    for currency in currencies() if tonight == today_of(now) else ():
        asked = usual(currency)
        key = uuid5(NIGHTS, f"{currency}:{tonight}")
        asked_already = Plan.objects.filter(key=key).exists() or in_force(tonight, currency)
        if asked.by_itself and not asked_already:
            ask(key=key, asked=asked, currency=currency, by=BY_NIGHT, now=now)
            done += 1
    return done


def forget_plans(*, now: datetime, limit: int = 20) -> int:
    """Delete plans only looked at a week after they were asked for, and of kept ones which messages they left out; returns of how many."""
    old = Plan.objects.filter(asked_at__lt=now - LOOKED_AT).order_by("asked_at", "pk")
    ids = list(old.filter(kept_at=None).values_list("pk", flat=True)[:limit])
    kept = list(
        old.filter(left_out__isnull=False, kept_at__isnull=False).values_list("pk", flat=True)[:limit]
    )
    LeftOut.objects.filter(plan__in=kept).delete()
    Plan.objects.filter(pk__in=ids, kept_at=None).delete()
    return len(ids) + len(kept)


def make_next(*, now: datetime) -> int:
    """Make the plan that waits longest; returns how many were made. One that fails says why."""
    waiting = Q(state=Plan.State.ASKED) | Q(state=Plan.State.MAKING, seen_at__lt=now - SILENCE)
    plan = _claimed(waiting, now)
    if plan is None:
        return 0
    make_claimed(plan, now=now)
    return 1


def make_this(plan: Plan, *, now: datetime, engine: str = "threads") -> None:
    """Make this very plan here, unless a worker was faster."""
    claimed = _claimed(Q(pk=plan.pk, state=Plan.State.ASKED), now)
    if claimed:
        make_claimed(claimed, now=now, engine=engine)


def make_claimed(plan: Plan, *, now: datetime, engine: str = "threads") -> None:
    """Make it; one that fails says why."""
    try:
        make(plan, now=now, engine=engine)
    except Exception as error:
        logger.exception("%s can't be made", plan)
        said = (
            str(error.sentence)
            if isinstance(error, Refusal)
            else _("Something went wrong. The log says what; ask again.")
        )
        Plan.objects.filter(pk=plan.pk, state=Plan.State.MAKING).update(
            state=Plan.State.FAILED, fault=said[:300]
        )


def _claimed(waiting: Q, now: datetime) -> Plan | None:
    with transaction.atomic():
        rows = Plan.objects.select_for_update(skip_locked=True).filter(waiting).order_by("asked_at", "pk")
        plan = rows.first()
        if plan:
            Plan.objects.filter(pk=plan.pk).update(
                state=Plan.State.MAKING, seen_at=now, doing="waiting", done_percent=0
            )
    return plan


def make(plan: Plan, *, now: datetime, engine: str = "threads") -> None:
    """Gather, solve, check, write. What is written is one transaction; who comes second finds it done."""
    began = time.perf_counter()

    def told(doing: str, percent: int) -> None:
        passed = timedelta(seconds=time.perf_counter() - began)
        Plan.objects.filter(pk=plan.pk).update(doing=doing, done_percent=percent, seen_at=now + passed)

    told("clients", 1)
    asked = read(plan.asked)
    given = spent.of_today(currency=plan.currency, now=now)
    found = gathering.gather(
        currency=plan.currency,
        now=now,
        until=end_of(plan.date),
        given=given,
        each=asked.each,
        told=lambda done, of: told("sieves", 2 + 28 * done // max(1, of)),
    )
    told("worth", 30)
    if not len(found.clients):
        raise Refusal(
            "nothing_to_plan",
            _("There is nobody to offer anything: no tool fits anybody today, and no step is due."),
        )
    pins = pinning.of_clients(found.clients.tolist(), currency=plan.currency, today=plan.date)
    made = solving.make(spent.left(asked, given), found, pins, how=How(plan.seed, engine), told=told)
    told("writing", 90)
    took = timedelta(seconds=time.perf_counter() - began)
    _write(plan, found, made, pins, took=took, now=now)


@transaction.atomic
def _write(
    plan: Plan, found: Candidates, made: Made, pins: Sequence[Pin], *, took: timedelta, now: datetime
) -> None:
    still = Plan.objects.select_for_update().filter(pk=plan.pk, state=Plan.State.MAKING).first()
    if still is None:
        return
    rows = _choices(plan, found, made.given, pinning.first(pins))
    unmet = [*made.reserved.unmet, *pinning.not_chosen(pins, {each.client_id for each in rows})]
    Choice.objects.bulk_create(rows, batch_size=BATCH)
    left_out = _left_out(found, rows)
    if left_out:
        LeftOut.objects.create(plan=plan, runs=list(left_out), numbers=list(left_out.values()))
    Trial.objects.bulk_create(_trials(plan, found, made, now), batch_size=BATCH)
    facts: dict[str, Any] = {
        "state": Plan.State.READY,
        "doing": "",
        "done_percent": 100,
        "made_at": now,
        "clients": len(found.clients),
        "candidates": found.pairs,
        "chosen": len(rows),
        "adds_minor": made.value,
        "bound_minor": made.bound,
        "cost_minor": sum(each.cost_minor for each in rows),
        "pins_cost_minor": made.pins_cost,
        "learning_cost_minor": made.learning_cost,
        "limits": made.limits,
        "curve": made.curve,
        "shorts": made.shorts,
        "left_out_count": len(left_out),
        "unmet": [{"pin": pin, "why": why} for pin, why in unmet],
        "learned": list(found.learned),
        "took_ms": round(took.total_seconds() * 1000),
    }
    Plan.objects.filter(pk=plan.pk).update(**facts)
    record(
        kind="plan.made",
        ref=plan.ref,
        by=BY_NIGHT,
        at=now,
        data={"adds_minor": made.value, "chosen": len(rows)},
    )
    if plan.asked_by == BY_NIGHT:
        keep_by_night(plan_id=plan.pk, by=BY_NIGHT, now=now)


def _choices(plan: Plan, found: Candidates, given: Sequence[Given], first: set[int]) -> list[Choice]:
    """A row for each, in the order of each seller's day: who a person put first, then what adds most a minute."""
    made = [_choice(plan, found, each) for each in given]
    made.sort(
        key=lambda each: (
            each.client_id not in first,
            -each.adds_minor / max(1, each.minutes),
            each.client_id,
        )
    )
    places: dict[str, int] = {}
    for each in made:
        places[each.seller] = each.place = places.get(each.seller, 0) + 1
    return made


def _choice(plan: Plan, found: Candidates, given: Given) -> Choice:
    row, column = given.row, given.column
    action, reason = found.actions[column], given.reason
    seller = int(found.seller[row]) if action.tool or action.minutes else -1
    second = reason.second if reason else -1
    return Choice(
        plan=plan,
        client_id=int(found.clients[row]),
        tool=action.tool,
        run_id=int(found.runs[row, column]) or None,
        action=action.key,
        channel=action.channel,
        seller=found.sellers[seller] if seller >= 0 else "",
        minutes=action.minutes,
        cost_minor=int(found.cost[row, column]),
        adds_minor=int(found.adds[row, column]),
        chance=float(found.chance[row, column]),
        rest_minor=int(found.rest[row]),
        basis=found.basis[column],
        why=given.why,
        second=found.actions[second].key if second >= 0 else "",
        second_minor=reason.second_value if reason and second >= 0 else 0,
        decided_by=(reason.decided_by or "") if reason and given.why == Choice.Why.BEST else "",
    )


def _left_out(found: Candidates, rows: Sequence[Choice]) -> dict[int, int]:
    """The runs of messages that are not chosen, with how many steps are behind each."""
    chosen = {each.run_id for each in rows}
    return {run_id: number for run_id, number in found.messages.items() if run_id not in chosen}


def _trials(plan: Plan, found: Candidates, made: Made, now: datetime) -> list[Trial]:
    tool = np.array([each.tool.pk if each.tool else 0 for each in found.actions])
    return [
        Trial(
            plan=plan,
            client_id=int(found.clients[each.row]),
            tool_id=int(tool[each.column]),
            at=now,
            treated=each.treated,
            chance=CHANCE,
            until_at=now + WATCHED,
        )
        for each in made.reserved.trials
    ]
