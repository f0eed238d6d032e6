"""How long a day's plan takes, stage by stage, for a book of many companies: gathered, sieved, weighed, solved, written.

    python benchmarks/plan.py [--clients 100000] [--tools 5] [--sellers 20] [--people 50000]

Fills companies that agreed to be offered things, each with a bill and some with a contract that ends soon, and tools for them; asks for
a plan twice (the first compiles the solver) and prints the seconds of each stage of the second, what the plan adds, its gap, and the
memory of the process at its highest. With `--people`, so many stand before a play's message besides. Then the plan is kept, and another
one in its place: what the person who presses the button waits for. The embedded server is thrown away afterwards.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
import time
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import uuid4

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks import throwaway  # noqa: E402 - found by the line above

FILL = """
INSERT INTO clients_client (name, kind, language, email, since_at, city_id)
SELECT 'Firm ' || n, 'company', 'en', '', %(now)s - interval '1 year', %(city)s FROM generate_series(1, %(clients)s) n;
INSERT INTO clients_consent (client_id, purpose, channel, given, by, at, how)
SELECT id, 'offer', 'every', true, 'benchmark', %(now)s, '' FROM clients_client WHERE kind = 'company';
INSERT INTO clients_supply (company_id, what, monthly_minor, ends_date)
SELECT id, 'Plan', 50000 + id %% 997 * 1000, CASE WHEN id %% 3 = 0 THEN %(now)s::date + 30 END FROM clients_client WHERE kind = 'company';
INSERT INTO clients_client (name, kind, language, email, phone, since_at, city_id)
SELECT 'Person ' || n, 'person', 'en', '', '+79' || lpad(n::text, 9, '0'), %(now)s - interval '1 year', %(city)s
FROM generate_series(1, %(people)s) n;
INSERT INTO clients_consent (client_id, purpose, channel, given, by, at, how)
SELECT id, 'offer', 'every', true, 'benchmark', %(now)s, '' FROM clients_client WHERE kind = 'person';
ANALYZE
"""
STAND = """
INSERT INTO plays_run (play_id, version_id, client_id, city_id, entry_key, entered_at, holdout, state, step, number, step_at, due_at,
                       waits_for, tries, deadline_at, why)
SELECT %(play)s, %(version)s, id, %(city)s, 'benchmark:' || id, %(now)s, false, 'waiting', 'fresh', 0, %(now)s,
       %(now)s + interval '1 minute', '', 0, %(now)s + interval '7 days', '' FROM clients_client WHERE kind = 'person'
"""
LIBRARY = ROOT / "src" / "guinda" / "plays" / "library"


def main() -> None:
    """Fill, plan twice, print."""
    options = _options()
    throwaway.database()
    from guinda.base import clock  # deferred: Django is set up by now
    from guinda.planner import keeping, making
    from guinda.planner.asking import Asked

    now = clock.now()
    city = _fill(options, now)
    _stand(city, now)
    told = Asked(budget_minor=options.clients * 1_000, seller_minutes=420, messages=1_000, learning_percent=5)
    plans = []
    for _each in range(2):
        plan = making.ask(key=uuid4(), asked=told, currency=city.currency, by="benchmark", now=now)
        stages = _stages(plan, now)
        plans.append(plan)
    plan.refresh_from_db()
    print(
        f"{plan.clients:,} clients with {plan.candidates:,} candidates, {plan.chosen:,} chosen; load {os.getloadavg()[0]:.1f}"
    )
    for name, took_s in stages:
        print(f"  {name:8} {took_s:7.2f} s")
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"adds {plan.adds_minor:,}, gap {100 * plan.gap:.4f} %, {plan.took_ms / 1000:.1f} s in all, {peak_mb:,.0f} MB; "
        f"{plan.left_out_count:,} messages of plays left out"
    )
    for each in plans:
        began_s = time.perf_counter()
        keeping.keep(plan_id=each.pk, by="benchmark", now=now)
        print(f"kept in {time.perf_counter() - began_s:.2f} s", end="; ")
        given = keeping.give(now=now, batch=200)
        print(f"{given} given out in {time.perf_counter() - began_s:.2f} s")


def _stages(plan: Any, now: Any) -> list[tuple[str, float]]:
    """Make it, and say how long each stage was shown."""
    from guinda.planner import making
    from guinda.planner.models import Plan

    marks: list[tuple[str, float]] = []
    whole = Plan.objects.filter(pk=plan.pk).__class__.update

    def marked(rows: Any, **facts: Any) -> int:
        if facts.get("doing") or facts.get("state") == Plan.State.READY:
            name = facts.get("doing") or "written"
            if not marks or marks[-1][0] != name:
                marks.append((name, time.perf_counter()))
        return whole(rows, **facts)

    rows_class = Plan.objects.filter(pk=plan.pk).__class__
    rows_class.update = marked
    try:
        making.make_this(plan, now=now)
    finally:
        rows_class.update = whole
    return [(name, after - at) for (name, at), (_next, after) in pairwise(marks)]


def _fill(options: argparse.Namespace, now: Any) -> Any:
    from django.contrib.auth.models import Group, Permission, User
    from django.db import connection

    from guinda.offers.models import Tool
    from tests.world import build

    city = build().city
    with connection.cursor() as cursor:
        for statement in FILL.split(";"):
            facts = {"now": now, "city": city.pk, "clients": options.clients, "people": options.people}
            cursor.execute(statement, facts)
    role = Group.objects.create(name="sellers")
    role.permissions.add(Permission.objects.get(codename="do_step"))
    for each in range(options.sellers):
        User.objects.create(username=f"seller{each}").groups.add(role)
    texts = dict.fromkeys(("en", "es", "ru"), "A service")
    for each in range(options.tools):
        needs = [{"need": "ends_within", "days": 90}] if each % 2 else []
        Tool.objects.create(
            slug=f"tool-{each}",
            kind="service",
            for_kind="company",
            currency=city.currency,
            name=texts,
            text=texts,
            month_minor=1_000 * (each + 1),
            months=6,
            pieces_left=options.clients // 50,
            from_date=now.date(),
            needs=needs,
        )
    return city


def _stand(city: Any, now: Any) -> None:
    """The play for planned offers is on, and everybody stands before the first message of another."""
    from django.db import connection

    from guinda.plays import bundled, services

    for slug in ("planned-offer", "come-back"):
        bundled.load([LIBRARY / f"{slug}.toml"], by="benchmark", now=now)
        play = services.switch(slug=slug, to="on", by="benchmark", now=now)
    with connection.cursor() as cursor:
        cursor.execute(STAND, {"play": play.pk, "version": play.version_id, "city": city.pk, "now": now})


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clients", type=int, default=100_000)
    parser.add_argument("--tools", type=int, default=5)
    parser.add_argument("--sellers", type=int, default=20)
    parser.add_argument("--people", type=int, default=50_000)
    return parser.parse_args()


if __name__ == "__main__":
    main()
