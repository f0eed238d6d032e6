"""From a problem to a plan with its proof: prices, choices, bound; and, where floors are out of reach, which and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from guinda.solvers.allocate import dual, primal
from guinda.solvers.allocate.blocks import Blocks
from guinda.solvers.allocate.dual import Prices
from guinda.solvers.allocate.facts import NEVER, Allocation, Price, Problem, Short
from guinda.solvers.allocate.held import THREADS, Engine
from guinda.solvers.allocate.passes import Floats, Ints
from guinda.solvers.allocate.spread import opened

GAP = 1e-5
SOFT = 0.2
"""The softened plan is wanted so many times closer than the plan itself."""
SHORT_UNIT = 1_000.0
"""What a unit short of a floor costs where nothing else counts."""


def solve(
    problem: Problem,
    *,
    seed: int,
    gap: float = GAP,
    threads: int = THREADS,
    engine: str | Engine = "threads",
) -> Allocation:
    """Who gets what. It stops looking for better below `gap` (in shares of the bound), and says how far it came.

    Floors out of reach are named in `shorts`; value and bound are then those of a plan that asks for as much of them as was reached.
    The answer depends on the problem and the seed (which draws samples of clients), not on the number of threads nor on the engine:
    "threads" of this process, or "ray": as many actors, on one machine or on several (`spread`).
    """
    size_bytes = problem.values.nbytes + problem.amounts.nbytes
    with opened(engine, threads, size_bytes) as holding:
        return _solved(problem, seed, gap, threads, holding)


def _solved(problem: Problem, seed: int, gap: float, threads: int, engine: Engine) -> Allocation:
    blocks = Blocks(problem, threads, engine)
    found = _planned(blocks, dual.find(blocks, gap=gap * SOFT, seed=seed), gap, seed)
    if not found.shorts:
        return found
    reached = {short.limit: short.reached for short in found.shorts}
    eased = [replace(each, least=reached.get(each.name, each.least)) for each in problem.limits]
    blocks = Blocks(replace(problem, limits=eased), threads, engine)
    again = _planned(blocks, dual.find(blocks, gap=gap * SOFT, seed=seed), gap, seed)
    reached = {price.limit: price.used for price in again.prices if price.of_least}
    missed = {short.limit: short for short in (*again.shorts, *found.shorts)}
    shorts = (replace(each, reached=reached[each.limit]) for each in missed.values())
    kept = tuple(each for each in shorts if each.reached < each.least)
    return replace(again, shorts=kept, passes=found.passes + again.passes)


def _planned(blocks: Blocks, prices: Prices, gap: float, seed: int) -> Allocation:
    bound = blocks.bound(prices.each)
    choices, used = primal.plan(blocks, prices, bound, gap, seed)
    shorts: tuple[Short, ...] = ()
    if any(side.of_least and used[at] > side.bound for at, side in enumerate(blocks.sides)):
        shorts = _shorts(blocks, used, seed)
    return Allocation(
        choices, primal.worth(blocks, choices), bound, _told(blocks, prices.each, used), shorts, blocks.passes
    )


def _told(blocks: Blocks, prices: Floats, used: Ints) -> tuple[Price, ...]:
    return tuple(
        Price(side.limit.name, side.of_least, float(price), side.sign * int(amount), side.sign * side.bound)
        for side, price, amount in zip(blocks.sides, prices, used, strict=True)
    )


def _shorts(blocks: Blocks, used: Ints, seed: int) -> tuple[Short, ...]:
    """The floors missed. Where being short is all that costs, a bound below 0 proves that no plan reaches them all."""
    flat = np.where(blocks.problem.values == NEVER, NEVER, 0).astype(blocks.problem.values.dtype)
    bare = Blocks(replace(blocks.problem, values=flat), blocks.threads)
    ceilings = np.array([SHORT_UNIT if side.of_least else 1e4 * SHORT_UNIT for side in bare.sides])
    worth = SHORT_UNIT * sum(-side.bound for side in bare.sides if side.of_least)
    prices = dual.find(bare, gap=1e-4, seed=seed, ceilings=ceilings, worth=worth).each
    proved = bare.bound(np.minimum(prices, ceilings)) < 0
    because = tuple(
        side.limit.name
        for side, price in zip(bare.sides, prices, strict=True)
        if not side.of_least and price * max(1, side.bound) > 1e-2 * worth / len(prices)
    )
    return tuple(
        Short(side.limit.name, -side.bound, -int(amount), proved, because)
        for side, amount in zip(blocks.sides, used, strict=True)
        if side.of_least and amount > side.bound
    )


@dataclass(frozen=True)
class Point:
    """What a plan is worth when a limit's most is this; what the next unit of it would bring."""

    most: int
    value: int
    bound: int
    per_unit: float


