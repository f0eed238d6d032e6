"""How long a play's conditions take over the whole book, and how much the set saves over asking client by client.

    python benchmarks/conditions.py [--clients 200000] [--explain]

Writes so many clients with four delivered orders each (lines, tasks and ratings with them), a supply for every tenth and a consent for
every second, then asks what the system's plays ask. Beside each stands the same condition asked for a hundred clients one at a time, by
index, reckoned up to the whole book.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks import throwaway  # noqa: E402 - found by the line above

NOW = datetime(2026, 8, 20, 9, tzinfo=UTC)
ORDERS = 4
ASKED = {
    "bought once": [{"fact": "delivered_orders", "is": "exactly", "value": 1}],
    "was regular, has stopped": [
        {"fact": "delivered_orders", "is": "at least", "value": 3},
        {"fact": "gaps_since_last_order", "is": "at least", "value": 2},
        {"fact": "has_standing_order", "is": "no"},
    ],
    "late or rated 2 or less": [
        {"any": [{"fact": "last_late", "is": "yes"}, {"fact": "last_rating", "is": "at most", "value": 2}]}
    ],
    "contract ends, buys less": [
        {"fact": "contract_ends", "is": "within next", "value": 60},
        {"fact": "quarter_percent", "is": "less than", "value": 100},
    ],
    "likes cherries, agrees": [
        {"fact": "fruit_bought", "is": "including", "value": "cherry"},
        {"fact": "agrees_to_offers", "is": "yes"},
    ],
}
FILLED = """
INSERT INTO clients_client (phone, name, language, since_at, kind)
SELECT '+7' || (9000000000 + n), 'C' || n, 'ru', %(now)s, CASE WHEN n %% 10 = 0 THEN 'company' ELSE 'person' END
FROM generate_series(1, %(clients)s) n;
INSERT INTO orders_order (key, body_digest, code, spoken_code, city_id, store_id, source, client_id, phone, language, lat, lon, street,
    flat, note, total_minor, currency, weight_g, state, placed_at, promised_at, promise_chance)
SELECT gen_random_uuid(), '', 'o' || c.id || '-' || k, '0000', %(city)s, %(store)s, 'panel:a', c.id, '', 'ru', 55.7, 37.6, 'S', '', '',
    40000 + (c.id * 37 + k * 911) %% 90000, 'RUB', 1000, 'delivered', at, at + interval '30 minutes', 0.9
FROM clients_client c, generate_series(1, %(orders)s) k,
    LATERAL (SELECT %(now)s::timestamptz - make_interval(hours => ((c.id * 7919 + k * 104729) %% 7000)::int) AS at) x;
INSERT INTO orders_line (order_id, lot_id, weight_g, price_minor) SELECT id, %(lot)s, 1000, total_minor FROM orders_order;
INSERT INTO delivery_task (order_id, city_id, store_id, lat, lon, weight_g, ready_at, promised_at, state, courier_id, position, ended_at,
    code_checked, by_office, note)
SELECT id, city_id, store_id, lat, lon, 1000, placed_at, promised_at, 'delivered', %(courier)s, 0,
    promised_at + make_interval(mins => (id %% 20)::int - 15), true, false, '' FROM orders_order;
INSERT INTO delivery_rating (order_id, fruit, kindness, word, rated_at)
SELECT id, 1 + id %% 5, 5, '', promised_at + interval '1 hour' FROM orders_order WHERE id %% 3 = 0;
INSERT INTO clients_supply (company_id, what, ends_date) SELECT id, 'fruit', %(now)s::date + (id %% 300)::int
FROM clients_client WHERE kind = 'company';
INSERT INTO clients_consent (client_id, purpose, channel, given, how, by, at)
SELECT id, 'offer', 'every', true, '', 'x', %(now)s FROM clients_client WHERE id %% 2 = 0;
"""


def main() -> None:
    """Fill, then ask."""
    options = _options()
    throwaway.database()
    _fill(options.clients)
    print(f"{options.clients:,} clients, {options.clients * ORDERS:,} orders; load {os.getloadavg()[0]:.1f}")
    for name, filters in ASKED.items():
        _ask(name, filters, options.clients)
        if options.explain:
            _explain(filters)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--clients", type=int, default=200_000)
    parser.add_argument("--explain", action="store_true", help="print the plans too")
    return parser.parse_args()


def _fill(clients: int) -> None:
    from django.db import connection

    from guinda.plays.tests.past import Past  # after django.setup: the rows that everything points to

    past = Past()
    facts = {"clients": clients, "orders": ORDERS, "now": NOW, "city": past.city.slug, "store": past.store.pk}
    facts |= {"courier": past.courier.pk, "lot": past.lots["cherry"].pk}
    with connection.cursor() as cursor:
        for statement in FILLED.split(";\n"):
            if statement.strip():
                cursor.execute(statement, facts)
        cursor.execute("ANALYZE")


def _ask(name: str, filters: Any, clients: int) -> None:
    from guinda.plays.conditions import matching

    found = matching(filters, now=NOW)
    whole_s = _median_s(lambda: matching(filters, now=NOW), 3)
    step = max(1, clients // 100)
    one_s = statistics.median(
        _median_s(lambda pk=pk: matching(filters, now=NOW, among=[pk]), 1) for pk in range(1, clients, step)
    )
    print(
        f"{name:26} {len(found):8,} match  whole book {whole_s * 1000:7.0f} ms   one client {one_s * 1000:5.1f} ms"
        f"   one by one {one_s * clients / whole_s:6.0f} times as long"
    )


def _median_s(ask: Callable[[], object], times: int) -> float:
    took = []
    for _ in range(times):
        began = time.perf_counter()
        ask()
        took.append(time.perf_counter() - began)
    return statistics.median(took)


def _explain(filters: Any) -> None:
    from django.db import connection

    from guinda.plays.conditions import selection

    chosen = selection(filters, now=NOW)
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) {chosen.sql}", chosen.params)
        print("\n".join(line for (line,) in cursor.fetchall()))


if __name__ == "__main__":
    main()
