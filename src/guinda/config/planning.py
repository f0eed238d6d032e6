"""`guinda plan`: today's plan made here and now, told in figures; kept only when that is asked for."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING
from uuid import uuid4

from guinda.config.cli import Mistake, set_up

if TYPE_CHECKING:
    from guinda.planner.models import Plan

BY = "guinda plan"


def run(chosen: argparse.Namespace) -> int:
    """Make it, print it, keep it where that was asked for."""
    set_up()
    from guinda.base import clock  # deferred: `guinda plan --help` needs no database
    from guinda.base.refusals import Refusal
    from guinda.planner import keeping, making
    from guinda.planner.asking import read, usual
    from guinda.planner.models import Plan
    from guinda.planner.queries import currencies

    now = clock.now()
    currency = chosen.currency or next(iter(currencies()), "")
    if not currency:
        raise Mistake("There is no tool to offer yet. Add one in the office under Offers, Tools.")
    asked = usual(currency)
    given = {
        "budget_minor": chosen.budget,
        "messages": chosen.messages,
        "each": chosen.each,
        "learning_percent": chosen.learning,
    }
    try:
        asked = read(asked.plain() | {name: value for name, value in given.items() if value is not None})
    except Refusal as refusal:
        raise Mistake(f"{refusal.facts['field']}: {refusal.sentence}") from None
    plan = making.ask(key=uuid4(), asked=asked, currency=currency, by=BY, now=now)
    try:
        making.make_this(plan, now=now, engine=chosen.engine)
        while (plan := Plan.objects.get(pk=plan.pk)).state in (Plan.State.ASKED, Plan.State.MAKING):
            time.sleep(1)  # a worker was faster: it makes it
        if chosen.keep and plan.state == Plan.State.READY:
            plan = keeping.keep(plan_id=plan.pk, by=BY, now=now)
    except Refusal as refusal:
        raise Mistake(str(refusal.sentence)) from None
    print("\n".join(_told(plan)))
    return 0 if plan.state in (Plan.State.READY, Plan.State.KEPT) else 1


def _told(plan: Plan) -> Iterator[str]:
    """The plan as people read it."""
    from guinda.base.shown import amount
    from guinda.planner import words

    if plan.fault:
        yield plan.fault
        return
    yield f"Plan {plan.pk} of {plan.date}, {plan.get_state_display()}: {plan.chosen:,} of {plan.candidates:,} candidates."
    yield f"Expected to add {amount(plan.adds_minor, plan.currency)}. {words.certificate(plan)}"
    if left_out := words.left_out(plan):
        yield left_out
    yield f"It costs {amount(plan.cost_minor, plan.currency)} at the most. Made in {plan.took_ms / 1000:.1f} s."
    for limit in plan.limits:
        yield f"  {words.price(limit, plan.currency)}"
