"""A quote's promise: how long it takes with the real database, and how often it is kept for how many minutes.

    python benchmarks/promise.py [--couriers 200] [--times 400] [--days 6] [--orders 1200] [--seed 7]

Time: `delivery.promises` asked for doors around the demo city's five stores while every courier has bags, beside its parts and the
database's own least answer. Keeping: days of a smaller fleet whose rides take longer than foreseen by chance; each bag's promise is quoted
as a client's is, the margins are learnt as the days go, as in production. On the same predictions: the learnt margin, an
assumed one, none, and with hindsight the one for all that keeps as many.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks import fleet_city  # noqa: E402 - found by the line above

EVERY_S, LEARN_S = 15, 900
"""Of the city's clock between two rounds of planning, and between two looks at how promises went."""
FEWER, FROM_HOUR, OPEN_HOURS = 60, 8, 4
"""Couriers, and the part of each day, while promises are kept or not: the afternoon and the evening's peak."""
BAGS_EACH = 1.5
"""Open bags for each courier while promises are timed."""
JUST_ORDERED = 5
"""Of them, bags that the worker has not heard of yet."""


def main() -> None:
    """Keep promises for some days, then time one."""
    options = _options()
    fleet_city.prepare()
    _keep(options)
    _time(options)


def _keep(options: argparse.Namespace) -> None:
    """Days one after the other; the last one's promises under three margins."""
    from guinda.delivery.models import Level, Margin  # deferred: Django is set up by now

    number = 0
    for day in range(options.days):
        opens_at = fleet_city.OPENS_AT + timedelta(days=day, hours=FROM_HOUR)
        number = _live(opens_at, options, day=day, number=number)
        level = Level.objects.get().above_aim
        print(f"{number} orders so far, {Margin.objects.count()} margins learnt, level {level:+.3f}")
        _judge(opens_at, day + 1)


def _live(opens_at: datetime, options: argparse.Namespace, *, day: int, number: int) -> int:
    """A day of the city; returns the number of its last order."""
    from guinda.delivery.dispatcher import plan_all
    from guinda.delivery.promises import FleetPromiser, learn
    from guinda.journal.services import announce

    until, now = opens_at + timedelta(hours=OPEN_HOURS), opens_at
    fleet = fleet_city.Fleet(FEWER, now=now, hours=OPEN_HOURS, seed=options.seed + day)
    day_at = opens_at - timedelta(hours=FROM_HOUR)
    coming = fleet_city.orders(options.orders, fleet.stores, opens_at=day_at, seed=options.seed + day)
    coming = [each for each in coming if now <= each.placed_at < until]
    stores = {each.pk: each.point for each in fleet.stores}
    while now < until + timedelta(hours=1):
        while coming and coming[-1].placed_at <= now:
            order = coming.pop()
            found = FleetPromiser().promise(
                city_id=fleet.city.pk,
                stores=stores,
                door=order.door,
                weight_g=order.weight_g,
                now=order.placed_at,
            )
            door_at, store_id = min((promise.door_at, store_id) for store_id, promise in found.items())
            number += 1
            fleet_city.place(order, store_id=store_id, promised_at=door_at, number=number)
        fleet.advance(now, beat_s=EVERY_S)
        announce(now=now)
        plan_all(now=now)
        if (now - opens_at).total_seconds() % LEARN_S == 0:
            learn(now=now)
        now += timedelta(seconds=EVERY_S)
    fleet.close(now)
    return number


