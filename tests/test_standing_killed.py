"""The worker is killed in the middle of the evening's standing orders, again and again: none is doubled, none is lost, nothing is half."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from tests.house import House, house

pytestmark = pytest.mark.storm
ROOT = Path(__file__).resolve().parent.parent
EVENING = datetime(2026, 6, 24, 14, 0, 1, tzinfo=UTC)
"""A second after 17:00 in Moscow: tomorrow's days have just become due."""
CLIENTS, KILLS = 100, 4
LIMIT_S = 90.0
PLACED = "SELECT count(*) FROM orders_order WHERE source LIKE 'standing:%'"
HALF = """
    SELECT visit.id FROM orders_visit visit LEFT JOIN orders_order placed ON placed.id = visit.order_id
    LEFT JOIN clients_message message ON message.key = 'visit:' || visit.id || ':ordered'
    LEFT JOIN journal_event event ON event.kind = 'visit.placed' AND event.ref = placed.code
    WHERE (visit.state = 'placed') <> (placed.id IS NOT NULL) OR (visit.state = 'placed') <> (message.id IS NOT NULL)
       OR (visit.state = 'placed') <> (event.id IS NOT NULL)
    UNION ALL
    SELECT placed.id FROM orders_order placed LEFT JOIN orders_visit visit ON visit.order_id = placed.id
    WHERE placed.source LIKE 'standing:%' AND visit.id IS NULL
"""


@pytest.fixture
def built(tmp_path) -> Iterator[House]:
    clock = f"{EVENING.isoformat()}|{time.time()}|1.0"
    with house(tmp_path, {"GUINDA_CLOCK": clock}) as made:
        fill = [sys.executable, "-m", "tests.regulars", str(CLIENTS)]
        subprocess.run(fill, env=made.environment, cwd=ROOT, check=True)
        yield made


def test_killed_again_and_again_each_day_is_ordered_once_and_whole(built):
    with psycopg.connect(built.database_url, autocommit=True) as rows:

        def placed() -> int:
            return rows.execute(PLACED).fetchone()[0]

        def wait_for(count: int) -> None:
            until_s = time.monotonic() + LIMIT_S
            while placed() < count:
                assert time.monotonic() < until_s, built.log("worker")[-3000:]
                time.sleep(0.003)

        for kill in range(1, KILLS + 1):
            built.start_worker()
            wait_for(kill * 15 + kill)
            built.kill("worker")
            assert rows.execute(HALF).fetchall() == []
            assert placed() < CLIENTS, "it was killed in the middle"
        built.start_worker()
        wait_for(CLIENTS)
        time.sleep(3)  # rounds that have nothing to add
        assert rows.execute(HALF).fetchall() == []
        once = "SELECT count(*), count(DISTINCT source), count(DISTINCT key) FROM orders_order WHERE source LIKE 'standing:%'"
        assert rows.execute(once).fetchone() == (CLIENTS, CLIENTS, CLIENTS)
    built.guinda("audit")
