"""Plan the couriers' routes: snapshot, decide (`solvers.dispatch`), apply by compare-and-set.

One planner a city at a time (an advisory lock that ends with the transaction); any number of workers may try. The constant number of
statements of a round: fingerprints of all cities, then per city the lock, the couriers, the tasks and one write.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import datetime, timedelta, tzinfo
from typing import Any, NamedTuple

from django.db import connection, transaction

from guinda.delivery.fleet import NEAR_S, SILENT_S, Seen, Work, couriers_of, snapshot_of, work_of
from guinda.delivery.models import Task
from guinda.solvers import dispatch

REFRESH_S = 5
"""While bags are on the way the expected times are renewed this often, also when nothing else changed."""
MOVED_S = 15
"""An expected time that moved less than this is not written again."""

FINGERPRINTS = """
SELECT task.city_id,
       md5(string_agg(concat_ws(':', task.id, task.state, task.courier_id), ',' ORDER BY task.id)) || coalesce(min(fleet.mark), '')
FROM delivery_task task
LEFT JOIN (
    SELECT courier.city_id,
           md5(string_agg(concat_ws(':', shift.id, shift.ends_at, shift.seen_at >= %(heard_since)s), ',' ORDER BY shift.id)) AS mark
    FROM delivery_shift shift JOIN delivery_courier courier ON courier.id = shift.courier_id
    WHERE shift.ended_at IS NULL GROUP BY courier.city_id) fleet ON fleet.city_id = task.city_id
WHERE task.state IN ('waiting', 'assigned', 'carried') AND task.ready_at < %(near)s
GROUP BY task.city_id ORDER BY task.city_id
"""

_planned: dict[str, tuple[str, datetime]] = {}
"""What this worker saw of a city when it last planned it, and when; forgotten at a restart, which costs one round."""


def forget() -> None:
    """Look at every city anew in the next round."""
    _planned.clear()


class Change(NamedTuple):
    """What a task becomes, and what it must still be for that."""

    task: int
    seen_state: str
    seen_courier: int | None
    courier: int | None
    position: int
    leaves_at: datetime | None
    expected_at: datetime | None


def plan_all(*, now: datetime) -> int:
    """Plan every city in which something changed; returns how many tasks changed."""
    with connection.cursor() as cursor:
        since, near = now - timedelta(seconds=SILENT_S), now + timedelta(seconds=NEAR_S)
        cursor.execute(FINGERPRINTS, {"heard_since": since, "near": near})
        cities = dict(cursor.fetchall())
    changed = 0
    for city_id, fingerprint in cities.items():
        seen, at = _planned.get(city_id, ("", now))
        if seen == fingerprint and timedelta(0) <= now - at < timedelta(seconds=REFRESH_S):
            continue
        done = plan_city(city_id=city_id, now=now)
        if done is not None:
            _planned[city_id] = (fingerprint, now)
            changed += done
    return changed


def plan_city(*, city_id: str, now: datetime) -> int | None:
    """Plan one city; None when another worker is at it."""
    with transaction.atomic():
        if not _lock(city_id):
            return None
        couriers, work = couriers_of(city_id=city_id, now=now), work_of(city_id=city_id, now=now)
        changes = _changes(dispatch.plan(snapshot_of(couriers, work, now=now)), couriers, work)
        return _apply(changes, now) if changes else 0


def _lock(city_id: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_try_advisory_xact_lock(hashtext('guinda.dispatch'), hashtext(%s))", [city_id]
        )
        return bool(cursor.fetchone()[0])


def _changes(plan: dispatch.Plan, couriers: Iterable[Seen], work: Iterable[Work]) -> list[Change]:
    """The tasks whose courier, place in the route or expected time differ from what stands in the database."""
    zone = next((each.promised_at.tzinfo for each in work), None)
    given = {
        leg.task: (route.courier, position, _instant(leg.pickup_s, zone), _instant(leg.door_at_s, zone))
        for route in plan.routes
        for position, leg in enumerate(route.legs, start=1)
    }
    on_duty = {courier.key for courier in couriers}
    changes = []
    for task in work:
        if task.state == Task.State.CARRIED and task.courier not in on_duty:
            continue  # in somebody's hands who is silent: nothing to plan until they are heard again
        courier, position, leaves_at, expected_at = given.get(task.key, (None, 0, None, None))
        moved = _moved(task.leaves_at, leaves_at) or _moved(task.expected_at, expected_at)
        if moved or (courier, position) != (task.courier, task.position):
            changes.append(
                Change(task.key, task.state, task.courier, courier, position, leaves_at, expected_at)
            )
    return changes


def _instant(seconds: int | None, zone: tzinfo | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, zone)


def _moved(before: datetime | None, after: datetime | None) -> bool:
    if before is None or after is None:
        return before is not after
    return math.fabs((after - before).total_seconds()) >= MOVED_S


APPLY = """
WITH wish AS (
         SELECT * FROM unnest(
             %(tasks)s::bigint[], %(states)s::text[], %(seen)s::bigint[],
             %(couriers)s::bigint[], %(positions)s::int[], %(leaves)s::timestamptz[], %(expected)s::timestamptz[])
         AS wish(task_id, seen_state, seen_courier, courier_id, position, leaves_at, expected_at)),
     locked AS (
         SELECT task.id FROM delivery_task task JOIN wish ON wish.task_id = task.id
         WHERE task.state = wish.seen_state AND task.courier_id IS NOT DISTINCT FROM wish.seen_courier
         ORDER BY task.id FOR NO KEY UPDATE OF task SKIP LOCKED),
     changed AS (
         UPDATE delivery_task task
         SET courier_id = wish.courier_id, position = wish.position, leaves_at = wish.leaves_at, expected_at = wish.expected_at,
             state = CASE WHEN task.state = 'carried' THEN 'carried' WHEN wish.courier_id IS NULL THEN 'waiting' ELSE 'assigned' END,
             assigned_at = CASE WHEN wish.courier_id IS NOT DISTINCT FROM wish.seen_courier THEN task.assigned_at
                                WHEN wish.courier_id IS NULL THEN NULL ELSE %(at)s END
         FROM wish, locked
         WHERE task.id = wish.task_id AND task.id = locked.id
           AND task.state = wish.seen_state AND task.courier_id IS NOT DISTINCT FROM wish.seen_courier
         RETURNING task.id, task.order_id, wish.courier_id, wish.seen_courier),
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


def _apply(changes: list[Change], now: datetime) -> int:
    """Write the changes whose task is still as the snapshot saw it, in one statement with their journal entries.

    A task that a courier's tap holds at this moment is skipped, not waited for: the next round plans it anew.
    """
    tasks, states, seen, couriers, positions, leaves, expected = (
        list(column) for column in zip(*changes, strict=True)
    )
    facts: dict[str, Any] = {
        "tasks": tasks,
        "states": states,
        "seen": seen,
        "couriers": couriers,
        "positions": positions,
        "leaves": leaves,
        "expected": expected,
        "at": now,
    }
    with connection.cursor() as cursor:
        cursor.execute(APPLY, facts)
        return int(cursor.fetchone()[0])
