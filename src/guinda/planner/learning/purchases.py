"""What people bought, as models of a lifetime read it: purchases are the days with a delivered order, times are weeks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from guinda.solvers.lifetime import Purchases

WEEK_DAYS = 7
SQL = """
SELECT c.id, coalesce(city.currency, ''), (max(o.placed_at)::date - min(o.placed_at)::date) / 7.0,
       (%(now)s::timestamptz::date - min(o.placed_at)::date) / 7.0, count(DISTINCT o.placed_at::date),
       sum(o.total_minor)::float8 / count(DISTINCT o.placed_at::date),
       (SELECT count(DISTINCT l.placed_at::date) FROM orders_order l WHERE l.client_id = c.id AND l.state = 'delivered'
        AND l.currency = city.currency AND l.placed_at::date > %(now)s::timestamptz::date AND l.placed_at <= %(until)s)
FROM clients_client c LEFT JOIN places_city city ON city.slug = coalesce(c.city_id, (SELECT min(slug) FROM places_city))
JOIN orders_order o ON o.client_id = c.id AND o.state = 'delivered' AND o.currency = city.currency AND o.placed_at <= %(now)s
WHERE c.kind = 'person' AND c.merged_into_id IS NULL AND c.erased_at IS NULL {among}
GROUP BY c.id, city.currency ORDER BY c.id
"""


@dataclass(frozen=True)
class Bought:
    """Of each person who bought: their purchases until a moment, the mean of what one cost, and purchases of later days."""

    clients: NDArray[np.int64]
    currency: NDArray[np.str_]
    of: Purchases
    mean_minor: NDArray[np.float64]
    later: NDArray[np.float64]

    @property
    def count(self) -> NDArray[np.int64]:
        """Purchases, the first with them."""
        return self.of.repeats + 1


def bought(*, at: datetime, until: datetime | None = None, among: Sequence[int] | None = None) -> Bought:
    """People's purchases until `at`, of everybody or of some, and how many followed until `until`; one query."""
    sql = SQL.format(among="" if among is None else "AND c.id = ANY(%(among)s)")
    with connection.cursor() as cursor:
        cursor.execute(sql, {"now": at, "until": until or at, "among": list(among or ())})
        rows = cursor.fetchall()
    clients, currency, last, watched, count, mean_minor, later = (
        zip(*rows, strict=True) if rows else ([],) * 7
    )
    purchases = Purchases(
        np.array(count, dtype=np.int64) - 1,
        np.array(last, dtype=np.float64),
        np.array(watched, dtype=np.float64),
    )
    return Bought(
        np.array(clients, dtype=np.int64),
        np.array(currency, dtype=np.str_),
        purchases,
        np.array(mean_minor, dtype=np.float64),
        np.array(later, dtype=np.float64),
    )


def part(of: Purchases, rows: NDArray[np.int64] | NDArray[np.bool_]) -> Purchases:
    """Some of the people."""
    return Purchases(of.repeats[rows], of.last[rows], of.watched[rows])
