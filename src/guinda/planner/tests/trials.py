"""Histories in which chance decided, written by set: a play's first runs with the clients' purchases before them."""

from __future__ import annotations

import csv
import os
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
from django.db import connection

from guinda.plays import services
from guinda.plays.models import PlayVersion
from guinda.plays.tests.cast import city, message, register, written
from guinda.plays.tests.past import NOW, Past

DAY = timedelta(days=1)
REAL = (
    Path(os.environ.get("GUINDA_DATA") or Path(__file__).parents[4] / "../shared/data")
    / "clients"
    / "hillstrom.csv"
)
RUNS = """
WITH told AS (SELECT * FROM unnest(%(ns)s::int[], %(ats)s::timestamptz[], %(alone)s::bool[], %(came)s::bool[], %(since)s::timestamptz[])
                   AS t (n, at, alone, came, since_at)),
     made AS (INSERT INTO clients_client (phone, name, language, since_at, city_id)
              SELECT '+1' || (5550000000 + n), '', 'en', since_at, %(city)s FROM told
              RETURNING id, right(phone, 10)::bigint - 5550000000 AS n)
INSERT INTO plays_run (play_id, version_id, client_id, city_id, entry_key, entered_at, holdout, state, step, number, step_at, due_at,
                       waits_for, tries, deadline_at, goal_at, ended_at, why)
SELECT %(play)s, %(version)s, made.id, %(city)s, 'made:' || n, at, alone, 'done', '', 1, at, at, '', 0, at + interval '7 days',
       CASE WHEN came THEN at + interval '3 days' END, at + interval '7 days', 'end' FROM made JOIN told USING (n)
"""
ORDERS = """
WITH told AS (SELECT * FROM unnest(%(ns)s::int[], %(bought)s::timestamptz[], %(spent)s::int[]) AS t (n, at, total_minor))
INSERT INTO orders_order (key, body_digest, code, spoken_code, city_id, store_id, source, client_id, phone, language, lat, lon, street,
                          flat, note, total_minor, currency, weight_g, state, placed_at, promised_at, promise_chance)
SELECT gen_random_uuid(), '', 'made' || n || '.' || row_number() OVER (PARTITION BY n ORDER BY at), '0000',
       %(city)s, %(store)s, 'panel:a', c.id, '', 'en', 55.7, 37.6, 'S 1', '',
       '', total_minor, 'RUB', 1000, 'delivered', at, at + interval '30 minutes', 0.9
FROM told JOIN clients_client c ON c.phone = '+1' || (5550000000 + n)
"""
LINES = """
INSERT INTO orders_line (order_id, lot_id, weight_g, price_minor)
SELECT o.id, lot, grams, 100 FROM unnest(%(ns)s::int[], %(first)s::int[], %(second)s::int[]) AS t (n, first, second)
JOIN orders_order o ON o.code = 'made' || n || '.1', LATERAL (VALUES (first, 1000), (second, 500)) AS of (lot, grams) WHERE lot > 0
"""


class Stage:
    """A play that leaves half alone, and a shop to have bought at."""

    def __init__(self) -> None:
        self.past = Past(city())
        text = written(message("more", 'sent = "end"'), holdout=0.5).replace(
            "client.nodded", "order.delivered"
        )
        self.version: PlayVersion = services.save(text=text, by="x", now=NOW - 400 * DAY)
        self.play = self.version.play
        self.clients = 0
        self.orders: list[tuple[int, datetime, int]] = []
        """Client's number, when, minor units."""

    def runs(self, at: list[datetime], alone, came, since: list[datetime] | None = None) -> None:
        """One first run each, watched for seven days."""
        ns = list(range(self.clients, self.clients + len(at)))
        self.clients += len(at)
        facts = {
            "play": self.play.pk,
            "version": self.version.pk,
            "city": self.past.city.pk,
            "ns": ns,
            "ats": at,
        }
        facts |= {"alone": list(map(bool, alone)), "came": list(map(bool, came)), "since": since or at}
        self._do(RUNS, facts)

    def buy(self) -> None:
        """Write the orders."""
        ns, at, spent = zip(*self.orders, strict=True)
        facts = {"ns": list(ns), "bought": list(at), "spent": list(spent)}
        self._do(ORDERS, facts | {"city": self.past.city.pk, "store": self.past.store.pk})

    def bought(self, at: list[datetime], spent_minor, first=(), second=()) -> None:
        """One order each of the first clients, with the numbers of its lots, the larger first."""
        ns = list(range(len(at)))
        self.orders = list(zip(ns, at, [int(each) for each in spent_minor], strict=True))
        self.buy()
        if len(first):
            self._do(LINES, {"ns": ns, "first": list(map(int, first)), "second": list(map(int, second))})

    def moved(self, clients: int, *, seed: int, at: datetime = NOW - 60 * DAY, moves: float = 0.3) -> None:
        """Those who are clients for more than a year are moved by so much, others by nothing."""
        rng = np.random.default_rng(seed)
        old, alone = rng.random(clients) < 0.5, rng.random(clients) < 0.5
        came = rng.random(clients) < 0.2 + moves * (old & ~alone)
        ats = [at + timedelta(minutes=number) for number in range(clients)]
        since = [each - (800 * DAY if one else 30 * DAY) for each, one in zip(ats, old, strict=True)]
        self.runs(ats, alone, came, since)

    def hillstrom(self, clients: int) -> None:
        """The women's e-mail of 2008 against none: women's clothes are cherries here, men's raspberries, the money one order."""
        with REAL.open(newline="") as file:
            rows = [row for row in csv.DictReader(file) if row["segment"] != "Mens E-Mail"][:clients]
        then = NOW - 30 * DAY
        since = [then - (20 if row["newbie"] == "1" else 500) * DAY for row in rows]
        alone = [row["segment"] == "No E-Mail" for row in rows]
        self.runs([then] * len(rows), alone, [row["visit"] == "1" for row in rows], since)
        lots = [
            self.past.lots[fruit].pk * np.array([int(row[what]) for row in rows])
            for fruit, what in (("cherry", "womens"), ("raspberry", "mens"))
        ]
        first, second = np.where(lots[0] > 0, lots[0], lots[1]), np.where(lots[0] > 0, lots[1], 0)
        bought = [then - int(row["recency"]) * 30 * DAY for row in rows]
        self.bought(bought, [100 * float(row["history"]) for row in rows], first, second)

    def _do(self, sql: str, facts: dict) -> None:
        register()
        with connection.cursor() as cursor:
            cursor.execute(sql, facts)
            cursor.execute("ANALYZE clients_client, plays_run, orders_order, orders_line")
