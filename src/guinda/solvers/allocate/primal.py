"""A plan in whole numbers from prices: drawn by the softened choices, repaired, filled."""

from __future__ import annotations

import numpy as np

from guinda.solvers.allocate import moves as of
from guinda.solvers.allocate.blocks import Blocks
from guinda.solvers.allocate.check import used_by
from guinda.solvers.allocate.dual import Prices
from guinda.solvers.allocate.moves import Choices, Moves, State
from guinda.solvers.allocate.passes import Ints

ROUNDS = 16
"""How often the changes worth looking at are listed anew."""
LISTED_MOST, LISTED_FEW = 400_000, 2_000
WIDER = 8.0
MISSED = 1e-3
"""A floor missed by less than this share is one that the repair may reach."""
WIDEST = 1e15
"""A change that loses more is none that counts."""
PAIRED = 1_200
"""Changes that are tried two by two."""


def plan(blocks: Blocks, prices: Prices, bound: int, gap: float) -> tuple[Choices, Ints]:
    """The choices, and what they use of each side of the limits: no upper limit is exceeded; a floor out of reach may be missed."""
    choices = blocks.draw(prices.each, prices.heat)
    state = _state(blocks, choices, prices)
    width, last, over = 4 * prices.heat, -np.inf, np.inf
    everything = blocks.problem.clients * blocks.problem.offers
    for _round in range(ROUNDS):
        listed, width = _listed(blocks, prices, choices, width)
        order = np.argsort(listed.loss, kind="stable")
        over = of.repair(blocks.clients, blocks.rows, listed, order, state)
        if over > 0:
            width *= WIDER
            continue
        value = _better(blocks, listed, order, state)
        if bound - value <= gap * abs(bound) or (value <= last and len(order) >= everything):
            break
        width *= WIDER if value - last < (bound - value) / 8 else 1.0
        last = value
    if over > 0:
        _give_up(blocks, choices, state)
    return choices, state.used


def _give_up(blocks: Blocks, choices: Choices, state: State) -> None:
    """Take back what exceeds an upper limit, whatever floor that leaves unreached."""
    upper = np.array([0.0 if side.of_least else 1.0 for side in blocks.sides])
    client, place = np.nonzero(choices >= 0)
    value = np.take_along_axis(blocks.problem.values, np.maximum(choices, 0).astype(np.int64), axis=1)[
        client, place
    ]
    nothing = np.full(len(client), -1, np.int8)
    listed = Moves(client.astype(np.int32), place.astype(np.int8), nothing, value.astype(np.float64))
    order = np.argsort(listed.loss, kind="stable")
    of.repair(blocks.clients, blocks.rows, listed, order, state._replace(weights=state.weights * upper))


def _better(blocks: Blocks, listed: Moves, order: Ints, state: State) -> int:
    """Make the changes that are worth something, one by one and then two by two; the value then."""
    while of.fill(blocks.clients, blocks.rows, listed, order, state):
        pass
    groups = blocks.shape[0]
    each = max(1, PAIRED // (groups * blocks.problem.offers))
    few = of.sorts(blocks.clients, listed, order, state.choices, groups, each)[:PAIRED]
    of.swap(blocks.clients, blocks.rows, listed, few, state)
    return worth(blocks, state.choices)


def worth(blocks: Blocks, choices: Choices) -> int:
    """What the choices add up to."""
    total = 0
    rows = np.arange(len(choices))
    for place in range(choices.shape[1]):
        some = choices[:, place] >= 0
        total += int(blocks.problem.values[rows[some], choices[some, place]].sum(dtype=np.int64))
    return total


def _state(blocks: Blocks, choices: Choices, prices: Prices) -> State:
    """What the choices use; a floor that the softened plan misses by far is asked for only as far as that comes."""
    used = np.array(
        [side.sign * used_by(blocks.problem, side.limit, choices) for side in blocks.sides], dtype=np.int64
    )
    bounds = np.array([side.bound for side in blocks.sides], dtype=np.int64)
    soft = blocks.sums(prices.each, prices.heat).used
    for at, side in enumerate(blocks.sides):
        if side.of_least and soft[at] > bounds[at] * (1 - MISSED):
            bounds[at] = min(0, int(soft[at] * (1 - MISSED)))
    return State(choices, used, bounds, 1 / np.maximum(1.0, np.abs(bounds)))


def _listed(blocks: Blocks, prices: Prices, choices: Choices, width: float) -> tuple[Moves, float]:
    """The changes that lose little: of more clients or fewer, so that there is something to do and sorting them takes no time."""
    tolls, rates = blocks.priced(prices.each)
    counts, nowhere, part = (
        np.zeros(blocks.count, dtype=np.int64),
        np.full(blocks.count, -1, dtype=np.int64),
        1,
    )

    def look(starts: Ints, into: Moves) -> None:
        blocks.share_out(
            lambda some: of.near(
                blocks.clients, tolls, rates, choices, width, part, some, starts, into, counts
            )
        )

    few = min(LISTED_FEW, blocks.problem.clients)
    while True:
        look(nowhere, _room(0))
        if counts.sum() >= few or width > WIDEST:
            break
        width = max(width * 4, 1.0)
    if counts.sum() > LISTED_MOST:
        part = -(-int(counts.sum()) // LISTED_MOST)
        look(nowhere, _room(0))
    into = _room(int(counts.sum()))
    look(np.cumsum(counts) - counts, into)
    return into, width


def _room(size: int) -> Moves:
    return Moves(np.empty(size, np.int32), np.empty(size, np.int8), np.empty(size, np.int8), np.empty(size))
