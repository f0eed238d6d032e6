"""Two workers: one leads the city's planning, and when it is killed the other leads within seconds."""

from __future__ import annotations

import time
import uuid

import psycopg
import pytest

from tests.house import House, house
from tests.test_storm import Guest, guests_at, open_shop

pytestmark = pytest.mark.storm
PATIENCE_S = 20.0
LEADER = """
SELECT pid FROM pg_locks JOIN pg_database ON pg_database.oid = database
WHERE datname = current_database() AND locktype = 'advisory' AND granted AND classid = hashtext('guinda.dispatch')::bigint & 4294967295
"""
ASSIGNED = "SELECT count(*) FROM delivery_task WHERE state = 'assigned' HAVING count(*) = {}"


@pytest.fixture
def built(tmp_path):
    with house(tmp_path) as made:
        yield made


def first(rows: psycopg.Connection, query: str) -> int | None:
    """The first column of the first row, once there is one."""
    until_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < until_s:
        found = rows.execute(query).fetchone()
        if found:
            return int(found[0])
        time.sleep(0.1)
    return None


def order(guest: Guest) -> None:
    """One more bag to bring."""
    answer = guest.order(guest.quote({"kordia": 100}), str(uuid.uuid4()))
    assert answer.status_code == 201, answer.text


def test_the_second_worker_plans_when_the_first_is_killed(built: House):
    shop = open_shop(built, 2_000_000)
    built.start_web()
    built.start_worker()
    with (
        psycopg.connect(built.database_url, autocommit=True) as rows,
        guests_at(built.url, shop, 1) as (guest,),
    ):
        order(guest)
        assert first(rows, ASSIGNED.format(1)) == 1
        before = first(rows, LEADER)
        built.start_worker("second worker")
        order(guest)
        assert first(rows, ASSIGNED.format(2)) == 2
        assert first(rows, LEADER) == before, "the first worker still leads"
        built.kill("worker")
        order(guest)
        assert first(rows, ASSIGNED.format(3)) == 3, built.log("second worker")
        assert first(rows, LEADER) not in {None, before}
    built.guinda("audit")
