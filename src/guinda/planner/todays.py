"""What a kept plan tells the rooms below: the order of today's lists, the reasons, and who is left alone to learn from."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from guinda.offers.eligibility import NOW, Reason
from guinda.offers.models import Tool
from guinda.planner import words
from guinda.planner.asking import today_of
from guinda.planner.keeping import CHOSEN
from guinda.planner.models import Choice, Plan, Trial
from guinda.plays.models import Run
from guinda.plays.today import MOST, DayPlan

ORDER = """
WITH mine AS (
    SELECT ch.place, ch.client_id, ch.run_id, ch.tool_id FROM planner_choice ch
    JOIN planner_plan p ON p.id = ch.plan_id AND p.state = 'kept' AND p.date = %(today)s
    WHERE ch.channel <> 'message' AND (%(seller)s = '' OR ch.seller = %(seller)s))
SELECT run FROM (
    SELECT place, run_id AS run FROM mine WHERE run_id IS NOT NULL
    UNION ALL
    SELECT mine.place, r.id FROM mine JOIN plays_run r ON r.client_id = mine.client_id AND r.state = 'listed'
    JOIN plays_play play ON play.id = r.play_id AND play.event = %(chosen)s WHERE mine.tool_id IS NOT NULL) AS found
ORDER BY place, run LIMIT %(most)s
"""
LEFT_ALONE = "left_alone_to_learn"


class InForce(DayPlan):
    """Today's kept plan, for `plays`."""

    def order(self, seller: str, now: datetime) -> Sequence[int]:
        """The runs of its choices, by their places."""
        facts: dict[str, Any] = {"today": today_of(now), "chosen": CHOSEN, "seller": seller, "most": MOST}
        with connection.cursor() as cursor:
            cursor.execute(ORDER, facts)
            return [pk for (pk,) in cursor.fetchall()]

    def reason(self, run: Run, now: datetime) -> str:
        """Of the choice that this run carries out."""
        kept = Choice.objects.filter(plan__in=Plan.objects.filter(state=Plan.State.KEPT, date=today_of(now)))
        kept = kept.select_related("plan", "tool")
        choice = kept.filter(run=run).first()
        if choice is None and run.play.event == CHOSEN:
            choice = kept.filter(client=run.client_id, tool__isnull=False).first()
        return words.reason(choice) if choice else ""


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
