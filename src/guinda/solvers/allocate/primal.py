"""A plan in whole numbers from prices: drawn by the softened choices; then the clients near the prices are settled among themselves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from guinda.solvers.allocate import moves as of
from guinda.solvers.allocate import settle
from guinda.solvers.allocate.blocks import Blocks
from guinda.solvers.allocate.check import used_by
from guinda.solvers.allocate.dual import Prices
from guinda.solvers.allocate.moves import Choices, Moves, State
from guinda.solvers.allocate.passes import Ints

ROUNDS = 16
"""How often more clients are looked at until nothing is exceeded."""
LISTED_MOST, LISTED_FEW = 100_000, 2_000
WIDER = 8.0
FAR = 16
"""What is missing to the bound may be so many times what is wanted: with more, rounds go on as long as they help, so much wider that what
is missing can be among the changes, which many ties would hide."""
MISSED = 1e-3
"""A floor missed by less than this share is one that the repair may reach."""
WIDEST = 1e15
"""A change that loses more is none that counts."""
KEPT, OF_A_SORT = 500, 250
"""Changes that are joined, and how many of one sort if there is but one sort."""
ATTEMPTS, ATTEMPTS_MOST, CLIENTS_AN_ATTEMPT = 3, 8, 100_000
"""How often the last units are tried; an attempt takes as long with few clients as with many, who take longer for all else."""
JOININGS = 8
WORTH_IT = 0.05
"""Joining goes on while it takes away so much of what is missing to the bound."""


@dataclass(frozen=True)
class Near:
    """The clients near the prices as a problem of their own; what they use stands in whole for all."""

    blocks: Blocks
    prices: Prices
    width: float
    of: int
    """So many clients there are in all."""
    wanted: int
    """What is missing to the bound may be as much."""


def plan(blocks: Blocks, prices: Prices, bound: int, gap: float, seed: int) -> tuple[Choices, Ints]:
    """The choices, and what they use of each side of the limits: no upper limit is exceeded; a floor out of reach may be missed."""
    choices = blocks.draw(prices.each, prices.heat)
    state = _state(blocks, choices, prices)
    missing = bound - worth(blocks, choices)
    width, fits = 4 * prices.heat, False
    for _round in range(ROUNDS):
        listed, width = _listed(blocks, prices, choices, width)
        rows = np.unique(listed.client).astype(np.int64)
        if not len(rows):
            break  # nobody can be given anything else
        part, wanted = Blocks(blocks.problem.part(rows), 1), int(gap * abs(bound))
        near = Near(part, prices, width, blocks.problem.clients, wanted)
        mine, over = _settled(near, state._replace(choices=choices[rows]), missing, seed)
        gained = worth(near.blocks, mine.choices) - worth(near.blocks, choices[rows])
        missing -= gained
        choices[rows], state.used[:] = mine.choices, mine.used
        if over <= 0 and (missing <= FAR * wanted or (fits and gained <= WORTH_IT * missing)):
            return choices, state.used
        fits = over <= 0
        width = max(width * WIDER, missing / FAR if fits else 0.0)
    _give_up(blocks, choices, state)
    return choices, state.used


def _settled(near: Near, drawn: State, missing: int, seed: int) -> tuple[State, float]:
    """The best of some attempts: one as it was drawn, the others walked from there; and what is exceeded still."""
    before = worth(near.blocks, drawn.choices)
    best, over, least = drawn, np.inf, np.inf
    for attempt in range(min(ATTEMPTS_MOST, ATTEMPTS + near.of // CLIENTS_AN_ATTEMPT)):
        state = drawn._replace(choices=drawn.choices.copy(), used=drawn.used.copy())
        if attempt:
            _walked(near, state, seed + attempt)
        left_over = _filled(near, state, missing + before)
        lacking = missing + before - worth(near.blocks, state.choices)
        if (left_over, lacking) < (over, least):
            best, over, least = state, left_over, lacking
        if over > 0 or least <= near.wanted:
            break
    return best, over


def _walked(near: Near, state: State, seed: int) -> None:
    """Make the changes that a walk among the nearest found."""
    listed, _width = _listed(near.blocks, near.prices, state.choices, near.width)
    order = np.argsort(listed.loss, kind="stable")[: settle.WALKED]
    few = _few(near, listed, order, state)
    _make(listed, order, few, settle.walk(few, state.bounds - state.used, near.prices.each, seed), state)


def _filled(near: Near, state: State, best: int) -> float:
    """Lessen what is exceeded, then make what is worth something: one by one, then joined. `best` cannot be surpassed."""
    for joining in range(JOININGS):
        listed, _width = _listed(near.blocks, near.prices, state.choices, near.width)
        order = np.argsort(listed.loss, kind="stable")
        if not joining:
            over = of.repair(near.blocks.clients, near.blocks.rows, listed, order, state)
            if over > 0:
                return float(over)
        while of.fill(near.blocks.clients, near.blocks.rows, listed, order, state):
            pass
        added = _joined(near, listed, order, state)
        lacking = best - worth(near.blocks, state.choices)
        if lacking <= near.wanted or added <= WORTH_IT * lacking:
            break
    return 0.0


def _joined(near: Near, listed: Moves, order: Ints, state: State) -> int:
    """Make the changes and pairs of changes that are worth something alone or two by two; what they added."""
    groups, offers = near.blocks.shape
    each = max(2, OF_A_SORT // (groups * (offers + 1)))
    order = of.sorts(near.blocks.clients, listed, order, state.choices, groups, each)[:KEPT]
    few = _few(near, listed, order, state)
    taken, made = np.zeros(len(state.choices), np.bool_), np.zeros(len(order), np.bool_)
    joined = settle.join(few, near.prices.each)
    added = settle.swap(few, joined, state.bounds - state.used, taken, made)
    _make(listed, order, few, np.flatnonzero(made), state)
    return int(added)


def _few(near: Near, listed: Moves, order: Ints, state: State) -> settle.Few:
    by, gain = np.empty((len(order), len(state.used)), np.int64), np.empty(len(order), np.int64)
    of.weigh(near.blocks.clients, near.blocks.rows, listed, order, state, by, gain)
    return settle.Few(listed.client[order].astype(np.int64), by, gain, listed.loss[order])


def _make(listed: Moves, order: Ints, few: settle.Few, some: Ints, state: State) -> None:
    """Make some of few changes, of different clients."""
    chosen = order[some]
    state.choices[listed.client[chosen], listed.place[chosen]] = listed.to[chosen]
    state.used[:] += few.by[some].sum(axis=0)


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
    while True:
        count = blocks.near_count(prices.each, choices, width)
        if count >= LISTED_FEW or width > WIDEST:
            break
        width = max(width * 4, 1.0)
    return blocks.near(prices.each, choices, width, max(1, -(-count // LISTED_MOST))), width
