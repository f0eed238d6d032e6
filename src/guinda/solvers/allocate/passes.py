# ruff: noqa: PLR0917 - compiled functions take their facts by position
"""One look at a block of clients, compiled: what they choose at given prices, smoothed, and what that uses.

A block's sums depend on its clients and the prices alone, and blocks are added up in their order: so any number of threads, processes or
machines that share the blocks among them give the same answer to the last bit.

All that is compiled for this stands in one file because the compiler's cache looks at one file only.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numba as nb
import numpy as np
from numpy.typing import NDArray

from guinda.solvers.allocate.facts import NEVER, NOTHING, Whole

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
BLOCK = 8_192
"""Clients of a block."""
NEAR = 16.0
"""Offers worth so many temperatures less than the best are not chosen: their chance is below 1e-7."""
SMOOTH, SHARP, CHOSEN, TORN = range(4)
"""Columns of a block's sums: the smoothed maximum, the maximum itself, the value chosen, how many clients are torn between offers."""
TORN_AT = -2
"""In place of an offer: it has to be weighed."""
FAINT = 1e-3
"""A share below it is not worth a client."""
GOLDEN = 0.6180339887498949
"""Multiples of it fall evenly into the unit interval: chance without a generator."""


class Clients(NamedTuple):
    """The facts of clients as arrays."""

    values: Whole
    amounts: Whole
    groups: NDArray[np.int32]
    each: NDArray[np.uint8]
    first: int
    """The number of the first of them, where they are a part of all."""


class Rows(NamedTuple):
    """What an offer takes of each limit: the entries of a cell (group times offers + offer) are first[cell] to first[cell + 1]."""

    first: Ints
    row: Ints
    uses: Ints
    amount: Ints
    """Which amounts are multiplied; -1 for none."""


def compiled(function: Any) -> Any:
    """To machine code, kept on disk between runs where that is possible; without Python's lock, so that threads share the blocks."""
    return nb.njit(cache=True, nogil=True)(function)


@compiled
def reduced(clients: Clients, tolls: Floats, rates: Floats, client: int, into: Floats) -> None:
    """What each offer is worth with this client beyond what it takes at the prices; far below 0 where it may not be made."""
    group = clients.groups[client]
    for offer in range(into.size):
        value = clients.values[client, offer]
        into[offer] = value - tolls[group, offer] if value != NEVER else -math.inf
    for kind in range(rates.shape[0]):
        for offer in range(into.size):
            into[offer] -= rates[kind, group, offer] * clients.amounts[kind, client, offer]


@compiled
def shares(  # noqa: C901 - places, and in each the offers
    worth: Floats, room: int, heat: float, share: Floats
) -> tuple[float, float, bool]:
    """How likely each offer is chosen when choices are softened by `heat`; the smoothed and the sharp maximum, and whether it is torn.

    With room for one it is the softmax over the offers and nothing. With room for more the best ones are each weighed against nothing and
    the last place is the softmax over the rest: equal to the sharp choice as the heat falls.
    """
    smooth, sharp, torn = 0.0, 0.0, False
    share[:] = 0.0
    for place in range(room):
        best, at = -math.inf, -1
        for offer in range(worth.size):
            if share[offer] > 0.0:
                continue
            if worth[offer] > best:
                best, at = worth[offer], offer
        if at < 0 or best < -NEAR * heat:
            break
        top = max(best, 0.0)
        sharp += top
        if place < room - 1:
            weight = math.exp(-abs(best) / heat)
            share[at] = max(1.0 / (1.0 + weight) if best > 0 else weight / (1.0 + weight), 1e-12)
            smooth += top + heat * math.log1p(weight)
            torn = torn or weight > 1e-7
            continue
        total = math.exp(-top / heat)
        for offer in range(worth.size):
            if share[offer] == 0.0 and worth[offer] > top - NEAR * heat:
                share[offer] = -math.exp((worth[offer] - top) / heat)
                total -= share[offer]
        for offer in range(worth.size):
            if share[offer] < 0.0:
                share[offer] = -share[offer] / total
        smooth += top + heat * math.log(total)
        torn = torn or total > 1.0 + 1e-7
    return smooth, sharp, torn


@compiled
def sure(worth: Floats, heat: float) -> int:
    """The offer that beats all else by far, NOTHING where that does, TORN_AT where it is close. For clients with room for one."""
    best, second, at = 0.0, -math.inf, -1
    for offer in range(worth.size):  # without branches, which would be guessed wrongly half the time
        here = worth[offer]
        better = here > best
        lower = best if better else here
        second = lower if lower > second else second  # noqa: FURB136
        at = offer if better else at
        best = here if better else best
    return at if best - second > NEAR * heat else TORN_AT


@compiled
def sums(
    clients: Clients,
    rows: Rows,
    tolls: Floats,
    rates: Floats,
    heat: float,
    every: int,
    blocks: Ints,
    heads: Floats,
    used: Floats,
    bends: Floats,
) -> None:
    """Of each block: its sums, what it uses by cell (times, then each kind of amount), and how that bends with the prices.

    The bend is added up over every `every`-th torn client only, for it need not be exact.
    """
    offers, count = clients.values.shape[1], len(clients.groups)
    worth, share = np.empty(offers), np.empty(offers)
    mean, touched, entry = (
        np.zeros(bends.shape[1]),
        np.empty(bends.shape[1], np.int64),
        np.zeros(bends.shape[1]),
    )
    for block in blocks:
        head, table = heads[block], used[block]
        for client in range(block * BLOCK, min(count, (block + 1) * BLOCK)):
            room = clients.each[client]
            reduced(clients, tolls, rates, client, worth)
            at = sure(worth, heat) if room == 1 else TORN_AT
            if at == NOTHING:
                continue
            if at != TORN_AT:
                head[SMOOTH] += worth[at]
                head[SHARP] += worth[at]
                _book(clients, client, at, 1.0, head, table)
                continue
            smooth, sharp, torn = shares(worth, room, heat, share)
            head[SMOOTH] += smooth
            head[SHARP] += sharp
            for offer in range(offers):
                if share[offer] > 0.0:
                    _book(clients, client, offer, share[offer], head, table)
            if torn:
                head[TORN] += 1.0
                if head[TORN] % every == 0:
                    _bend(clients, rows, client, share, float(every), mean, touched, entry, bends[block])


