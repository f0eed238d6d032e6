"""A city with as many orders as one asks for, written by the database itself: 100,000 take a few seconds."""

# ruff: noqa: E501 - statements are read in columns

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import uuid4

from allauth.mfa.models import Authenticator
from axes.models import AccessAttempt
from django.contrib.auth.models import User
from django.db import connection

from guinda.base import clock
from guinda.catalog.models import Lot
from guinda.clients.models import Address, ChannelPrice, Competitor, PhoneCode
from guinda.clients.models import Client as Buyer
from guinda.delivery.models import Courier, Shift
from guinda.offers.models import Territory, Tool
from guinda.panels import services as panels
from guinda.places.models import Line, Stop
from guinda.stalls.models import Seller, Stall
from guinda.stores.models import Count, Keeper, Receipt, Transfer
from guinda.tables.models import Upload
from tests.world import World, build, texts

ORDERS = """
INSERT INTO clients_client (id, phone, name, language, since_at)
SELECT n, '+79' || lpad(n::text, 9, '0'), CASE WHEN n %% 3 = 0 THEN '' ELSE (ARRAY['Anna','Boris','Vera','Жанна'])[1 + n %% 4] || ' ' || n END,
       (ARRAY['en','es','ru'])[1 + n %% 3], %(now)s - make_interval(secs => (%(orders)s - n) * 30)
FROM generate_series(1, %(orders)s) n;

INSERT INTO orders_order (id, key, body_digest, code, spoken_code, city_id, store_id, source, client_id, phone, language, lat, lon,
    street, flat, note, total_minor, currency, weight_g, state, placed_at, promised_at, promise_chance, hold_until)
SELECT n, gen_random_uuid(), md5(n::text), 'code-' || n,
       lpad((n * 7 %% 10000)::text, 4, '0'), 'moscow',
       (%(stores)s::bigint[])[1 + n %% 2], 'panel:kurskaya', n, CASE WHEN n %% 5 = 0 THEN '' ELSE '+79' || lpad(n::text, 9, '0') END,
       'en', 55.76, 37.64,
       'Pokrovka ' || n %% 200, (n %% 90)::text, '', 44500, 'RUB', 500,
       CASE WHEN %(orders)s - n < 12 THEN (ARRAY['held','confirmed','handed'])[1 + n %% 3]
            WHEN n %% 97 = 0 THEN 'failed' WHEN n %% 50 = 0 THEN 'cancelled' WHEN n %% 60 = 0 THEN 'expired' ELSE 'delivered' END,
       at, at + interval '30 minutes', 0.93, at + interval '10 minutes'
FROM generate_series(1, %(orders)s) n, LATERAL (SELECT %(now)s - make_interval(secs => (%(orders)s - n) * 30) AS at) t;

INSERT INTO orders_standingorder (id, key, code, city_id, client_id, made_from_id, language, lat, lon, street, flat, note, days, hour, pay,
    made_at, paused_at, ended_at, laid_out_until)
SELECT id, gen_random_uuid(), 'standing-' || id, city_id, client_id, id, 'en', lat, lon, street, flat, '', 1 + id %% 127, 18, 'cash',
    placed_at, CASE WHEN id %% 9 = 0 THEN placed_at END, CASE WHEN id %% 8 = 0 THEN placed_at END, placed_at::date
FROM orders_order WHERE id %% 4 = 0;

INSERT INTO orders_standingline (standing_id, variety_id, weight_g, per_kg_minor)
SELECT id, 'kordia', 500, 89000 FROM orders_standingorder;

INSERT INTO orders_visit (standing_id, date, wished_at, answer_by, due_at, state, answer, asks)
SELECT id, made_at::date + k, made_at + make_interval(days => k), made_at + make_interval(days => k) - interval '2 hours', made_at,
    CASE WHEN k < 3 THEN 'skipped' ELSE 'planned' END, '', 0
FROM orders_standingorder, generate_series(1, 4) k;

INSERT INTO orders_line (order_id, lot_id, weight_g, price_minor)
SELECT n, lot, 250, 22250 FROM generate_series(1, %(orders)s) n, unnest((%(lots)s::bigint[])[1:2]) lot;

INSERT INTO orders_payment (id, order_id, amount_minor, variant, status, fraud_status, fraud_message, created, modified, transaction_id, currency,
    total, delivery, tax, description, billing_first_name, billing_last_name,
    billing_address_1, billing_address_2, billing_city,
    billing_postcode, billing_country_code, billing_country_area, billing_email, billing_phone, extra_data, message, token, captured_amount)
SELECT id, id, 44500, (ARRAY['cash','card'])[1 + id %% 2], CASE WHEN state = 'delivered' THEN 'confirmed' ELSE 'waiting' END, 'unknown', '',
    placed_at, placed_at, '', 'RUB', 445, 0, 0, '', '', '', '', '', '', '', '', '', '', '', '', '', 'token-' || id, 0 FROM orders_order;

INSERT INTO orders_refund (payment_id, amount_minor, reason, by, asked_at, sent_at, done_at)
SELECT id, 44500, 'cancelled', 'staff:test', placed_at, CASE WHEN id %% 3 > 0 THEN placed_at END, CASE WHEN id %% 3 = 2 THEN placed_at END
FROM orders_order WHERE state IN ('cancelled', 'failed') OR %(orders)s - id BETWEEN 14 AND 19;

INSERT INTO journal_event (at, kind, ref, by, data)
SELECT placed_at + make_interval(secs => k * 60), (ARRAY['order.confirmed','order.handed','order.delivered'])[k], code,
    'panel:kurskaya', '{"pay": "cash"}'
FROM orders_order, generate_series(1, 3) k;

INSERT INTO delivery_task (id, order_id, city_id, store_id, lat, lon, weight_g, ready_at, promised_at, state, courier_id, position,
    expected_at, assigned_at, picked_up_at, ended_at, code_checked, by_office, note)
SELECT id, id, city_id, store_id, lat, lon, weight_g, placed_at + interval '5 minutes', promised_at,
    CASE state WHEN 'delivered' THEN 'delivered' WHEN 'failed' THEN 'failed' WHEN 'handed' THEN 'carried'
        WHEN 'confirmed' THEN 'assigned' ELSE 'cancelled' END,
    CASE WHEN state IN ('delivered','failed','handed','confirmed') THEN (%(couriers)s::bigint[])[1 + id %% 3] END, 1,
    promised_at, placed_at, placed_at,
    CASE WHEN state IN ('delivered','failed','cancelled','expired') THEN placed_at + make_interval(mins => 20 + (id %% 13)::int) END, true, false, ''
FROM orders_order WHERE state <> 'held';

INSERT INTO delivery_tap (key, courier_id, kind, task_id, tapped_at, arrived_at, answer)
SELECT gen_random_uuid(), courier_id, 'delivered', id, ended_at, ended_at, '{}' FROM delivery_task WHERE state = 'delivered';

INSERT INTO delivery_rating (order_id, fruit, kindness, word, rated_at)
SELECT order_id, 4 + id %% 2, 5, 'lovely', ended_at FROM delivery_task WHERE state = 'delivered' AND id %% 4 = 0;

INSERT INTO stock_movement (lot_id, from_holder_id, to_holder_id, weight_g, reason, ref, by, at)
SELECT line.lot_id, (SELECT min(id) FROM stock_holder WHERE kind = 'store'),
    (SELECT id FROM stock_holder WHERE kind = 'clients'), line.weight_g, 'sale', code, 'courier', placed_at
FROM orders_line line JOIN orders_order o ON o.id = line.order_id WHERE state = 'delivered';

INSERT INTO clients_message (key, purpose, phone, city_id, language, text, made_at, due_at, lapses_at, state, attempts, claimed_at, ended_at, channel,
    last_error)
SELECT 'order:' || code || ':' || why, why, phone, city_id, language, 'Order ' || spoken_code, placed_at, placed_at, promised_at, stands, 1, placed_at,
    placed_at, 'console', ''
FROM orders_order, LATERAL (SELECT (ARRAY['confirmed','on_the_way','delivered'])[1 + id %% 3] AS why,
    (ARRAY['sent','sent','sent','failed','unclear','lapsed'])[1 + id %% 6] AS stands) message
WHERE phone <> '';
"""