def curve(
    problem: Problem,
    limit: str,
    mosts: Sequence[int],
    *,
    seed: int,
    gap: float = 1e-4,
    threads: int = THREADS,
) -> Iterator[Point]:
    """The value against a limit's most, in the order given, each from the prices of the one before."""
    start: Prices | None = None
    for most in mosts:
        limits = [replace(each, most=most) if each.name == limit else each for each in problem.limits]
        blocks = Blocks(replace(problem, limits=limits), threads)
        start = dual.find(blocks, gap=gap * SOFT, seed=seed, start=start)
        found = _planned(blocks, start, gap, seed)
        per_unit = next(each.per_unit for each in found.prices if each.limit == limit and not each.of_least)
        yield Point(most, found.value, found.bound, per_unit)


@dataclass(frozen=True)
class Reason:
    """Why a client gets an offer (-1: none): what it adds, what the limits charge for it, what was next, and which limit decided.

    `second` is what would be best of what the client does not get and what adds something, what the limits charge counted (-1: there is
    nothing); `decided_by` names the limit that charges most for the offer that would add most, where that is more than the client's adds.
    """

    client: int
    offer: int
    value: int
    charge: float
    second: int
    second_value: int
    decided_by: str | None


def reasons(problem: Problem, prices: Sequence[Price], pairs: Sequence[tuple[int, int]]) -> list[Reason]:
    """Why these clients get these offers, at a plan's prices; of a client that gets several, all of them are to be given."""
    own: dict[int, list[int]] = {}
    for client, offer in pairs:
        own.setdefault(client, []).append(offer)
    clients = np.array(sorted(own), dtype=np.int64)
    blocks = Blocks(problem.part(clients), 1)
    charges = _charges(blocks, prices)
    values = blocks.problem.values.astype(np.float64)
    others = np.where(values > 0, values, -np.inf)
    for row, client in enumerate(clients.tolist()):
        others[row, [offer for offer in own[client] if offer >= 0]] = -np.inf
    left = others - charges.sum(axis=0)
    row_of = {client: row for row, client in enumerate(clients.tolist())}
    told = []
    for client, offer in pairs:
        row = row_of[client]
        value, charge = (
            (int(values[row, offer]), float(charges[:, row, offer].sum())) if offer >= 0 else (0, 0.0)
        )
        second, favourite = int(left[row].argmax()), int(others[row].argmax())
        if others[row, second] == -np.inf:
            told.append(Reason(client, offer, value, charge, -1, 0, None))
            continue
        charged = charges[:, row, favourite]
        decides = others[row, favourite] > value and charged.max(initial=0) > 0
        decided_by = prices[int(charged.argmax())].limit if decides else None
        told.append(Reason(client, offer, value, charge, second, int(others[row, second]), decided_by))
    return told


def _charges(blocks: Blocks, prices: Sequence[Price]) -> Floats:
    """What the limits charge, [side, client, offer]."""
    shape = (blocks.problem.group_count, blocks.problem.offers)
    found = [
        price.per_unit
        * side.sign
        * np.broadcast_to(side.limit.uses, shape)[blocks.clients.groups]
        * (1 if side.limit.amount is None else blocks.problem.amounts[side.limit.amount])
        for price, side in zip(prices, blocks.sides, strict=True)
    ]
    return np.array(found).reshape(len(blocks.sides), blocks.problem.clients, blocks.problem.offers)
