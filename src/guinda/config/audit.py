"""`guinda audit`: the books added up again. Each check is one statement over sets: one instant, and quick at a million orders.

A check's statement selects what does not agree; its columns fill the check's sentence. `recent` stands for the instant before which
the worker must have done its part.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from guinda.base import clock
from guinda.config.cli import Mistake, set_up

SHOWN = 20
"""Findings shown per check; all are counted."""
GRACE_S = 60
GRACE_REAL_S = 15
"""What the worker does after a commit is looked for only after a minute, and not before it had this long in real seconds: the demo's
minutes are short."""


@dataclass(frozen=True)
class Check:
    """What is counted, what must be true of it, and a statement that selects where it is not."""

    name: str
    counts: str
    promise: str
    finding: str
    wrong: str


class Result(NamedTuple):
    """How a check went: rows looked at, rows found wrong, and the first of them as sentences."""

    check: Check
    counted: int
    found: int
    shown: list[str]


CHECKS = (
    Check(
        "stock.on_hand",
        "stock_holding",
        "each holding is what came in less what went out",
        "holder {holder}, lot {lot}: {on_hand} g on hand, {moved} g by its movements",
        """
        SELECT coalesce(h.holder_id, m.holder_id) AS holder, coalesce(h.lot_id, m.lot_id) AS lot,
               coalesce(h.on_hand_g, 0) AS on_hand, coalesce(m.moved, 0) AS moved
        FROM stock_holding h
        FULL JOIN (SELECT holder_id, lot_id, sum(weight_g) AS moved
                   FROM (SELECT to_holder_id AS holder_id, lot_id, weight_g FROM stock_movement
                         UNION ALL SELECT from_holder_id, lot_id, -weight_g FROM stock_movement) both_ways
                   JOIN stock_holder ON stock_holder.id = holder_id AND kind IN ('store', 'bag', 'road')
                   GROUP BY 1, 2) m ON m.holder_id = h.holder_id AND m.lot_id = h.lot_id
        WHERE coalesce(h.on_hand_g, 0) <> coalesce(m.moved, 0)
        """,
    ),
    Check(
        "stock.held",
        "stock_holding",
        "what is held is what live orders will take",
        "store {store}, lot {lot}: {held} g held, {wanted} g in live orders",
        """
        SELECT coalesce(h.store_id, o.store_id) AS store, coalesce(h.lot_id, o.lot_id) AS lot,
               coalesce(h.held_g, 0) AS held, coalesce(o.wanted, 0) AS wanted
        FROM (SELECT holder.store_id, lot_id, held_g FROM stock_holding
              JOIN stock_holder holder ON holder.id = holder_id) h
        FULL JOIN (SELECT store_id, lot_id, sum(line.weight_g) AS wanted FROM orders_order placed
                   JOIN orders_line line ON line.order_id = placed.id
                   WHERE state IN ('held', 'confirmed') GROUP BY 1, 2) o ON o.store_id = h.store_id AND o.lot_id = h.lot_id
        WHERE coalesce(h.held_g, 0) <> coalesce(o.wanted, 0)
        """,
    ),
    Check(
        "stock.sold",
        "orders_order",
        "each bag that left a store, or came back, is in the movements lot by lot",
        "order {id} ({state}), lot {lot_id}: {weight_g} g in the bag, {sold} g moved to the client, {back} g moved back",
        """
        SELECT o.id, o.state, l.lot_id, l.weight_g, coalesce(m.sold, 0) AS sold, coalesce(m.back, 0) AS back
        FROM orders_order o
        JOIN orders_line l ON l.order_id = o.id
        LEFT JOIN (SELECT ref, lot_id, sum(weight_g) FILTER (WHERE reason = 'sale') AS sold,
                          sum(weight_g) FILTER (WHERE reason = 'return') AS back
                   FROM stock_movement WHERE ref <> '' GROUP BY 1, 2) m ON m.ref = o.code AND m.lot_id = l.lot_id
        WHERE coalesce(m.sold, 0) <> CASE WHEN o.state IN ('handed', 'delivered', 'failed') THEN l.weight_g ELSE 0 END
           OR coalesce(m.back, 0) <> CASE WHEN o.state = 'failed' THEN l.weight_g ELSE 0 END
        """,
    ),
    Check(
        "orders.holds",
        "orders_order",
        "no order waits for its payment past its time",
        "order {id}: held until {hold_until} and still held",
        "SELECT id, hold_until FROM orders_order WHERE state = 'held' AND hold_until < %(recent)s",
    ),
    Check(
        "orders.lines",
        "orders_order",
        "each order has lines, and they add up to its total and weight",
        "order {id}: total {total_minor} and {weight_g} g, its lines {lines_minor} and {lines_g} g",
        """
        SELECT o.id, o.total_minor, o.weight_g, coalesce(l.minor, 0) AS lines_minor, coalesce(l.grams, 0) AS lines_g
        FROM orders_order o
        LEFT JOIN (SELECT order_id, sum(price_minor) AS minor, sum(weight_g) AS grams FROM orders_line GROUP BY 1) l
               ON l.order_id = o.id
        WHERE l.order_id IS NULL OR l.minor <> o.total_minor OR l.grams <> o.weight_g
        """,
    ),
    Check(
        "money.in",
        "orders_order",
        "each order on its way or delivered is paid for, or will be at the door",
        "order {id} ({state}): total {total_minor}, taken {taken_minor}, to be taken at the door {due_minor}",
        """
        SELECT o.id, o.state, o.total_minor, coalesce(p.taken, 0) AS taken_minor, coalesce(p.due, 0) AS due_minor
        FROM orders_order o
        LEFT JOIN (SELECT order_id, sum(amount_minor) FILTER (WHERE status IN ('confirmed', 'refunded', 'preauth')) AS taken,
                          sum(amount_minor) FILTER (WHERE variant = 'cash' AND status = 'waiting') AS due
                   FROM orders_payment GROUP BY 1) p ON p.order_id = o.id
        WHERE CASE o.state
              WHEN 'delivered' THEN coalesce(p.taken, 0) <> o.total_minor OR p.due > 0
              WHEN 'held' THEN p.taken > 0
              ELSE o.state IN ('confirmed', 'handed') AND coalesce(p.taken, 0) + coalesce(p.due, 0) <> o.total_minor END
        """,
    ),
    Check(
        "money.back",
        "orders_payment",
        "an order that came to nothing keeps no money",
        "payment {id} of order {order_id} ({state}): {amount_minor} taken, {back} asked back",
        """
        SELECT p.id, p.order_id, o.state, p.amount_minor, coalesce(r.back, 0) AS back
        FROM orders_payment p
        JOIN orders_order o ON o.id = p.order_id
        LEFT JOIN (SELECT payment_id, sum(amount_minor) AS back FROM orders_refund GROUP BY 1) r ON r.payment_id = p.id
        WHERE (o.state IN ('cancelled', 'expired', 'failed') AND p.status IN ('confirmed', 'refunded', 'preauth')
               AND coalesce(r.back, 0) <> p.amount_minor)
           OR coalesce(r.back, 0) > CASE WHEN p.status IN ('confirmed', 'refunded', 'preauth') THEN p.amount_minor ELSE 0 END
        """,
    ),
    Check(
        "money.captured",
        "orders_payment",
        "what is kept of a payment is what was asked for, less the refunds that were done",
        "payment {id} of order {order_id} ({status}): asked {total}, kept {captured_amount}, {back} minor units went back",
        """
        SELECT p.id, p.order_id, p.status, p.total, p.captured_amount, coalesce(r.back, 0) AS back
        FROM orders_payment p
        LEFT JOIN (SELECT payment_id, sum(amount_minor) AS back FROM orders_refund WHERE done_at IS NOT NULL GROUP BY 1) r
               ON r.payment_id = p.id
        WHERE p.captured_amount <> CASE WHEN p.status IN ('confirmed', 'preauth', 'refunded')
                                        THEN p.total - p.total * coalesce(r.back, 0) / p.amount_minor ELSE 0 END
           OR (p.status = 'refunded' AND coalesce(r.back, 0) <> p.amount_minor)
           OR (p.status IN ('confirmed', 'refunded', 'preauth')
               AND p.currency <> (SELECT currency FROM orders_order o WHERE o.id = p.order_id))
        """,
    ),
    Check(
        "money.refunds",
        "orders_refund",
        "each refund that was asked for was done",
        "refund {id} of {amount_minor}: asked {asked_at}, sent {sent_at}, never done; ask the provider",
        """
        SELECT id, amount_minor, asked_at, sent_at FROM orders_refund
        WHERE done_at IS NULL AND coalesce(sent_at, asked_at) < %(recent)s
        """,
    ),
    Check(
        "tasks",
        "orders_order",
        "each order to be carried has a task in the same state",
        "order {id} is {state}, its task {task}",
        """
        SELECT o.id, o.state, coalesce(t.state, 'missing') AS task
        FROM orders_order o
        LEFT JOIN delivery_task t ON t.order_id = o.id
        WHERE CASE o.state
              WHEN 'handed' THEN t.state IS DISTINCT FROM 'carried'
              WHEN 'delivered' THEN t.state IS DISTINCT FROM 'delivered'
              WHEN 'failed' THEN t.state IS DISTINCT FROM 'failed'
              WHEN 'held' THEN t.id IS NOT NULL
              WHEN 'confirmed' THEN coalesce(t.state, '') NOT IN ('waiting', 'assigned')
                   AND EXISTS (SELECT FROM journal_event e WHERE e.ref = o.code AND e.kind = 'order.confirmed' AND e.at < %(recent)s)
              ELSE t.state NOT IN ('cancelled')
                   AND EXISTS (SELECT FROM journal_event e WHERE e.ref = o.code AND e.kind = 'order.' || o.state AND e.at < %(recent)s)
              END
        """,
    ),
    Check(
        "orders.visits",
        "orders_visit",
        "each day of a standing order was decided in time, and its order is for that day",
        "visit {id} of {date} is {state}, its order {order_state} and promised {promised_at}",
        """
        SELECT v.id, v.date, v.state, coalesce(o.state, 'missing') AS order_state, o.promised_at FROM orders_visit v
        LEFT JOIN orders_order o ON o.id = v.order_id
        WHERE (v.state IN ('planned', 'asked') AND v.wished_at < %(recent)s)
           OR (v.state = 'placed' AND o.promised_at IS DISTINCT FROM v.wished_at)
        """,
    ),
    Check(
        "stalls.goods",
        "stalls_load",
        "each bag's fruit is sold, back or a difference, to the gram",
        "bag {bag}, lot {lot}: {issued} g issued, {sold} g sold ({moved} g moved), {over} g of differences, {back} g back, {held} g held",
        """
        SELECT l.bag_id AS bag, l.lot_id AS lot, l.weight_g AS issued, coalesce(s.sold, 0) AS sold, coalesce(m.moved, 0) AS moved,
               coalesce(d.over, 0) AS over, coalesce(l.counted_g, 0) AS back, coalesce(h.on_hand_g, 0) AS held
        FROM stalls_load l
        JOIN stalls_bag b ON b.id = l.bag_id
        LEFT JOIN (SELECT bag_id, lot_id, sum(weight_g) AS sold FROM stalls_sale GROUP BY 1, 2) s USING (bag_id, lot_id)
        LEFT JOIN (SELECT bag_id, lot_id, sum(counted_g - expected_g) AS over FROM stalls_difference GROUP BY 1, 2) d USING (bag_id, lot_id)
        LEFT JOIN (SELECT from_holder_id, lot_id, sum(weight_g) AS moved FROM stock_movement WHERE reason = 'sale' GROUP BY 1, 2) m
               ON m.from_holder_id = b.holder_id AND m.lot_id = l.lot_id
        LEFT JOIN stock_holding h ON h.holder_id = b.holder_id AND h.lot_id = l.lot_id
        WHERE l.weight_g + coalesce(d.over, 0) - coalesce(s.sold, 0) - coalesce(l.counted_g, 0) <> coalesce(h.on_hand_g, 0)
           OR coalesce(m.moved, 0) <> coalesce(s.sold, 0)
           OR (b.closed_at IS NOT NULL AND (l.counted_g IS NULL OR h.on_hand_g > 0))
        """,
    ),
    Check(
        "stalls.cash",
        "stalls_bag",
        "the cash of each closed bag is its change, its sales and its differences, to the cent",
        "bag {id}: {float_minor} given out, {taken} taken, {over} of differences, {cash_minor} counted",
        """
        SELECT b.id, b.float_minor, coalesce(s.taken, 0) AS taken, coalesce(d.over, 0) AS over, b.cash_minor
        FROM stalls_bag b
        LEFT JOIN (SELECT bag_id, sum(price_minor) AS taken FROM stalls_sale GROUP BY 1) s ON s.bag_id = b.id
        LEFT JOIN (SELECT bag_id, sum(counted_minor - expected_minor) AS over FROM stalls_difference GROUP BY 1) d ON d.bag_id = b.id
        WHERE b.closed_at IS NOT NULL AND b.float_minor + coalesce(s.taken, 0) + coalesce(d.over, 0) <> b.cash_minor
        """,
    ),
    Check(
        "stalls.prices",
        "stalls_sale",
        "each sale at a stall has the price of its bag's list",
        "sale {id} of bag {bag_id}: {weight_g} g at {per_kg_minor} for {price_minor}",
        """
        SELECT s.id, s.bag_id, s.weight_g, s.per_kg_minor, s.price_minor FROM stalls_sale s
        LEFT JOIN stalls_load l ON l.bag_id = s.bag_id AND l.lot_id = s.lot_id
        WHERE s.per_kg_minor IS DISTINCT FROM l.per_kg_minor
           OR s.price_minor <> (s.weight_g::bigint * s.per_kg_minor + 500) / 1000
        """,
    ),
    Check(
        "journal.orders",
        "orders_order",
        "the journal tells of each order how it began and how it stands",
        "order {id}: nothing tells that it is {state}, or how it was placed",
        """
        SELECT o.id, o.state FROM orders_order o
        WHERE NOT EXISTS (SELECT FROM journal_event e WHERE e.ref = o.code AND e.kind = 'order.' || o.state)
           OR NOT EXISTS (SELECT FROM journal_event e WHERE e.ref = o.code AND e.kind IN ('order.held', 'order.confirmed'))
        """,
    ),
    Check(
        "journal.told",
        "journal_announcement",
        "nobody waits in vain to be told of something",
        "event {event_id} after {attempts} attempts: {last_error}",
        "SELECT event_id, attempts, last_error FROM journal_announcement WHERE attempts > 10 OR due_at < %(recent)s",
    ),
    Check(
        "offers.booked",
        "offers_offer",
        "each accepted offer has its touch with its cost",
        "offer {id} of client {client_id}: accepted {ended_at} at a cost of {cost_minor}, and no touch says so",
        """
        SELECT o.id, o.client_id, o.ended_at, o.cost_minor FROM offers_offer o WHERE o.state = 'accepted' AND NOT EXISTS (
            SELECT FROM clients_touch t
            WHERE t.client_id = o.client_id AND t.at = o.ended_at AND t.outcome = 'agreed' AND t.given_minor = o.cost_minor)
        """,
    ),
    Check(
        "offers.numbers",
        "offers_number",
        "each number was sold as often as it came back, and once more while it has an owner",
        "{ref}: sold {sold} times, came back {back} times, and is {state} now",
        """
        SELECT coalesce(n.ref, e.ref) AS ref, coalesce(n.state, 'free') AS state, coalesce(e.sold, 0) AS sold, coalesce(e.back, 0) AS back
        FROM (SELECT '+' || number AS ref, state FROM offers_number WHERE state <> 'free') n
        FULL JOIN (SELECT ref, count(*) FILTER (WHERE kind = 'number.sold') AS sold,
                          count(*) FILTER (WHERE kind = 'number.returned') AS back
                   FROM journal_event WHERE kind IN ('number.sold', 'number.returned') GROUP BY 1) e ON e.ref = n.ref
        WHERE coalesce(e.sold, 0) - coalesce(e.back, 0) <> CASE WHEN n.state = 'sold' THEN 1 ELSE 0 END
        """,
    ),
    Check(
        "messages",
        "clients_message",
        "each message was sent, is waited for, or is known not to have gone",
        "message {id} ({purpose}) is {state} since {since}: look into the provider's list, then settle it in the office",
        """
        SELECT id, purpose, state, coalesce(claimed_at, due_at) AS since FROM clients_message
        WHERE state = 'unclear'
           OR state = 'waiting' AND due_at < %(recent)s - interval '5 minutes'
           OR state = 'sending' AND claimed_at < %(recent)s - interval '5 minutes'
        """,
    ),
    Check(
        "plays.steps",
        "plays_run",
        "each client's way through a play has every step behind it written down, once",
        "run {id}: {number} steps behind, {written} written down",
        """
        SELECT run.id, run.number, count(done.id) AS written FROM plays_run run LEFT JOIN plays_stepdone done ON done.run_id = run.id
        GROUP BY run.id HAVING count(done.id) <> run.number OR max(done.number) >= run.number
        """,
    ),
    Check(
        "plans.limits",
        "planner_plan",
        "each plan takes no more than its limits and adds what its choices add",
        "plan {id}: {name} allows {most}, and its choices come to {used}",
        """
        SELECT plan.id, "limit" ->> 'name' AS name, ("limit" ->> 'most')::bigint AS most, taken.used
        FROM planner_plan plan, jsonb_array_elements(plan.limits) AS "limit", LATERAL (
            SELECT coalesce(sum(CASE "limit" ->> 'kind' WHEN 'budget' THEN c.cost_minor WHEN 'messages' THEN (c.channel = 'message')::int
                WHEN 'calls' THEN (c.channel = 'call')::int WHEN 'visits' THEN (c.channel = 'visit')::int
                WHEN 'gifts' THEN EXISTS (SELECT FROM offers_tool o WHERE o.id = c.tool_id AND o.kind = 'gift')::int
                WHEN 'seller' THEN CASE WHEN c.seller = "limit" ->> 'of' THEN c.minutes END
                WHEN 'stock' THEN (c.tool_id IS NOT NULL AND split_part(c.action, ':', 2) = "limit" ->> 'of')::int END), 0) AS used
            FROM planner_choice c WHERE c.plan_id = plan.id) AS taken
        WHERE taken.used > ("limit" ->> 'most')::bigint
        UNION ALL
        SELECT plan.id, 'what it adds', plan.adds_minor, coalesce(sum(c.adds_minor), 0) FROM planner_plan plan
        LEFT JOIN planner_choice c ON c.plan_id = plan.id WHERE plan.made_at IS NOT NULL
        GROUP BY plan.id HAVING coalesce(sum(c.adds_minor), 0) <> plan.adds_minor
        """,
    ),
)


def run(chosen: argparse.Namespace) -> int:
    """Print a line per check; 1 when something is found."""
    set_up()
    names = chosen.only or [each.name for each in CHECKS]
    unknown = sorted(set(names) - {each.name for each in CHECKS})
    if unknown:
        raise Mistake(
            f"There is no check {unknown[0]!r}. There are: {', '.join(each.name for each in CHECKS)}."
        )
    results = [check(name, now=clock.now()) for name in names]
    for result in results:
        print("\n".join(lines(result)))
    found = sum(result.found for result in results)
    print(f"{found} things do not agree." if found else "The books agree.")
    return 1 if found else 0


def check(name: str, *, now: datetime, shown: int = SHOWN) -> Result:
    """Make one check."""
    from django.db import connection  # deferred: `guinda audit --help` needs no database

    chosen = next(each for each in CHECKS if each.name == name)
    grace_s = max(GRACE_S, GRACE_REAL_S * clock.speed())
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {chosen.counts}")  # noqa: S608 - our own table's name
        (counted,) = cursor.fetchone() or (0,)
        cursor.execute(
            f"SELECT wrong.*, count(*) OVER () FROM ({chosen.wrong}) wrong LIMIT {int(shown)}",  # noqa: S608 - our own statement
            {"recent": now - timedelta(seconds=grace_s)},
        )
        columns = [each.name for each in cursor.description or ()]
        rows: Sequence[tuple[object, ...]] = cursor.fetchall()
    sentences = [chosen.finding.format(**dict(zip(columns, row, strict=True))) for row in rows]
    return Result(chosen, int(counted), int(str(rows[0][-1])) if rows else 0, sentences)


def lines(result: Result) -> list[str]:
    """A check as people read it."""
    head = f"{'FOUND' if result.found else 'ok':6}{result.check.name:16}{result.check.promise}"
    table = result.check.counts.split("_")[1]
    made = [
        f"{head}: {result.found} of {result.counted} ({table}) do not."
        if result.found
        else f"{head} ({table}: {result.counted})."
    ]
    made += [f"        {sentence}" for sentence in result.shown]
    if result.found > len(result.shown):
        made.append(f"        ... and {result.found - len(result.shown)} more")
    return made
