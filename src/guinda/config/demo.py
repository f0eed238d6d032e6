"""`guinda demo`: a city of its own, filled and kept alive by the twin, in a time of its own."""

from __future__ import annotations

import argparse
import logging
import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from datetime import time as time_of_day
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from guinda.base import postgres
from guinda.base.clock import Clock
from guinda.config import cityclock
from guinda.config.cli import Mistake, set_up
from guinda.config.serving import (
    claim,
    collect_static,
    migrate,
    name_site,
    refuse_taken,
    start_house,
    stop_event,
    wait_for_answer,
)
from guinda.config.supervisor import LOOK_EVERY_S, Supervisor

logger = logging.getLogger(__name__)
HOME = "var/demo"
ZONE = ZoneInfo("Europe/Moscow")
OPENS = time_of_day(9)
CHORES_EVERY_S = 5.0


def run(chosen: argparse.Namespace) -> None:
    """Fill the city if it is empty, open the shop, let the twin live in it, until told to stop."""
    if chosen.operator and not chosen.operator.is_file():
        raise Mistake(f"There is no file {chosen.operator}. Name the CSV file of the operator's accounts.")
    home = prepare_environment(chosen)
    refuse_taken(chosen.host, chosen.port)
    stop = stop_event()
    supervisor = claim(home)
    city: Clock | None = None
    try:
        start, facts = prepare(home, empty=chosen.empty, accounts=chosen.operator)
        if stop.is_set():
            return
        city = Clock(start, time.time(), chosen.speed)
        os.environ["GUINDA_CLOCK"] = city.text()
        cityclock.keep(home, city, unix_s=time.time(), running=True)
        open_house(chosen, supervisor, stop, home, facts)
        live(chosen, supervisor, stop, home, city)
    finally:
        supervisor.stop()
        if city is not None:
            cityclock.keep(home, city, unix_s=time.time(), running=False)


def prepare_environment(chosen: argparse.Namespace) -> Path:
    """The demo never touches another database or folder than its own."""
    os.environ.setdefault("GUINDA_HOME", HOME)
    for name in ("DATABASE_URL", "GUINDA_CLOCK"):
        os.environ.pop(name, None)
    os.environ["GUINDA_DEMO"] = "1"
    os.environ.setdefault("GUINDA_LOG", "ERROR")  # refusals are everyday life in a city
    os.environ["GUINDA_HOME"] = str(postgres.home())
    name_site(chosen.host, chosen.port)
    return postgres.home()


def prepare(home: Path, *, empty: bool, accounts: Path | None = None) -> tuple[datetime, dict[str, Any]]:
    """The database, its tables, the static files and the city in it; returns the city's time and what the twin must know.

    With a file of an operator's `accounts` the city gets its corporate side.
    """
    if empty:
        with step("forgetting the city of before"):
            forget(home)
    with step("starting the database"):
        os.environ["DATABASE_URL"] = url = postgres.start(home / "postgres")
    start = city_time(home, url)
    with step("preparing tables and pages"):
        set_up()
        tables = threading.Thread(target=_migrate)
        tables.start()
        collect_static()
        tables.join()
    from guinda.config import regulars, seeding  # deferred: they need Django ready
    from guinda.places.models import City
    from guinda.plays import bundled
    from guinda.solvers import dispatch

    with step("filling the city"):
        facts = seeding.fill(home=home, now=start)
        for city in City.objects.all():
            regulars.settle(city=city, now=start)
        bundled.load_new(whom="person", by="demo", now=start)
    if accounts is not None:
        from guinda.config import corporate  # deferred, as above

        with step("bringing in an operator's accounts and two million numbers"):
            corporate.fill(file=accounts, password=facts["passwords"]["office"], now=start)
    with step("getting the planner ready (half a minute the first time)"):
        dispatch.warm_up()  # the worker finds it compiled: the city's clock does not run for that yet
    return start, facts


def _migrate() -> None:
    from django.db import connection

    migrate()
    connection.close()


def forget(home: Path) -> None:
    """Drop the demo's own database, its clock and its keys."""
    import psycopg

    url = postgres.start(home / "postgres", database="postgres")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{postgres.DATABASE}" WITH (FORCE)'.encode())
    cityclock.forget(home)
    (home / cityclock.KEYS).unlink(missing_ok=True)


