"""A plan reckoned anew in whole numbers, by code that shares nothing with the search."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from guinda.solvers.allocate.facts import NEVER, NOTHING, Limit, Problem


def used_by(problem: Problem, limit: Limit, choices: NDArray[np.int8]) -> int:
    """What the choices take of a limit."""
    uses = np.broadcast_to(limit.uses, (problem.group_count, problem.offers))
    groups, total = np.asarray(problem.groups), 0
    for column in choices.T:
        rows = np.flatnonzero(column != NOTHING)
        offers = column[rows].astype(np.int64)
        times = uses[groups[rows], offers].astype(np.int64)
        if limit.amount is not None:
            times *= problem.amounts[limit.amount, rows, offers]
        total += int(times.sum())
    return total


def faults(problem: Problem, choices: NDArray[np.int8]) -> list[str]:
    """What is wrong with a plan: offers that may not be made, too many for a client, one twice, limits exceeded or not reached."""
    found = []
    chosen = choices != NOTHING
    if (
        choices.shape[0] != problem.clients
        or choices.min(initial=0) < NOTHING
        or choices.max(initial=0) >= problem.offers
    ):
        return ["The choices are not a row of offers for each client."]
    if (chosen.sum(axis=1) > np.asarray(problem.each)).any():
        found.append("A client gets more offers than may be.")
    made = np.where(
        chosen, np.take_along_axis(problem.values, np.maximum(choices, 0).astype(np.int64), axis=1), 0
    )
    if (made == NEVER).any():
        found.append("A client gets an offer that may not be made.")
    ordered = np.sort(choices, axis=1)
    if ((ordered[:, 1:] == ordered[:, :-1]) & (ordered[:, 1:] != NOTHING)).any():
        found.append("A client gets an offer twice.")
    for limit in problem.limits:
        used = used_by(problem, limit, choices)
        if limit.most is not None and used > limit.most:
            found.append(f"The limit {limit.name} allows {limit.most}, and {used} are used.")
        if limit.least is not None and used < limit.least:
            found.append(f"The limit {limit.name} asks for {limit.least}, and {used} are reached.")
    return found
