"""Plan the couriers' routes: look (`fleet`), decide (`solvers.dispatch`), write by compare-and-set (`applying`).

Any number of workers may try; one leads a city (`leading`). What is looked at is one instant of the database; deciding holds no
transaction open and no row locked, and what changed meanwhile is left alone when the plan is written. The constant number of statements of
a round: fingerprints of all cities, then per city the snapshot's, one write of the tasks and one row of what the round did.
"""

from __future__ import annotations

import json
import math
import time
from datetime import datetime, timedelta, tzinfo

from django.db import connection, transaction

from guinda.delivery import applying, demand, leading
from guinda.delivery.applying import Change
from guinda.delivery.fleet import NEAR_S, SILENT_S, Facts, Rides, look, snapshot_of
from guinda.delivery.models import Round, Task
from guinda.solvers import dispatch

REFRESH_S = 5
"""While bags are on the way the expected times are renewed this often, also when nothing else changed."""
MOVED_S = 15
"""An expected time that moved less than this is not written again."""

FINGERPRINTS = """
SELECT task.city_id,
       md5(string_agg(concat_ws(':', task.id, task.state, task.courier_id, task.rulings), ',' ORDER BY task.id))
           || coalesce(min(fleet.mark), '')
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

_rides: dict[str, Rides] = {}
"""What this worker knows of each city's travel times."""


def forget() -> None:
    """Look at every city anew in the next round, and let any worker lead it."""
    _planned.clear()
    _rides.clear()
    demand.forget()
    leading.resign()


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
        if done is None:
            continue
        changed += done.changed
        if done.changed == done.wished:  # else something moved meanwhile: look again at once
            _planned[city_id] = (fingerprint, now)
    return changed


def plan_city(*, city_id: str, now: datetime) -> Round | None:
    """Plan one city and keep what the round did; None when another worker leads it."""
    if not leading.lead(city_id):
        return None
    began_s = time.perf_counter()
    facts = look(city_id=city_id, now=now)
    snapshot = snapshot_of(facts, now=now, known=_rides.setdefault(city_id, Rides()))
    solver_s = time.perf_counter()
    plan = dispatch.plan(snapshot)
    solved_s = time.perf_counter()
    changes = changes_of(plan, facts)
    with transaction.atomic():
        changed = applying.write(changes, now=now)
        demand.send(_waits(plan, facts))
        return Round.objects.create(
            city_id=city_id,
            at=now,
            couriers=len(facts.couriers),
            tasks=len(facts.work),
            unassigned=len(plan.unassigned),
            wished=len(changes),
            changed=changed,
            solver_ms=round(1000 * (solved_s - solver_s)),
            took_ms=round(1000 * (time.perf_counter() - began_s)),
            gap=plan.gap,
        )


def changes_of(plan: dispatch.Plan, facts: Facts) -> list[Change]:
    """The tasks whose courier, place in the route or expected time differ from what stands in the database."""
    zone = next((each.promised_at.tzinfo for each in facts.work), None)
    given = {
        leg.task: (route.courier, position, _instant(leg.pickup_s, zone), _instant(leg.door_at_s, zone))
        for route in plan.routes
        for position, leg in enumerate(route.legs, start=1)
    }
    on_duty = {courier.key for courier in facts.couriers}
    changes = []
    for task in facts.work:
        if task.state == Task.State.CARRIED and task.courier not in on_duty:
            continue  # in somebody's hands who is silent: nothing to plan until they are heard again
        courier, position, leaves_at, expected_at = given.get(task.key, (None, 0, None, None))
        moved = _moved(task.leaves_at, leaves_at) or _moved(task.expected_at, expected_at)
        if moved or (courier, position) != (task.courier, task.position):
            changes.append(
                Change(
                    task.key,
                    task.state,
                    task.courier,
                    task.rulings,
                    courier,
                    position,
                    leaves_at,
                    expected_at,
                    _reason(plan.reasons.get(task.key)),
                )
            )
    return changes


def _waits(plan: dispatch.Plan, facts: Facts) -> dict[int, int | None]:
    """Whom to tell to wait elsewhere: stores with demand are the first sites of the snapshot, in their order."""
    stores = {site: each.store_id for site, each in enumerate(facts.expected)}
    return demand.wishes_of(plan, stores, {courier.key: courier.wait_at for courier in facts.couriers})


def _reason(reason: dispatch.Reason | None) -> str | None:
    return json.dumps({**reason._asdict(), "parts": dict(reason.parts)}) if reason else None


def _instant(seconds: int | None, zone: tzinfo | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, zone)


def _moved(before: datetime | None, after: datetime | None) -> bool:
    if before is None or after is None:
        return before is not after
    return math.fabs((after - before).total_seconds()) >= MOVED_S