def city_time(home: Path, url: str) -> datetime:
    """Where the city's time goes on: a new city begins its day as the shops open."""
    import psycopg

    with psycopg.connect(url) as connection:
        tables = connection.execute("SELECT to_regclass('journal_event')").fetchone()
        row = (
            connection.execute("SELECT max(at) FROM journal_event").fetchone()
            if tables and tables[0]
            else None
        )
    today = datetime.now(ZONE).date()
    start = datetime.combine(today, OPENS, ZONE).astimezone(UTC)
    return cityclock.resume(home, start=start, latest=row[0] if row else None)


def open_house(
    chosen: argparse.Namespace,
    supervisor: Supervisor,
    stop: threading.Event,
    home: Path,
    facts: dict[str, Any],
) -> None:
    """The web server, the worker and, unless the city is to be quiet, the twin; then a welcome."""
    with step("opening the shop"):
        start_house(supervisor, chosen.host, chosen.port, min(2, os.cpu_count() or 1))
        if not wait_for_answer(chosen.host, chosen.port, supervisor, stop):
            return
    site = os.environ["GUINDA_SITE_URL"]
    print(welcome(site, facts["passwords"], chosen.speed), flush=True)
    if not chosen.quiet_city:
        options = ["--base-url", site, "--keys", str(home / cityclock.KEYS), "--seed", str(chosen.seed)]
        supervisor.start("twin", "guinda.twin", *options)


def live(
    chosen: argparse.Namespace, supervisor: Supervisor, stop: threading.Event, home: Path, city: Clock
) -> None:
    """Look after the programs, the clock and the growers' deliveries until told to stop or the hours are over."""
    due = {cityclock.SAVE_EVERY_S: 0.0, CHORES_EVERY_S: 0.0}
    while not stop.wait(LOOK_EVERY_S):
        supervisor.look()
        unix_s = time.time()
        if time.monotonic() >= due[cityclock.SAVE_EVERY_S]:
            cityclock.keep(home, city, unix_s=unix_s, running=True)
            due[cityclock.SAVE_EVERY_S] = time.monotonic() + cityclock.SAVE_EVERY_S
        if time.monotonic() >= due[CHORES_EVERY_S]:
            chores(city.at(unix_s))
            due[CHORES_EVERY_S] = time.monotonic() + CHORES_EVERY_S
        if chosen.hours and (city.at(unix_s) - city.anchor).total_seconds() >= chosen.hours * 3600:
            print(f"{chosen.hours:g} hours of the city have passed.", flush=True)
            return


def chores(now: datetime) -> None:
    """What growers' lorries and the night shift at the stores do."""
    from django.db import close_old_connections

    from guinda.config import growers
    from guinda.places.models import City

    try:
        close_old_connections()
        for city in City.objects.all():
            new = growers.deliver(city=city, now=now)
            growers.clear_away(city=city, now=now)
            if new:
                print(f"[growers] {new} new lots arrived at the stores", flush=True)
    except Exception:
        logger.exception("The growers' deliveries failed and will be tried again")
    finally:
        close_old_connections()


def welcome(site: str, passwords: dict[str, str], speed: float) -> str:
    """Where to look first."""
    return f"""
Guinda's city is open; its time runs {speed:g} times as fast as ours.

  The panels     {site}/panels/             the city's map: choose a station
  One panel      {site}/panels/kurskaya/
  A courier      {site}/courier/            login courier, password {passwords["courier"]}
  A store        {site}/store/              login keeper, password {passwords["office"]}
  A stall        {site}/stalls/             login stall, password {passwords["courier"]}
  A seller       {site}/offers/             login seller, password {passwords["office"]}
  The office     {site}/admin/              login director, password {passwords["office"]}

Messages to telephones appear here. Ctrl-C stops the city; the next `guinda demo` goes on from that moment,
`guinda demo --empty` starts anew.
"""


@contextmanager
def step(name: str) -> Iterator[None]:
    """A line per step with the time it took; on a terminal it shows what is going on meanwhile."""
    began_s = time.monotonic()
    if sys.stdout.isatty():
        print(f"  ... {name}", end="", flush=True)
    yield
    start = "\r" if sys.stdout.isatty() else ""
    print(f"{start}  ok  {name} ({time.monotonic() - began_s:.1f} s)", flush=True)
