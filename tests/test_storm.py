"""A storm of orders over HTTP on the production server: nothing is oversold, nothing acknowledged is lost when it is killed."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from tests.house import House, house

pytestmark = pytest.mark.storm
ROOT = Path(__file__).resolve().parent.parent
GUESTS = 8


def open_shop(built: House, shelf_g: int) -> dict[str, Any]:
    """Fill the house's database; its facts."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.shop", str(shelf_g)],
        env=built.environment,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        check=True,
    )
    return dict(json.loads(done.stdout.splitlines()[-1]))


@pytest.fixture
def built(tmp_path) -> Iterator[House]:
    with house(tmp_path) as made:
        yield made


@contextmanager
def guests_at(url: str, shop: dict[str, Any], count: int = GUESTS) -> Iterator[list[Guest]]:
    """Browsers at the panel, closed at the end."""
    made = [Guest(url, shop) for _ in range(count)]
    try:
        yield made
    finally:
        for each in made:
            each.line.close()


class Guest:
    """One browser at the panel."""

    def __init__(self, url: str, shop: dict[str, Any]) -> None:
        self.station = shop["station"]
        self.line = httpx.Client(base_url=url, follow_redirects=True, timeout=15)
        self.line.get(shop["enrol_path"]).raise_for_status()
        self.line.headers.update({"X-CSRFToken": self.line.cookies["csrftoken"], "Referer": url})

    def quote(self, bowl: dict[str, int]) -> str:
        answer = self.line.post(
            f"/api/panels/{self.station}/quote", json={"bowl": bowl, "lat": 55.76, "lon": 37.64}
        )
        assert answer.status_code == 200, answer.text
        return str(answer.json()["quote"])

    def order(self, quote: str, key: str) -> httpx.Response:
        body = {"key": key, "quote": quote, "street": "Pokrovka 12", "flat": "4", "note": "", "pay": "cash"}
        return self.line.post(f"/api/panels/{self.station}/orders", json=body)


def test_ten_units_and_32_attempts_by_eight_guests_end_in_exactly_ten_orders(built):
    shop = open_shop(built, 1_000)
    with psycopg.connect(
        built.database_url
    ) as rows:  # one store has the last ten portions, the others are closed
        rows.execute("UPDATE places_store SET active = (id = %s)", [shop["stores"][0]])
    built.start_web()
    start = threading.Barrier(GUESTS)
    with guests_at(built.url, shop) as guests, ThreadPoolExecutor(GUESTS) as threads:
        quotes = [guest.quote({"kordia": 100}) for guest in guests]

        def attempt(index: int) -> list[int]:
            start.wait()
            return [guests[index].order(quotes[index], str(uuid.uuid4())).status_code for _ in range(4)]

        told = Counter(status for statuses in threads.map(attempt, range(GUESTS)) for status in statuses)
    assert told == {201: 10, 409: 22}
    with psycopg.connect(built.database_url) as rows:
        assert rows.execute("SELECT count(*), sum(weight_g) FROM orders_order").fetchone() == (10, 1_000)


def test_what_was_acknowledged_survives_kill_9(built):
    shop = open_shop(built, 2_000_000_000)
    built.start_worker()
    acknowledged: dict[str, str] = {}
    sent: dict[str, str] = {}
    for _ in range(3):
        built.start_web()
        ask_again(built, shop, sent, acknowledged)
        sent = storm(built, shop, acknowledged)
    built.start_web()
    ask_again(built, shop, sent, acknowledged)
    wait_until_told(built)
    with psycopg.connect(built.database_url) as rows:
        found = dict(rows.execute("SELECT key::text, code FROM orders_order").fetchall())
        assert found == acknowledged
        whole = rows.execute(
            "SELECT count(*) FROM orders_order o WHERE total_minor = (SELECT sum(price_minor) FROM orders_line WHERE order_id = o.id)"
            " AND (SELECT count(*) FROM orders_payment WHERE order_id = o.id) = 1"
            " AND (SELECT count(*) FROM journal_event WHERE ref = o.code AND kind = 'order.confirmed') = 1",
        ).fetchone()
        assert whole == (len(acknowledged),)
    built.guinda("audit")


def ask_again(built: House, shop: dict[str, Any], sent: dict[str, str], acknowledged: dict[str, str]) -> None:
    """Whoever got an answer gets the same one, whoever got none asks with the same key."""
    with guests_at(built.url, shop, 1) as (guest,):
        for key, quote in sent.items():
            answer = guest.order(quote, key)
            assert answer.status_code in {200, 201}, answer.text
            assert acknowledged.setdefault(key, answer.json()["code"]) == answer.json()["code"]


def storm(built: House, shop: dict[str, Any], acknowledged: dict[str, str]) -> dict[str, str]:
    """Guests order until the server is killed under them; returns every (key, quote) sent, answered or not."""
    with guests_at(built.url, shop) as guests:
        return _storm(built, guests, acknowledged)


def _storm(built: House, guests: list[Guest], acknowledged: dict[str, str]) -> dict[str, str]:
    quotes = [guest.quote({"kordia": 100 + 10 * index, "rainier": 200}) for index, guest in enumerate(guests)]
    sent: dict[str, str] = {}
    answered = Counter()

    def order_on(index: int) -> None:
        until = time.monotonic() + 20
        while time.monotonic() < until:
            key = str(uuid.uuid4())
            sent[key] = quotes[index]
            try:
                answer = guests[index].order(quotes[index], key)
            except httpx.HTTPError:
                return  # the line broke: the server is dead
            assert answer.status_code == 201, answer.text
            acknowledged[key] = answer.json()["code"]
            answered[index] += 1

    with ThreadPoolExecutor(GUESTS) as threads:
        running = [threads.submit(order_on, index) for index in range(GUESTS)]
        while sum(answered.values()) < 150 and not any(each.done() for each in running):
            time.sleep(0.01)
        built.kill("web")
        for each in running:
            each.result()
    assert sum(answered.values()) >= 150
    return sent


def wait_until_told(built: House) -> None:
    """Until the worker has told every listener, so that every order has its task."""
    until = time.monotonic() + 60
    with psycopg.connect(built.database_url, autocommit=True) as rows:
        while rows.execute("SELECT count(*) FROM journal_announcement").fetchone() != (0,):
            assert time.monotonic() < until, built.log("worker")
            time.sleep(0.2)
