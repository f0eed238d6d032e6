"""What today's kept plans have given already: a second plan of the day begins where the first stands, and a day has its hours once.

A message counts from when it was given out, a play's own also where no plan chose it, a seller's call or step from when it was done: what
was listed and not done, and what has not gone yet, is the new plan's to decide about.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.db import connection

from guinda.base.office import begin_of, today_of
from guinda.clients.models import Client
from guinda.planner.asking import CAPACITIES, MESSAGE, Asked, takes
from guinda.planner.models import CHOSEN
from guinda.plays import outgoing, today

TODAYS = """
SELECT ch.client_id, ch.action, c.kind, ch.channel, coalesce(tool.kind, ''), ch.cost_minor, ch.minutes, ch.seller, p.currency,
    p.state = 'kept' AND ch.state IN ('planned', 'given'),
    ch.channel = 'message' AND ch.state = 'given' OR EXISTS (
        SELECT FROM plays_stepdone d JOIN plays_run r ON r.id = d.run_id
        WHERE r.client_id = ch.client_id AND d.key IS NOT NULL AND d.at >= CASE WHEN ch.run_id IS NULL THEN ch.given_at ELSE p.made_at END
          AND (r.id = ch.run_id OR ch.tool_id IS NOT NULL AND r.play_id IN (SELECT id FROM plays_play WHERE event = %(chosen)s)))
FROM planner_choice ch JOIN planner_plan p ON p.id = ch.plan_id AND p.kept_at IS NOT NULL AND p.date = %(date)s
JOIN clients_client c ON c.id = ch.client_id LEFT JOIN offers_tool tool ON tool.id = ch.tool_id
WHERE ch.tool_id IS NOT NULL OR ch.channel <> 'message' ORDER BY ch.id
"""
DRAWN = """
SELECT t.client_id FROM planner_trial t JOIN planner_plan p ON p.id = t.plan_id AND p.kept_at IS NOT NULL AND p.date = %(date)s
"""


@dataclass
class Spent:
    """Of today, in a plan's money: minor units, contacts, things by kind of client and by action, things by client; sellers' minutes."""

    cost_minor: int = 0
    takes: Counter[str] = field(default_factory=Counter)
    """Messages, calls, visits and gifts."""
    kinds: Counter[str] = field(default_factory=Counter)
    actions: Counter[str] = field(default_factory=Counter)
    clients: Counter[int] = field(default_factory=Counter)
    minutes: Counter[str] = field(default_factory=Counter)
    """By seller: worked today, and promised to a kept plan in other money."""
    drawn: set[int] = field(default_factory=set)
    """Clients of today's trials: both sides are left as they are until tomorrow."""

    def add(
        self, client: int, kind: str, action: str, cost_minor: int | None, numbers: Collection[str]
    ) -> None:
        """One thing that a client had; in other money, where it costs None, it counts for the client alone; `numbers` as `takes` tells."""
        self.clients[client] += 1
        if cost_minor is not None:
            self.cost_minor += cost_minor
            self.takes.update(numbers)
            self.kinds[kind] += 1
            self.actions[action] += 1


def of_today(*, currency: str, now: datetime) -> Spent:
    """Four queries, however much was given."""
    found, seen = Spent(), set()
    found.minutes.update(today.minutes_done(now))
    with connection.cursor() as cursor:
        cursor.execute(TODAYS, {"date": today_of(now), "chosen": CHOSEN})
        for (
            client,
            action,
            kind,
            channel,
            tool_kind,
            cost,
            minutes,
            seller,
            money,
            is_kept,
            is_done,
        ) in cursor.fetchall():
            if not is_done:
                found.minutes[seller] += minutes if is_kept and money != currency else 0
            elif (client, action) not in seen:
                seen.add((client, action))
                found.add(
                    client, kind, _of(action), cost if money == currency else None, takes(channel, tool_kind)
                )
        cursor.execute(DRAWN, {"date": today_of(now)})
        found.drawn = {client for (client,) in cursor.fetchall()}
    for each in outgoing.went(since=begin_of(today_of(now))):
        cost = each.cost_minor if each.currency == currency else None
        found.add(each.client_id, each.client_kind, f"play:{each.play}", cost, MESSAGE)
    return found


def most_of(kind: str, each: int) -> int:
    """How many things a client of this kind may get in a day: a company is called once, about one thing."""
    return min(1, each) if kind == Client.Kind.COMPANY else each


def left(asked: Asked, spent: Spent) -> Asked:
    """What is still to be given today of what was asked for the day."""
    return replace(
        asked,
        budget_minor=max(0, asked.budget_minor - spent.cost_minor),
        messages=max(0, asked.messages - spent.takes["messages"]),
        **{
            name: max(0, most - spent.takes[name])
            for name in CAPACITIES
            if (most := getattr(asked, name)) is not None
        },
        caps=tuple(replace(each, most=max(0, each.most - spent.kinds[each.kind])) for each in asked.caps),
        floors=tuple(
            replace(each, least=max(0, each.least - spent.actions[each.action])) for each in asked.floors
        ),
    )


def _of(action: str) -> str:
    """`tool:NAME:CHANNEL` and `step:PLAY:STEP` as floors name them."""
    kind, name, _last = action.split(":", 2)
    return f"{'tool' if kind == 'tool' else 'play'}:{name}"
