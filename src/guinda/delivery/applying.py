"""Write a plan by compare-and-set: each change only where its task still is what the planner saw, in one statement."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection


class Change(NamedTuple):
    """What a task becomes, and what it must still be for that."""

    task: int
    seen_state: str
    seen_courier: int | None
    seen_rulings: int
    courier: int | None
    position: int
    leaves_at: datetime | None
    expected_at: datetime | None
    reason: str | None = None
    """Why the courier has it, as JSON of `solvers.dispatch.Reason`; kept when the courier is a new one."""


APPLY = """
WITH wish AS (
         SELECT * FROM unnest(
             %(task)s::bigint[], %(seen_state)s::text[], %(seen_courier)s::bigint[], %(seen_rulings)s::int[],
             %(courier)s::bigint[], %(position)s::int[], %(leaves_at)s::timestamptz[], %(expected_at)s::timestamptz[],
             %(reason)s::jsonb[])
         AS wish(task_id, seen_state, seen_courier, seen_rulings, courier_id, position, leaves_at, expected_at, reason)),
     on_duty AS (
         SELECT shift.courier_id FROM delivery_shift shift
         WHERE shift.ended_at IS NULL
           AND shift.courier_id IN (SELECT courier_id FROM wish WHERE courier_id IS DISTINCT FROM seen_courier)
         ORDER BY shift.courier_id FOR KEY SHARE SKIP LOCKED),
     locked AS (
         SELECT task.id FROM delivery_task task
         JOIN wish ON wish.task_id = task.id
         JOIN orders_order placed ON placed.id = task.order_id AND placed.state IN ('confirmed', 'handed')
         WHERE task.state = wish.seen_state AND task.courier_id IS NOT DISTINCT FROM wish.seen_courier
           AND task.rulings = wish.seen_rulings
           AND (wish.courier_id IS NOT DISTINCT FROM wish.seen_courier OR wish.courier_id IS NULL
                OR wish.courier_id IN (SELECT courier_id FROM on_duty))
         ORDER BY task.id FOR NO KEY UPDATE OF task SKIP LOCKED),
     changed AS (
         UPDATE delivery_task task
         SET courier_id = wish.courier_id, position = wish.position, leaves_at = wish.leaves_at, expected_at = wish.expected_at,
             state = CASE WHEN task.state = 'carried' THEN 'carried' WHEN wish.courier_id IS NULL THEN 'waiting' ELSE 'assigned' END,
             assigned_at = CASE WHEN wish.courier_id IS NOT DISTINCT FROM wish.seen_courier THEN task.assigned_at
                                WHEN wish.courier_id IS NULL THEN NULL ELSE %(at)s END
         FROM wish, locked
         WHERE task.id = wish.task_id AND task.id = locked.id AND task.state = wish.seen_state
           AND task.courier_id IS NOT DISTINCT FROM wish.seen_courier AND task.rulings = wish.seen_rulings
         RETURNING task.id, task.order_id, wish.courier_id, wish.seen_courier, wish.reason),
     explained AS (
         INSERT INTO delivery_reason (task_id, courier_id, at, cost, second_id, second_cost, parts)
         SELECT id, courier_id, %(at)s, (reason ->> 'cost')::float, (reason ->> 'second')::bigint, (reason ->> 'second_cost')::float,
             reason -> 'parts'
         FROM changed WHERE courier_id IS DISTINCT FROM seen_courier AND courier_id IS NOT NULL AND reason IS NOT NULL),
     event AS (
         INSERT INTO journal_event (at, kind, ref, by, data)
         SELECT %(at)s, CASE WHEN changed.courier_id IS NULL THEN 'task.released' ELSE 'task.assigned' END, placed.code, 'dispatcher',
             jsonb_build_object('task', changed.id, 'courier', changed.courier_id, 'before', changed.seen_courier)
         FROM changed JOIN orders_order placed ON placed.id = changed.order_id
         WHERE changed.courier_id IS DISTINCT FROM changed.seen_courier
         RETURNING id),
     announcement AS (
         INSERT INTO journal_announcement (event_id, due_at, attempts, last_error) SELECT id, %(at)s, 0, '' FROM event)
SELECT count(*) FROM changed
"""


def write(changes: Sequence[Change], *, now: datetime) -> int:
    """Write the changes that still hold, with their journal entries; returns how many there were.

    Left alone is a task that was tapped, cancelled or ruled on since the snapshot, one whose new courier's shift is over, and one that a
    tap holds at this moment: nothing is waited for, and the next round plans it anew. The share lock on the shifts makes an ending
    shift either visible here, or wait and give back what we gave.
    """
    if not changes:
        return 0
    columns: dict[str, Any] = {
        name: list(column) for name, column in zip(Change._fields, zip(*changes, strict=True), strict=True)
    }
    with connection.cursor() as cursor:
        cursor.execute(APPLY, {**columns, "at": now})
        return int(cursor.fetchone()[0])