def _judge(since: datetime, day: int) -> None:
    """How often the orders placed since were at their doors in time, and how long the clients were told to wait."""
    from guinda.delivery.models import Task
    from guinda.delivery.promises import MARGIN_S

    rows = Task.objects.filter(order__placed_at__gte=since).values_list(
        "order__placed_at", "ended_at", "promised_at", "prediction__door_at"
    )
    came = np.array(
        [math.inf if ended is None else (ended - placed).total_seconds() for placed, ended, *_ in rows]
    )
    learnt = np.array([(promised - placed).total_seconds() for placed, _ended, promised, _foreseen in rows])
    foreseen = np.array([(door - placed).total_seconds() for placed, *_, door in rows])
    hindsight = float(np.quantile(came - foreseen, np.mean(came <= learnt), method="inverted_cdf"))
    print(f"day {day}: {len(came)} orders, at the door after {np.mean(came[came < math.inf]) / 60:.1f} min")
    for name, told in {
        "learnt by hour and load": learnt,
        f"fixed, {MARGIN_S / 60:.0f} min": foreseen + MARGIN_S,
        "none": foreseen,
        f"one for all that keeps as many, known afterwards: {hindsight / 60:.1f} min": foreseen + hindsight,
    }.items():
        print(
            f"  margin {name}: kept {np.mean(came <= told):.1%}, promised {np.mean(told) / 60:.1f} min",
            flush=True,
        )


def _time(options: argparse.Namespace) -> None:
    """Promises for one busy moment."""
    from guinda.delivery.fleet import PREPARE_S, free_of, unclaimed_of
    from guinda.delivery.prediction import Load
    from guinda.delivery.promises import FleetPromiser

    now = fleet_city.OPENS_AT + timedelta(days=options.days)
    fleet = _busy(options, now)
    city, stores = fleet.city.pk, {each.pk: each.point for each in fleet.stores}
    coming = fleet_city.orders(options.times, fleet.stores, opens_at=now, seed=options.seed + 1)
    ready_at = now + timedelta(seconds=PREPARE_S)
    couriers, waiting = free_of(city_id=city, now=now), unclaimed_of(city_id=city, now=now, ready_at=ready_at)
    bags = sum(each.bags for each in couriers)
    print(
        f"{len(couriers)} couriers, {len(stores)} stores, {bags} bags planned, {len(waiting)} without a courier"
    )
    parts: dict[str, Callable[[Any], Any]] = {
        "a promise": lambda door: FleetPromiser().promise(
            city_id=city, stores=stores, door=door, weight_g=1000, now=now
        ),
        "  reading the couriers": lambda _door: free_of(city_id=city, now=now),
        "  reading bags without one": lambda _door: unclaimed_of(city_id=city, now=now, ready_at=ready_at),
        "  the load of all of them": lambda _door: Load(couriers, waiting, list(stores.values()), now),
        "the database's SELECT 1": lambda _door: _least(),
    }
    for name, part in parts.items():
        print(f"  {name:28} {_timed(part, [each.door for each in coming])}", flush=True)


def _busy(options: argparse.Namespace, now: datetime) -> fleet_city.Fleet:
    """Every courier has bags, and some have just been ordered."""
    from django.db import connection

    from guinda.delivery.dispatcher import plan_all
    from guinda.journal.services import announce

    fleet = fleet_city.Fleet(options.couriers, now=now, hours=8, seed=options.seed)
    bags = fleet_city.orders(
        round(options.couriers * BAGS_EACH), fleet.stores, opens_at=now, seed=options.seed
    )
    for number, order in enumerate(bags):
        if number == len(bags) - JUST_ORDERED:
            while announce(now=now):
                pass
            plan_all(now=now)
        at_once = order._replace(placed_at=now)
        promised_at = now + timedelta(hours=1)
        fleet_city.place(at_once, store_id=order.store_id, promised_at=promised_at, number=1_000_000 + number)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return fleet


def _least() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchone()


def _timed(part: Callable[[Any], Any], doors: list[Any]) -> str:
    took = []
    for door in doors:
        began_s = time.perf_counter()
        part(door)
        took.append(1000 * (time.perf_counter() - began_s))
    middle, most = np.percentile(took, [50, 99])
    return f"p50 {middle:6.2f} ms   p99 {most:6.2f} ms"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--couriers", type=int, default=200, help="while promises are timed")
    parser.add_argument("--times", type=int, default=400, help="promises to time")
    parser.add_argument("--days", type=int, default=6, help="of promises, each judged")
    parser.add_argument("--orders", type=int, default=1_200, help="of each whole day")
    parser.add_argument("--seed", type=int, default=7)
    return parser.parse_args()


if __name__ == "__main__":
    main()