def city(*, orders: int) -> World:
    """A city after that many orders, half a minute apart, the last one just now; then statistics, as autovacuum would take them."""
    now = clock.now()
    world = build()
    Lot.objects.update(expires_at=now + timedelta(hours=20))
    couriers = [_courier(world, f"courier-{index}", now) for index in range(3)]
    _people(world, now)
    facts = {
        "now": now,
        "orders": orders,
        "stores": [store.pk for store in world.stores],
        "lots": [lot.pk for lot in world.lots.values()],
        "couriers": [courier.pk for courier in couriers],
    }
    with connection.cursor() as cursor:
        _trust(cursor)
        for statement in filter(str.strip, ORDERS.split(";\n")):
            cursor.execute(statement, facts)
            cursor.execute(f"ANALYZE {statement.split()[2]}")  # the next one reads what this one wrote
        for table in (
            "clients_client",
            "orders_order",
            "orders_standingorder",
            "orders_payment",
            "delivery_task",
            "journal_event",
        ):
            cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}")  # noqa: S608
        # What is still to be checked is checked here, once: left for later, every test's end would check it all again.
        cursor.execute(
            "SET LOCAL session_replication_role = 'origin'" if _is_superuser(cursor) else "SELECT 1"
        )
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        cursor.execute("ANALYZE")
    return world


