"""What a kept plan tells the rooms below: the order of lists, reasons, which messages are left out, whom chance leaves alone."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection
from django.urls import reverse

from guinda.base.office import today_of
from guinda.clients.models import Channel
from guinda.offers.eligibility import NOW, Reason
from guinda.offers.models import Tool
from guinda.planner import naming, words
from guinda.planner.keeping import try_turn
from guinda.planner.models import CHOSEN, Choice, Plan, Trial
from guinda.plays.models import Run
from guinda.plays.today import MOST, DayPlan, Left, Planned

ORDER = """
WITH mine AS (
    SELECT ch.place, ch.client_id, ch.run_id, ch.tool_id FROM planner_choice ch
    JOIN planner_plan p ON p.id = ch.plan_id AND p.state = 'kept' AND p.date = %(today)s
    WHERE ch.channel <> 'message' AND (%(seller)s = '' OR ch.seller = %(seller)s))
SELECT run FROM (
    SELECT mine.place, r.id AS run FROM mine JOIN plays_run r ON r.id = mine.run_id AND r.state = 'listed' AND r.due_at <= %(now)s
    UNION ALL
    SELECT mine.place, r.id FROM mine JOIN plays_run r ON r.client_id = mine.client_id AND r.state = 'listed' AND r.due_at <= %(now)s
    JOIN plays_play play ON play.id = r.play_id AND play.event = %(chosen)s WHERE mine.tool_id IS NOT NULL) AS found
ORDER BY place, run LIMIT %(most)s
"""
LEFT_OUT = """
SELECT own.run_id, own.number, EXISTS (
    SELECT FROM planner_choice ch WHERE ch.plan_id = p.id AND ch.client_id = r.client_id AND ch.state = 'planned')
FROM planner_plan p JOIN planner_leftout l ON l.plan_id = p.id
CROSS JOIN LATERAL unnest(l.runs, l.numbers) AS own (run_id, number) JOIN plays_run r ON r.id = own.run_id
WHERE p.state = 'kept' AND p.date = %(today)s AND own.run_id = ANY(%(runs)s) AND NOT EXISTS (
    SELECT FROM planner_choice ch WHERE ch.plan_id = p.id AND ch.client_id = r.client_id AND ch.state = 'refused' AND ch.why <> 'learning')
"""
LEFT_ALONE = "left_alone_to_learn"


class InForce(DayPlan):
    """Today's kept plan, for `plays`."""

    def order(self, seller: str, now: datetime) -> Sequence[int]:
        """The runs of its choices, by their places."""
        facts: dict[str, Any] = {
            "today": today_of(now),
            "chosen": CHOSEN,
            "seller": seller,
            "most": MOST,
            "now": now,
        }
        with connection.cursor() as cursor:
            cursor.execute(ORDER, facts)
            return [pk for (pk,) in cursor.fetchall()]

    def left_out(self, numbers: Mapping[int, int], now: datetime) -> Left | None:
        """Those that it weighed at that step and did not choose; but whose chosen offer is refused, they are written to after all."""
        if not try_turn(today_of(now)):
            return None
        with connection.cursor() as cursor:
            cursor.execute(LEFT_OUT, {"today": today_of(now), "runs": list(numbers)})
            rows = [(pk, waits) for pk, number, waits in cursor.fetchall() if numbers[pk] == number]
        return Left({pk for pk, waits in rows if not waits}, {pk for pk, waits in rows if waits})

    def told(self, runs: Sequence[Run], now: datetime) -> Mapping[int, Planned]:
        """Of the choices that these runs carry out; a call asked for another day is still about the tool that was chosen then.

        Three queries, and three for names.
        """
        clients = {each.client_id for each in runs}
        theirs = (
            Choice.objects.filter(client__in=clients)
            .exclude(channel=Channel.MESSAGE)
            .select_related("plan", "tool")
        )
        kept = list(theirs.filter(plan__state=Plan.State.KEPT, plan__date=today_of(now)))
        by_run = {each.run_id: each for each in kept if each.run_id}
        began = theirs.filter(tool__isnull=False, state=Choice.State.GIVEN).order_by(
            "client", "-given_at", "-pk"
        )
        tools = {each.client_id: each for each in began.distinct("client")}
        names = naming.names_of([key for each in kept for key in (each.second, each.decided_by)])
        found = {}
        for run in runs:
            about = tools.get(run.client_id) if run.play.event == CHOSEN else None
            choice = by_run.get(run.pk) or (about if about and about in kept else None)
            if choice:
                found[run.pk] = _planned(choice, about, names)
        return found


def _planned(choice: Choice, about: Choice | None, names: naming.Names) -> Planned:
    why = words.reason(choice, names)
    if about is None:
        return Planned("", why, "")
    url = f"{reverse('client_tools', args=[about.client_id])}?tool={about.tool_id}"
    return Planned(str(about.tool), why, url)


def left_alone(
    tools: Sequence[Tool], client_ids: Collection[int], now: datetime
) -> Mapping[int, Mapping[int, Reason]]:
    """By tool those on whom a trial's coin said to leave them alone with it for now. One query."""
    rows = Trial.objects.filter(tool__in=tools, treated=False, until_at__gt=now, client__in=client_ids)
    rows = rows.filter(plan__state__in=[Plan.State.KEPT, Plan.State.REPLACED])
    found: dict[int, dict[int, Reason]] = {}
    for tool, pk in rows.values_list("tool_id", "client_id"):
        found.setdefault(tool, {})[pk] = Reason(NOW, LEFT_ALONE)
    return found
