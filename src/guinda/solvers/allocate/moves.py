# ruff: noqa: PLR0917 - compiled functions take their facts by position
"""From choices that almost keep the limits to ones that keep them and waste nothing: changes of one client each, compiled.

A change is given by what it loses at the prices. In that order changes are made first as long as they lessen what is exceeded, then as
long as they are worth something and exceed nothing. All in whole numbers.

All that is compiled for this stands in one file because the compiler's cache looks at one file only.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from guinda.solvers.allocate.facts import NEVER, NOTHING
from guinda.solvers.allocate.passes import BLOCK, Clients, Floats, Ints, Rows, compiled

Choices = NDArray[np.int8]


class Moves(NamedTuple):
    """Changes: which client's which place goes to which offer, and what that loses at the prices."""

    client: NDArray[np.int32]
    place: NDArray[np.int8]
    to: NDArray[np.int8]
    loss: Floats


class State(NamedTuple):
    """The choices, and by side of a limit what is used, what may be, and what a unit beyond it weighs in repairing."""

    choices: Choices
    used: Ints
    bounds: Ints
    weights: Floats


@compiled
def near(
    clients: Clients,
    tolls: Floats,
    rates: Floats,
    choices: Choices,
    width: float,
    part: int,
    blocks: Ints,
    starts: Ints,
    into: Moves,
    counts: Ints,
) -> None:
    """The changes of every `part`-th client that lose at most `width`, from each block's start on; only counted where that is below 0."""
    offers, count = clients.values.shape[1], len(clients.groups)
    worth = np.empty(offers)
    for block in blocks:
        at, found = starts[block], 0
        for client in range(block * BLOCK, min(count, (block + 1) * BLOCK)):
            if ((clients.first + client) * 2654435761 >> 8) % part:
                continue
            group = clients.groups[client]
            for offer in range(offers):
                value = clients.values[client, offer]
                worth[offer] = value - tolls[group, offer] if value != NEVER else -math.inf
                for kind in range(rates.shape[0]):
                    worth[offer] -= rates[kind, group, offer] * clients.amounts[kind, client, offer]
            for place in range(clients.each[client]):
                now = choices[client, place]
                least = (worth[now] if now != NOTHING else 0.0) - width
                for to in range(NOTHING, offers):
                    here = worth[to] if to != NOTHING else 0.0
                    if (
                        here < least
                        or here == -math.inf
                        or to == now
                        or (to != NOTHING and (choices[client] == to).any())
                    ):
                        continue
                    if at >= 0:
                        into.client[at + found], into.place[at + found], into.to[at + found] = (
                            client,
                            place,
                            to,
                        )
                        into.loss[at + found] = least + width - here
                    found += 1
        counts[block] = found


@compiled
def change(clients: Clients, rows: Rows, client: int, now: int, to: int, by: Ints) -> None:
    """What going from one offer to another adds to each side of the limits."""
    by[:] = 0
    base = clients.groups[client] * clients.values.shape[1]
    for sign, offer in ((-1, now), (1, to)):
        if offer == NOTHING:
            continue
        for at in range(rows.first[base + offer], rows.first[base + offer + 1]):
            kind = rows.amount[at]
            by[rows.row[at]] += (
                sign * rows.uses[at] * (clients.amounts[kind, client, offer] if kind >= 0 else 1)
            )


@compiled
def gain(clients: Clients, client: int, now: int, to: int) -> int:
    """What the change adds to the value."""
    more = int(clients.values[client, to]) if to != NOTHING else 0
    return more - (int(clients.values[client, now]) if now != NOTHING else 0)


@compiled
def taken(state: State, client: int, now: int, to: int) -> bool:
    """Whether a change cannot be made any more: it was, or the client has the offer already."""
    return now == to or (to != NOTHING and (state.choices[client] == to).any())


@compiled
def repair(clients: Clients, rows: Rows, moves: Moves, order: Ints, state: State) -> float:
    """Make changes in this order as long as each lessens what is exceeded; what is exceeded still."""
    by = np.empty(len(state.used), np.int64)
    over = 0.0
    for side in range(len(by)):
        over += state.weights[side] * max(0, state.used[side] - state.bounds[side])
    for number in order:
        if over <= 0.0:
            break
        client, place, to = moves.client[number], moves.place[number], moves.to[number]
        now = state.choices[client, place]
        if taken(state, client, now, to):
            continue
        change(clients, rows, client, now, to, by)
        after = 0.0
        for side in range(len(by)):
            after += state.weights[side] * max(0, state.used[side] + by[side] - state.bounds[side])
        if after < over:
            over = after
            state.choices[client, place] = to
            state.used[:] += by
    return over


@compiled
def fill(clients: Clients, rows: Rows, moves: Moves, order: Ints, state: State) -> int:
    """Make changes in this order that are worth something and exceed nothing; what they added."""
    by = np.empty(len(state.used), np.int64)
    added = 0
    for number in order:
        client, place, to = moves.client[number], moves.place[number], moves.to[number]
        now = state.choices[client, place]
        more = gain(clients, client, now, to)
        if more <= 0 or taken(state, client, now, to):
            continue
        change(clients, rows, client, now, to, by)
        fits = True
        for side in range(len(by)):
            fits = fits and (by[side] <= 0 or state.used[side] + by[side] <= state.bounds[side])
        if fits:
            added += more
            state.choices[client, place] = to
            state.used[:] += by
    return added


@compiled
def sorts(clients: Clients, moves: Moves, order: Ints, choices: Choices, groups: int, each: int) -> Ints:
    """The first `each` changes of each sort (group, from, to): few that can make good what any other leaves over or exceeds."""
    offers, kept, size = clients.values.shape[1], np.empty(len(order), np.int64), 0
    seen = np.zeros((groups, offers + 1, offers + 1), np.int64)
    for number in order:
        client, to = moves.client[number], moves.to[number]
        now = choices[client, moves.place[number]]
        group = clients.groups[client]
        had = now == to or (to != NOTHING and (choices[client] == to).any())
        if not had and seen[group, now, to] < each:
            seen[group, now, to] += 1
            kept[size] = number
            size += 1
    return kept[:size]


@compiled
def weigh(
    clients: Clients, rows: Rows, moves: Moves, order: Ints, state: State, by: Ints, gains: Ints
) -> None:
    """Of each of these changes: what it adds to each side of the limits, and to the value."""
    for at in range(len(order)):
        client, place, to = moves.client[order[at]], moves.place[order[at]], moves.to[order[at]]
        now = state.choices[client, place]
        gains[at] = gain(clients, client, now, to)
        change(clients, rows, client, now, to, by[at])
