"""How near the limit is: what nobody could beat on a day, even knowing all orders beforehand.

Whoever brings an order did something just before: began the shift, or brought another order. Each such beginning comes before one order
at the most, so a day is an assignment of orders to what came before them. An order counts its least excess behind its predecessor
(taken to have happened as early as it ever could); delays are not handed on, and whether chains fit the shifts is not asked. So
the cheapest assignment costs no more than any day that keeps the rules.

It is bounded from below by prices (linear programming's duality): for any prices of the predecessors, the sum over orders of the
cheapest (cost + price), less the sum of the prices, is a bound. The prices rise where several orders want
the same predecessor and fall where none does (a subgradient's way); stopping early only makes the bound lower, never wrong.
"""

from __future__ import annotations

import numpy as np
from benchmarks.mdrp.instances import EXCESS_UNDELIVERED_MIN, WHOLE, Instance
from benchmarks.mdrp.log import Rules
from numpy.typing import NDArray

Minutes = NDArray[np.float64]
ROUNDS = 400
STEP_MIN = 4.0
"""How much a price rises at first for each order too many that wants a predecessor."""


def least_excess_min(instance: Instance, rules: Rules) -> float:
    """The mean excess (XDT) that no day under these rules is below; an order may also be lost, at the price of one."""
    return assignment_bound(_excess_min(instance, rules), EXCESS_UNDELIVERED_MIN) / len(instance.orders)


def most_within(instance: Instance, rules: Rules, minutes: int) -> float:
    """The share of orders that no day brings within so many minutes of the click more than."""
    unavoidable_min = np.array([instance.unavoidable_min(order) for order in instance.orders])
    late = (unavoidable_min[:, None] + _excess_min(instance, rules) > minutes).astype(np.float64)
    return 1 - assignment_bound(late, 1.0) / len(instance.orders)


def assignment_bound(costs: Minutes, lost: float) -> float:
    """Below any assignment of rows to columns, each column taken once at the most, a row left out costing `lost`."""
    prices, best = np.zeros(costs.shape[1]), 0.0
    scale = min(STEP_MIN, lost) / 2
    for turn in range(ROUNDS):
        offered = costs + prices
        chosen = offered.argmin(axis=1)
        least = offered[np.arange(len(costs)), chosen]
        best = max(best, float(np.minimum(least, lost).sum() - prices.sum()))
        wanted = np.bincount(chosen[least < lost], minlength=len(prices)) - 1
        prices = np.maximum(0.0, prices + scale / (1 + turn / 20) * wanted)
    return best


def _excess_min(instance: Instance, rules: Rules) -> Minutes:
    """Least excess of each order (row) behind each predecessor: couriers' first places, then orders; more than possible is infinite."""
    orders, couriers = instance.orders, instance.couriers
    half_min = instance.pickup_min // 2
    shops = np.array([instance.shops[order.shop] for order in orders])
    doors = np.array([order.door for order in orders])
    ready_min = np.array([order.ready_min for order in orders])
    brought_min = np.array([order.placed_min + instance.unavoidable_min(order) for order in orders])
    starts = np.array([courier.place for courier in couriers]).reshape(-1, 2)
    off_min = np.array([courier.off_min for courier in couriers])
    ride_min = np.concatenate([_ride_min(instance, shops, starts), _ride_min(instance, shops, doors)], axis=1)
    free_min = np.concatenate(
        [[courier.on_min for courier in couriers], brought_min + instance.door_min // 2]
    )
    leaves_min = np.broadcast_to(free_min, ride_min.shape)
    if rules == "strict":
        leaves_min = np.maximum(leaves_min, _first_click_min(instance)[:, None])
    fetched_min = np.maximum(leaves_min + ride_min + half_min, ready_min[:, None])
    last_min = np.concatenate([off_min, np.full(len(orders), off_min.max())])
    behind = np.where(fetched_min <= last_min, fetched_min - ready_min[:, None], np.inf)
    behind[:, len(couriers) :] = np.minimum(
        behind[:, len(couriers) :], _together(instance, brought_min, doors)
    )
    np.fill_diagonal(behind[:, len(couriers) :], np.inf)
    unavoidable_min = brought_min - np.array([order.placed_min for order in orders])
    return np.where(unavoidable_min[:, None] + behind <= instance.longest_min, behind, np.inf)


def _together(instance: Instance, brought_min: Minutes, doors: Minutes) -> Minutes:
    """The excess of an order (row) right behind another of the same bundle: from door to door."""
    shop = np.array([order.shop for order in instance.orders])
    onward_min = brought_min + instance.door_min + _ride_min(instance, doors, doors)
    excess_min = np.maximum(0.0, onward_min - brought_min[:, None])
    return np.where(shop[:, None] == shop, excess_min, np.inf)


def _first_click_min(instance: Instance) -> Minutes:
    """When, at the soonest, somebody may have been sent to an order's shop for it or for one it could ride along with.

    Who was sent for an order picks it up in the ninety minutes after its click; whatever rides along is ready by then.
    """
    return np.array(
        [
            min(
                [
                    order.placed_min,
                    *(
                        other.placed_min
                        for other in instance.orders
                        if other.shop == order.shop
                        and order.ready_min <= other.placed_min + instance.longest_min
                    ),
                ]
            )
            for order in instance.orders
        ]
    )


def _ride_min(instance: Instance, targets: Minutes, origins: Minutes) -> Minutes:
    metres = np.sqrt(((targets[:, None, :] - origins[None, :, :]) ** 2).sum(axis=2))
    return np.ceil(metres / instance.metres_per_min - WHOLE)