def _is_superuser(cursor) -> bool:
    cursor.execute("SELECT usesuper FROM pg_user WHERE usename = current_user")
    return bool(cursor.fetchone()[0])


def _trust(cursor) -> None:
    """Skip the foreign keys' checks of a million rows where the server lets us; the rows point at each other by construction."""
    if _is_superuser(cursor):
        cursor.execute("SET LOCAL session_replication_role = 'replica'")


def _courier(world: World, name: str, now: datetime) -> Courier:
    courier = Courier.objects.create(
        user=User.objects.create_user(name),
        name=name,
        city=world.city,
        home_store=world.store,
        phone="+79160000000",
    )
    Shift.objects.create(
        courier=courier, started_at=now, ends_at=now + timedelta(hours=8), lat=55.75, lon=37.6, seen_at=now
    )
    return courier


def _store_work(world: World, now: datetime) -> None:
    keeper = User.objects.create_user("keeper")
    Keeper.objects.create(user=keeper, store=world.store)
    lot, other = world.lots["kordia"], world.stores[1]
    kept = {"store": world.store, "lot": lot, "by": "staff:keeper", "at": now}
    Receipt.objects.create(
        **kept, key=uuid4(), body_digest="x" * 64, weight_g=1000, cost_minor=40_000, currency="RUB"
    )
    Count.objects.create(**kept, key=uuid4(), counted_g=990, difference_g=-10, reason="dried")
    Transfer.objects.create(
        key=uuid4(),
        lot=lot,
        source=world.store,
        target=other,
        sent_g=500,
        sent_by="staff:keeper",
        sent_at=now,
    )


def _offers(now: datetime) -> None:
    said = texts("A jar of jam")
    Tool.objects.create(
        slug="jam", kind="gift", name=said, text=said, currency="RUB", from_date=now.date(), pieces_left=9
    )
    Territory.objects.create(name="North")


def _people(world: World, now: datetime) -> None:
    buyer = Buyer.objects.create(
        id=10_000_000, phone="+34600000000", name="Carmen Ruiz", language="es", since_at=now
    )
    for flat in ("1", "2", "3"):
        Address.objects.create(client=buyer, lat=55.7, lon=37.6, street="Arbat 1", flat=flat, used_at=now)
    PhoneCode.objects.create(
        phone=buyer.phone,
        digest="x" * 64,
        asked_from="panel:1",
        sent_at=now,
        expires_at=now + timedelta(minutes=5),
    )
    Competitor.objects.create(name="The other orchard")
    ChannelPrice.objects.create(channel="call", currency="RUB", from_date=now.date(), minute_minor=1500)
    _store_work(world, now)
    _offers(now)
    line = Line.objects.create(
        city=world.city, code="5", name="Кольцевая", name_latin="Ring", colour="#8d5b2d", path=[]
    )
    for position, station in enumerate(world.stations):
        Stop.objects.create(line=line, station=station, position=position)
        panels.enrol(station=station, label="east hall", by="test", now=now)
    Upload.objects.create(
        table_name="clients",
        file_name="clients.csv",
        language="en",
        size_bytes=20,
        by="staff:boss",
        sent_at=now,
        state="shown",
    )
    store = world.store
    stall = {"name": "Курская", "name_latin": "Kurskaya", "lat": store.lat, "lon": store.lon}
    Stall.objects.create(city=world.city, station=world.stations[0], store=store, **stall)
    Seller.objects.create(user=User.objects.create_user("dasha"), name="Dasha", city=world.city)
    AccessAttempt.objects.create(
        username="mallory", ip_address="10.1.1.1", failures_since_start=6, attempt_time=now
    )
    Authenticator.objects.create(
        user=User.objects.get(username="courier-0"), type="totp", data={"secret": "x"}
    )
