"""How many steps of plays a worker moves in a second, one worker and two, and beside it the same play as durable workflows of DBOS.

    python benchmarks/plays.py [--runs 100000] [--rounds 3] [--peer-runs 500]

A play of five steps without contact (a wait, a question to the facts, a wait, an awaited event that does not come, a wait) is filled with
so many clients, all due. One worker moves all of it, then two processes share the same; then a play of one message each, through the rules
of contacting into the outbox. The peer runs the five steps as a workflow of five durable steps on the same PostgreSQL, in another database.
Rounds alternate; the medians and their ratio are printed.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PEERS = ROOT / ".venv-peers" / "bin" / "python"
NOW = datetime(2026, 6, 24, 9, tzinfo=UTC)
LATER = NOW + timedelta(days=30)
STEPS = 5
NAMES = ("one worker", "of processor time", "two workers", "messages", "DBOS")
TEXTS = '{en = "Hello[, {name}]", es = "Hola[, {name}]", ru = "Привет[, {name}]"}'
HEAD = """
slug = "{slug}"
for = "person"
purpose = "offer"
name = {texts}
about = {texts}
entry = {{event = "order.delivered"}}
goal = {{event = "order.delivered", within = "60 days"}}
"""
MOVING = """
[[steps]]
slug = "a"
who = "system"
name = {texts}
after = "1 hour"
branches = {{passed = "b"}}
[[steps]]
slug = "b"
who = "system"
name = {texts}
when = [{{fact = "language", is = "exactly", value = "ru"}}]
branches = {{yes = "c", no = "c"}}
[[steps]]
slug = "c"
who = "system"
name = {texts}
branches = {{passed = "d"}}
[[steps]]
slug = "d"
who = "system"
name = {texts}
until = {{event = "order.rated", within = "1 second"}}
branches = {{came = "end", did_not_come = "e"}}
[[steps]]
slug = "e"
who = "system"
name = {texts}
branches = {{passed = "end"}}
"""
SAYING = """
[[steps]]
slug = "say"
who = "system"
name = {texts}
message = {texts}
branches = {{sent = "end"}}
"""
FILL = """
INSERT INTO places_city (slug, name, name_latin, time_zone, country, currency, south, west, north, east, water, parks, credit)
VALUES ('moscow', 'Москва', 'Moscow', 'Europe/Moscow', 'RU', 'RUB', 55, 37, 56, 38, '[]', '[]', '');
INSERT INTO clients_client (id, phone, name, language, since_at, city_id)
SELECT n, '+79' || lpad(n::text, 9, '0'), 'Anna ' || n, CASE WHEN n % 2 = 0 THEN 'ru' ELSE 'en' END, now(), 'moscow'
FROM generate_series(1, {runs}) n;
INSERT INTO clients_consent (client_id, purpose, channel, given, how, by, at)
SELECT id, 'offer', 'every', true, '', 'bench', now() FROM clients_client;
ANALYZE;
"""


def main() -> None:
    """Fill, measure, print."""
    options = _options()
    _set_up()
    if options.work:
        print("ready", flush=True)
        sys.stdin.readline()
        print(_work(), flush=True)
        return
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute(FILL.format(runs=options.runs))
    load = os.getloadavg()[0]
    rates: dict[str, list[float]] = {name: [] for name in NAMES}
    for each in range(options.rounds):
        walls, of_processor = _moving(f"one-{each}", options.runs)
        rates["one worker"].append(walls)
        rates["of processor time"].append(of_processor)
        rates["two workers"].append(_shared(f"two-{each}", options.runs))
        rates["messages"].append(_saying(f"say-{each}", options.runs // 5))
        if PEERS.exists() and options.peer_runs:
            rates["DBOS"].append(_peer(options.peer_runs))
    _print(rates, options.runs, load)


def _set_up() -> None:
    home = Path(tempfile.mkdtemp(prefix="guinda-bench-"))
    os.environ.setdefault("GUINDA_HOME", str(home))
    os.environ["DJANGO_SETTINGS_MODULE"] = "guinda.config.settings"
    os.environ["GUINDA_CONTACT_CAPS"] = "all=100/7 message=100/7"
    from guinda.base import postgres  # deferred: the data folder is set above

    os.environ["DATABASE_URL"] = os.environ.get("DATABASE_URL") or postgres.start(home / "postgres")
    import django

    django.setup()


def _enter(slug: str, body: str, runs: int) -> None:
    """A play that is on, with so many clients in it."""
    from django.db import connection, transaction

    from guinda.plays import entering, services

    version = services.save(text=(HEAD + body).format(slug=slug, texts=TEXTS), by="bench", now=NOW)
    play = services.switch(slug=version.play.slug, to="on", by="bench", now=NOW)
    coming = [entering.Coming(pk, "moscow", f"{slug}:{pk}", NOW) for pk in range(1, runs + 1)]
    with transaction.atomic():
        assert entering.enter(play, coming, now=NOW, matched=True) == runs
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE plays_run")
        cursor.execute("CHECKPOINT")


def _work() -> int:
    """Tick until nothing is due; several ticks, because awaited events take a second."""
    from guinda.plays import engine

    moved = 0
    for later in range(3):
        moved += engine.tick(now=LATER + timedelta(minutes=later))
    return moved


def _moving(slug: str, runs: int) -> tuple[float, float]:
    """Steps of one worker per second, and per second of processor time that it and its server process used: what a calm machine gives."""
    import psutil
    from django.db import connection

    _enter(slug, MOVING, runs)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        both = [psutil.Process(), psutil.Process(cursor.fetchone()[0])]
    used_s, began = _used_s(both), time.perf_counter()
    moved = _work()
    took_s, used_s = time.perf_counter() - began, _used_s(both) - used_s
    assert moved == runs * STEPS, f"{moved} steps instead of {runs * STEPS}"
    return moved / took_s, moved / used_s


def _used_s(processes: list[Any]) -> float:
    return sum(sum(each.cpu_times()[:2]) for each in processes)


def _shared(slug: str, runs: int, workers: int = 2) -> float:
    """Steps per second of workers in processes of their own, which have connected before the clock runs."""
    _enter(slug, MOVING, runs)
    command = [sys.executable, __file__, "--work"]
    started = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(workers)
    ]
    for each in started:
        assert each.stdout.readline() == "ready\n"
    began = time.perf_counter()
    for each in started:
        each.stdin.write("go\n")
        each.stdin.flush()
    moved = sum(int(each.stdout.readline()) for each in started)
    took_s = time.perf_counter() - began
    for each in started:
        each.wait()
    assert moved == runs * STEPS, f"{moved} steps instead of {runs * STEPS}"
    return moved / took_s


def _saying(slug: str, runs: int) -> float:
    _enter(slug, SAYING, runs)
    began = time.perf_counter()
    assert _work() == runs
    return runs / (time.perf_counter() - began)


def _peer(runs: int) -> float:
    command = [PEERS, ROOT / "benchmarks" / "plays_peer.py", os.environ["DATABASE_URL"], str(runs)]
    answer = subprocess.run(command, check=True, capture_output=True, text=True)
    return float(answer.stdout.splitlines()[-1])


def _print(rates: dict[str, list[float]], runs: int, load: float) -> None:
    print(f"{runs:,} runs of {STEPS} steps; load before {load:.1f}")
    peer = statistics.median(rates["DBOS"]) if rates["DBOS"] else None
    for name, found in rates.items():
        if found:
            middle = statistics.median(found)
            ratio = f"  {middle / peer:8.1f} x DBOS" if peer and name != "DBOS" else ""
            print(f"{name:18s} {middle:10,.0f} a second ({min(found):,.0f}-{max(found):,.0f}){ratio}")


def _options() -> argparse.Namespace:
    made = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--runs", type=int, default=100_000, help="clients in the play (default 100000)")
    made.add_argument("--rounds", type=int, default=3, help="how often each is measured (default 3)")
    made.add_argument(
        "--peer-runs", type=int, default=500, help="workflows of the peer; 0: without it (default 500)"
    )
    made.add_argument("--work", action="store_true", help=argparse.SUPPRESS)
    return made.parse_args()


if __name__ == "__main__":
    main()
