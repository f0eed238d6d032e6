"""The peer of `orders.py`: pgbench scripts with the least SQL that one order of ours needs, in statements and in one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

COLUMNS = (
    "key, body_digest, code, spoken_code, city_id, store_id, source, client_id, phone, language, lat, lon, street, flat, note,"
    " total_minor, currency, weight_g, state, placed_at, promised_at, promise_chance, hold_until"
)
VALUES = (
    "gen_random_uuid(), repeat('a', 64), substr(gen_random_uuid()::text, 1, 32), '1234', 'moscow', :store, 'panel', NULL, '',"
    " 'en', 55.76, 37.64, 'Pokrovka 12', '4', '', 44500, 'RUB', 500, 'confirmed', now(), now() + interval '30 min', 0.9, NULL"
)
PAYMENT_COLUMNS = (
    "order_id, amount_minor, variant, status, fraud_status, fraud_message, created, modified, transaction_id, currency, total,"
    " delivery, tax, description, billing_first_name, billing_last_name, billing_address_1, billing_address_2, billing_city,"
    " billing_postcode, billing_country_code, billing_country_area, billing_email, billing_phone, extra_data, message, token,"
    " captured_amount"
)
PAYMENT_VALUES = (
    "44500, 'cash', 'waiting', 'unknown', '', now(), now(), '', 'RUB', 445, 0, 0, '', '', '', '', '', '', '', '', '', '', '', '', '',"
    " gen_random_uuid()::text, 0"
)
HOLD = "UPDATE stock_holding SET held_g = held_g + 250 WHERE id IN (:one, :two) AND on_hand_g - held_g >= 250"

STATEMENTS = f"""BEGIN;
{HOLD};
INSERT INTO orders_order ({COLUMNS}) VALUES ({VALUES}) RETURNING id AS order_id \\gset
INSERT INTO orders_line (order_id, lot_id, weight_g, price_minor)
    VALUES (:order_id, :lot_one, 250, 22250), (:order_id, :lot_two, 250, 22250);
INSERT INTO orders_payment ({PAYMENT_COLUMNS}) VALUES (:order_id, {PAYMENT_VALUES});
INSERT INTO journal_event (at, kind, ref, by, data) VALUES (now(), 'order.confirmed', :order_id, 'bench', '{{}}')
    RETURNING id AS event_id \\gset
INSERT INTO journal_announcement (event_id, due_at, attempts, last_error) VALUES (:event_id, now(), 0, '');
COMMIT;
"""

ONE = f"""WITH held AS ({HOLD} RETURNING id),
placed AS (INSERT INTO orders_order ({COLUMNS}) VALUES ({VALUES}) RETURNING id),
lines AS (INSERT INTO orders_line (order_id, lot_id, weight_g, price_minor)
          SELECT id, lot, 250, 22250 FROM placed, (VALUES (:lot_one ::bigint), (:lot_two ::bigint)) AS lots(lot)),
payment AS (INSERT INTO orders_payment ({PAYMENT_COLUMNS}) SELECT id, {PAYMENT_VALUES} FROM placed),
event AS (INSERT INTO journal_event (at, kind, ref, by, data)
          SELECT now(), 'order.confirmed', id::text, 'bench', '{{}}' FROM placed RETURNING id)
INSERT INTO journal_announcement (event_id, due_at, attempts, last_error) SELECT id, now(), 0, '' FROM event;
"""


def pgbench_files(folder: Path, shop: dict[str, Any]) -> dict[str, Path]:
    """The two scripts with this shop's row numbers, as `statements` and `one`."""
    first, last = shop["holdings"]
    head = (
        f"\\set one random({first}, {last - 1})\n\\set two :one + 1\n"
        f"\\set lot_one :one - {first} + {shop['first_lot']}\n\\set lot_two :lot_one + 1\n"
        f"\\set store random({shop['stores'][0]}, {shop['stores'][1]})\n"
    )
    files = {}
    for name, script in (("statements", STATEMENTS), ("one", ONE.replace("\n", " ") + "\n")):
        files[name] = folder / f"{name}.sql"
        files[name].write_text(head + script)
    return files