@compiled
def _book(clients: Clients, client: int, offer: int, share: float, head: Floats, table: Floats) -> None:
    """Add what a client's share of an offer is worth and uses."""
    group = clients.groups[client]
    head[CHOSEN] += share * clients.values[client, offer]
    table[0, group, offer] += share
    for kind in range(clients.amounts.shape[0]):
        table[1 + kind, group, offer] += share * clients.amounts[kind, client, offer]


@compiled
def _bend(  # noqa: C901 - one loop over a client's offers, entries and pairs of entries
    clients: Clients,
    rows: Rows,
    client: int,
    share: Floats,
    weight: float,
    mean: Floats,
    touched: Ints,
    entry: Floats,
    bend: Floats,
) -> None:
    """Add the covariance of what this client uses: the softmax's own curvature, times the heat. With room for several, each for itself."""
    offers, size, several = share.size, 0, clients.each[client] > 1
    for offer in range(offers):
        if share[offer] < 1e-9:
            continue
        cell = clients.groups[client] * offers + offer
        first, end = rows.first[cell], rows.first[cell + 1]
        for at in range(first, end):
            row, kind = rows.row[at], rows.amount[at]
            entry[row] = rows.uses[at] * (clients.amounts[kind, client, offer] if kind >= 0 else 1.0)
            seen = False
            for place in range(size):
                seen = seen or touched[place] == row
            if not seen:
                touched[size] = row
                mean[row] = 0.0
                size += 1
            mean[row] += share[offer] * entry[row]
        part = weight * share[offer] * (1.0 - share[offer] if several else 1.0)
        for one in range(first, end):
            for two in range(first, end):
                bend[rows.row[one], rows.row[two]] += part * entry[rows.row[one]] * entry[rows.row[two]]
    if several:
        return
    for one in range(size):
        for two in range(size):
            bend[touched[one], touched[two]] -= weight * mean[touched[one]] * mean[touched[two]]


@compiled
def draw(
    clients: Clients, tolls: Floats, rates: Floats, heat: float, blocks: Ints, choices: NDArray[np.int8]
) -> None:
    """Choose for each client by the shares. What was owed to an offer within a block and group and not given yet is given next.

    So a block's choices differ from its shares by about one of each offer, where chance would differ by the root of their number.
    """
    offers, count, owed = (
        clients.values.shape[1],
        len(clients.groups),
        np.zeros((tolls.shape[0], clients.values.shape[1] + 1)),
    )
    worth, share = np.empty(offers), np.empty(offers)
    for block in blocks:
        owed[:] = 0.0
        for client in range(block * BLOCK, min(count, (block + 1) * BLOCK)):
            room, group = clients.each[client], clients.groups[client]
            choices[client, :] = NOTHING
            reduced(clients, tolls, rates, client, worth)
            at = sure(worth, heat) if room == 1 else TORN_AT
            if at != TORN_AT:
                choices[client, 0] = at
                continue
            shares(worth, room, heat, share)
            if room == 1:
                choices[client, 0] = _owed_most(share, owed[group])
                continue
            point, place = ((clients.first + client) * GOLDEN) % 1.0, 0
            for offer in range(offers):
                point -= share[offer]
                if point < 0.0 and place < room:
                    choices[client, place] = offer
                    place += 1
                    point += 1.0


@compiled
def _owed_most(share: Floats, owed: Floats) -> int:
    """The offer (or NOTHING) that is owed most among those this client is torn between, which is then given."""
    left, at = 1.0, share.size
    for offer in range(share.size):
        owed[offer] += share[offer]
        left -= share[offer]
    owed[share.size] += left
    most = owed[at] if left > FAINT else -math.inf
    for offer in range(share.size):
        if share[offer] > FAINT and owed[offer] > most:
            most, at = owed[offer], offer
    owed[at] -= 1.0
    return at if at < share.size else NOTHING


@compiled
def certify(clients: Clients, tolls: Ints, rates: Ints, shift: int, blocks: Ints, found: Ints) -> None:
    """The sharp maximum in whole numbers: of each block the sum's upper part and its lowest 16 bits, so that nothing overflows."""
    offers, count = clients.values.shape[1], len(clients.groups)
    worth = np.empty(offers, np.int64)
    for block in blocks:
        for client in range(block * BLOCK, min(count, (block + 1) * BLOCK)):
            group = clients.groups[client]
            for offer in range(offers):
                value = np.int64(clients.values[client, offer])
                worth[offer] = 0
                if value != NEVER:
                    worth[offer] = (value << shift) - tolls[group, offer]
                    for kind in range(rates.shape[0]):
                        worth[offer] -= rates[kind, group, offer] * clients.amounts[kind, client, offer]
            for _place in range(clients.each[client]):
                at = worth.argmax()
                if worth[at] <= 0:
                    break
                found[block, 0] += worth[at] >> 16
                found[block, 1] += worth[at] & 0xFFFF
                worth[at] = 0
