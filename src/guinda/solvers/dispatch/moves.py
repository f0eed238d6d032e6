"""Where idle couriers had better stand: nearer to where orders are expected, when that saves more waiting than it costs riding."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from guinda.solvers.dispatch.facts import NEVER, Move, Snapshot
from guinda.solvers.dispatch.layout import Floats

STORES_MAX, MOVES_MAX = 40, 8
"""Stores looked at, those with the most demand; moves proposed at once. The next plan goes on from there."""
AHEAD_H = 0.25
"""A courier who has moved is taken to stand there this long, in hours: about the time between two tasks of a calm fleet."""
RIDE_WORTH = 0.3
"""Of a second that a client waits: what a second of riding without a bag costs."""
LEAST_GAIN_S = 30.0
"""Nobody is moved for less than this many seconds of waiting saved."""


def moves(snapshot: Snapshot, idle: Iterable[int]) -> tuple[Move, ...]:
    """For couriers by their numbers: one after the other the move that saves most.

    An order is taken to be fetched by the nearest of the idle couriers, so what a move saves is the demand of each store times the
    seconds by which its nearest idle courier comes nearer.
    """
    couriers = list(idle)
    sites = sorted(snapshot.demand, key=lambda site: (-snapshot.demand[site], site))[:STORES_MAX]
    if not couriers or not sites:
        return ()
    expected = np.array([snapshot.demand[site] for site in sites]) * AHEAD_H
    reach_s = snapshot.from_courier[np.ix_(couriers, sites)].astype(np.float64)
    ride_s = {
        mode: times[np.ix_(sites, sites)].astype(np.float64) for mode, times in snapshot.between.items()
    }
    costs = reach_s * RIDE_WORTH + LEAST_GAIN_S
    found: list[Move] = []
    while len(found) < min(MOVES_MAX, len(couriers)):
        gains = _saved(reach_s, [ride_s[snapshot.couriers[each].mode] for each in couriers], expected) - costs
        row, column = np.unravel_index(int(gains.argmax()), gains.shape)
        if gains[row, column] <= 0:
            break
        courier = snapshot.couriers[couriers[row]]
        found.append(Move(courier.key, sites[column]))
        reach_s[row], costs[row] = ride_s[courier.mode][column], NEVER
    return tuple(found)


def _saved(reach_s: Floats, ride_s: list[Floats], expected: Floats) -> Floats:
    """Seconds of waiting saved by each courier (row) at each store (column) rather than where they stand."""
    nearest = reach_s.argmin(axis=0)
    covered_s = reach_s.min(axis=0)
    saved = np.empty((len(reach_s), len(expected)))
    for row, rides_s in enumerate(ride_s):
        others_s = covered_s.copy()
        own = nearest == row
        if own.any():
            others_s[own] = np.delete(reach_s, row, axis=0)[:, own].min(axis=0, initial=rides_s.max())
        saved[row] = (covered_s - np.minimum(others_s, rides_s)) @ expected
    return saved
