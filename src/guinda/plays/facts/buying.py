"""What they bought and how it went: orders that reached the door, their rhythm, money, lateness and ratings."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from guinda.catalog.models import Product
from guinda.places.models import Store
from guinda.plays.facts.rows import Choices, Fact, Kind, Source

BY_THEN = "o.state = 'delivered' AND o.placed_at <= m.at AND coalesce(o.start_at, o.placed_at) <= m.at"
"""Delivered by the moment, to the half hour: an order for a wished day counts from when its work began, not from when it was placed."""
PAID = "o.total_minor) FILTER (WHERE o.currency = m.currency"
BOUGHT = Source(
    "bought",
    f"""SELECT m.moment, count(*) AS n, min(o.placed_at) AS first_at, max(o.placed_at) AS last_at,
           sum({PAID}) AS spent, avg({PAID}) AS average
        FROM moment m JOIN orders_order o ON o.client_id = m.client_id AND {BY_THEN} GROUP BY m.moment""",  # noqa: S608
)
QUARTERS = Source(
    "quarters",
    f"""SELECT m.moment, sum({PAID} AND o.placed_at >= m.began_at) AS this,
           sum({PAID} AND o.placed_at < m.last_began_at + (m.at - m.began_at)) AS last
        FROM (SELECT b.*, date_trunc('quarter', b.began_at - interval '1 day', b.zone) AS last_began_at
              FROM (SELECT *, date_trunc('quarter', at, zone) AS began_at FROM moment) AS b) AS m
        JOIN orders_order o ON o.client_id = m.client_id AND {BY_THEN} AND o.placed_at >= m.last_began_at GROUP BY m.moment""",  # noqa: S608
)
LATEST = Source(
    "latest",
    f"""SELECT DISTINCT ON (m.moment) m.moment, o.store_id, t.ended_at > o.promised_at AS late,
           extract(epoch FROM t.ended_at - o.promised_at) / 60 AS late_min
        FROM moment m JOIN orders_order o ON o.client_id = m.client_id AND {BY_THEN}
        LEFT JOIN delivery_task t ON t.order_id = o.id AND t.state = 'delivered' AND t.ended_at <= m.at
        ORDER BY m.moment, o.placed_at DESC, o.id DESC""",  # noqa: S608
)
FRUIT = Source(
    "fruit",
    f"""SELECT m.moment, array_agg(DISTINCT v.product_id::text) AS every,
           (array_agg(v.product_id ORDER BY o.placed_at DESC, o.id DESC, l.weight_g DESC, l.id))[1] AS last
        FROM moment m JOIN orders_order o ON o.client_id = m.client_id AND {BY_THEN}
        JOIN orders_line l ON l.order_id = o.id JOIN catalog_lot b ON b.id = l.lot_id
        JOIN catalog_variety v ON v.slug = b.variety_id GROUP BY m.moment""",  # noqa: S608
)
RATED = Source(
    "rated",
    """SELECT DISTINCT ON (m.moment) m.moment, least(r.fruit, r.kindness) AS grade
       FROM moment m JOIN orders_order o ON o.client_id = m.client_id
       JOIN delivery_rating r ON r.order_id = o.id AND r.rated_at <= m.at ORDER BY m.moment, r.rated_at DESC, r.id DESC""",
)
STANDING = Source(
    "standing",
    """SELECT m.moment, count(*) AS n FROM moment m JOIN orders_standingorder s ON s.client_id = m.client_id
           AND s.made_at <= m.at AND (s.ended_at IS NULL OR s.ended_at > m.at) GROUP BY m.moment""",
)


def _fruit() -> Choices:
    return [(each.slug, str(each)) for each in Product.objects.all()]


def _stores() -> Choices:
    return [(str(each.pk), each.name) for each in Store.objects.order_by("name")]


def _local(column: str) -> str:
    return f"({column} AT TIME ZONE m.zone)::date"


SINCE = f"(m.day - {_local('bought.last_at')})"
GAP = f"(({_local('bought.last_at')} - {_local('bought.first_at')})::numeric / nullif(bought.n - 1, 0))"


FACTS = (
    Fact("delivered_orders", _("delivered orders"), Kind.NUMBER, "coalesce(bought.n, 0)", BOUGHT),
    Fact("first_order", _("first order"), Kind.DATE, _local("bought.first_at"), BOUGHT),
    Fact("last_order", _("last order"), Kind.DATE, _local("bought.last_at"), BOUGHT),
    Fact("days_since_last_order", _("days since the last order"), Kind.NUMBER, SINCE, BOUGHT),
    Fact("usual_gap_days", _("usual days between orders"), Kind.NUMBER, GAP, BOUGHT),
    Fact(
        "gaps_since_last_order",
        _("days since the last order, in usual gaps"),
        Kind.NUMBER,
        f"{SINCE} / nullif({GAP}, 0)",
        BOUGHT,
    ),
    Fact("spent_minor", _("spent so far"), Kind.MONEY, "coalesce(bought.spent, 0)", BOUGHT),
    Fact("average_minor", _("average order"), Kind.MONEY, "bought.average", BOUGHT),
    Fact("quarter_minor", _("spent this quarter"), Kind.MONEY, "coalesce(quarters.this, 0)", QUARTERS),
    Fact(
        "quarter_percent",
        _("spent this quarter, per cent of the last up to the same day"),
        Kind.NUMBER,
        "coalesce(quarters.this, 0) * 100.0 / nullif(quarters.last, 0)",
        QUARTERS,
    ),
    Fact("last_late", _("last order came late"), Kind.YES_NO, "latest.late", LATEST),
    Fact("last_late_min", _("last order came late, minutes"), Kind.NUMBER, "latest.late_min", LATEST),
    Fact(
        "store", _("store of the last order"), Kind.CHOICE, "latest.store_id::text", LATEST, choices=_stores
    ),
    Fact("last_fruit", _("fruit of the last order"), Kind.CHOICE, "fruit.last", FRUIT, choices=_fruit),
    Fact(
        "fruit_bought",
        _("fruit ever bought"),
        Kind.CHOICES,
        "coalesce(fruit.every, '{}')",
        FRUIT,
        choices=_fruit,
    ),
    Fact("last_rating", _("last rating, its lower grade"), Kind.NUMBER, "rated.grade", RATED),
    Fact("has_standing_order", _("has a standing order"), Kind.YES_NO, "standing.n IS NOT NULL", STANDING),
)
