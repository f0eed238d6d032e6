"""Does the plan keep up with a day? Orders and couriers of a large day in the demo city, against the real database, as fast as it goes.

    python benchmarks/day.py [--orders 10000] [--couriers 400] [--speed 10] [--hours 14] [--skip 0] [--seed 7]

The worker's loop itself: `announce`, `plan_all`, then its second of rest. The city's clock moves by what both took times the speed, so a
round that takes long finds more to do in the next one, as it would. What other processes do (orders and taps over HTTP) is written by set
and not timed. Prints, in real time, rounds with their parts at the median and p99, and how long a bag waited for its first courier.
"""

from __future__ import annotations

import argparse
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks import fleet_city  # noqa: E402 - found by the line above

REST_S = 1.0
"""The worker's pause between two rounds of planning."""
PROMISE = timedelta(minutes=40)

FIRST = """
SELECT extract(epoch FROM first.at - placed.placed_at)::float + %(speed)s * round.took_ms / 1000.0
FROM (SELECT task_id, min(at) AS at FROM delivery_reason GROUP BY task_id) first
JOIN delivery_task task ON task.id = first.task_id JOIN orders_order placed ON placed.id = task.order_id
JOIN delivery_round round ON round.at = first.at
"""


def main() -> None:
    """Run the day and print how the planner kept up."""
    options = _options()
    fleet_city.prepare()
    began_s = time.perf_counter()
    loops = _run(options)
    print(
        f"{options.couriers} couriers, {options.orders} orders a day, {options.hours} hours from the {options.skip}th on"
    )
    print(f"at {options.speed:g} times the clock, done in {time.perf_counter() - began_s:.0f} s")
    _print("announcing", [each[0] for each in loops])
    _print("a look of the planner", [each[1] for each in loops])
    _rounds(options.speed)


def _run(options: argparse.Namespace) -> list[tuple[float, float]]:
    """The worker's loop; for each pass the milliseconds of announcing and of planning."""
    from guinda.delivery.dispatcher import plan_all  # deferred: Django is set up by now
    from guinda.delivery.fleet import beat_ms
    from guinda.journal.services import announce

    now = fleet_city.OPENS_AT + timedelta(hours=options.skip)
    until = now + timedelta(hours=options.hours)
    fleet = fleet_city.Fleet(options.couriers, now=now, hours=options.hours, seed=options.seed)
    coming = fleet_city.orders(options.orders, fleet.stores, opens_at=fleet_city.OPENS_AT, seed=options.seed)
    coming = [each for each in coming if now <= each.placed_at < until]
    loops, number, beat_s = [], 0, beat_ms(options.speed) / 1000 * options.speed
    while now < until:
        while coming and coming[-1].placed_at <= now:
            order, number = coming.pop(), number + 1
            fleet_city.place(
                order, store_id=order.store_id, promised_at=order.placed_at + PROMISE, number=number
            )
        fleet.advance(now, beat_s=beat_s)
        began_s = time.perf_counter()
        announce(now=now)
        told_s = time.perf_counter()
        plan_all(now=now)
        done_s = time.perf_counter()
        loops.append((1000 * (told_s - began_s), 1000 * (done_s - told_s)))
        now += timedelta(seconds=(done_s - began_s + REST_S) * options.speed)
    return loops


def _rounds(speed: float) -> None:
    """What the rounds themselves recorded, and the waits of bags for their first courier."""
    from django.db import connection

    from guinda.delivery.models import Round, Task

    rounds: Any = np.array(
        Round.objects.order_by("pk").values_list(
            "took_ms", "solver_ms", "tasks", "unassigned", "wished", "changed"
        )
    )
    took, solver, tasks, unassigned, wished, changed = rounds.T
    print(f"{len(rounds)} rounds of {np.median(tasks):.0f} tasks at the median, {tasks.max()} at the most")
    _print("a whole round", took)
    _print("its solver", solver)
    _print("its reading and writing", took - solver)
    print(f"{wished.sum()} changes wished, {wished.sum() - changed.sum()} of them left alone")
    print(f"{(unassigned > 0).mean():.1%} of rounds left somebody without a courier")
    with connection.cursor() as cursor:
        cursor.execute(FIRST, {"speed": speed})
        waits = np.array([row[0] for row in cursor]) / speed
    _print("a bag's wait for its first courier", 1000 * waits)
    done = Task.objects.filter(state="delivered")
    late = sum(each.ended_at > each.promised_at for each in done)
    print(f"{len(done)} delivered, {late} of them later than {PROMISE.seconds // 60} minutes")


def _print(what: str, milliseconds: Any) -> None:
    middle, most, top = np.percentile(milliseconds, [50, 99, 100])
    print(f"  {what:36} p50 {middle:7.0f} ms   p99 {most:7.0f} ms   longest {top:7.0f} ms", flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--orders", type=int, default=10_000, help="of the whole day")
    parser.add_argument("--couriers", type=int, default=400, help="on duty all the time")
    parser.add_argument("--speed", type=float, default=10, help="of the city's clock")
    parser.add_argument("--hours", type=float, default=len(fleet_city.HOURS), help="how much of the day")
    parser.add_argument(
        "--skip",
        type=float,
        default=0,
        help="hours of the day not to run; the evening's peak begins with the tenth",
    )
    parser.add_argument("--seed", type=int, default=7)
    return parser.parse_args()


if __name__ == "__main__":
    main()
