"""Clients and offers by a seed: several kinds, under a budget and twenty capacities; and a telephone operator's clients."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from guinda.solvers.allocate import NEVER, Limit, Problem

KINDS = ("independent", "correlated", "ties", "slack", "tight", "floors")
SELLERS = 10


def limits_of(clients: int, offers: int, share: float, rng: np.random.Generator) -> list[Limit]:
    """A budget, a capacity for each offer's channel, and the minutes of ten sellers: `share` of the clients can be reached."""
    once = np.ones(offers, dtype=np.int64)
    limits = [Limit("budget", once, most=int(clients * share * 600), amount=0)]
    for offer in range(offers):
        most = int(clients / offers * share * 1.5 * rng.uniform(0.5, 1.5))
        limits.append(Limit(f"channel {offer}", (np.arange(offers) == offer).astype(np.int64), most=most))
    minutes = rng.integers(5, 30, offers)
    for seller in range(SELLERS):
        uses = np.zeros((SELLERS, offers), dtype=np.int64)
        uses[seller] = minutes
        limits.append(
            Limit(f"seller {seller}", uses, most=int(clients / SELLERS * share * 18 * rng.uniform(0.7, 1.3)))
        )
    return limits


def instance(kind: str, clients: int, seed: int, offers: int = 10) -> Problem:
    """So many clients; the kind is one of KINDS."""
    rng = np.random.default_rng(seed)
    cost = rng.integers(100, 2_000, (1, clients, offers), dtype=np.int32)
    values = rng.integers(1, 10_000, (clients, offers), dtype=np.int32)
    if kind == "correlated":
        values = cost[0] * 3 + rng.integers(0, 1_000, (clients, offers), dtype=np.int32)
    if kind == "ties":
        values = rng.integers(1, 4, (clients, offers), dtype=np.int32) * 1_000
        cost = rng.integers(1, 3, (1, clients, offers), dtype=np.int32) * 100
    limits = limits_of(clients, offers, {"slack": 3.0, "tight": 0.05}.get(kind, 0.3), rng)
    if kind == "floors":
        calls = (np.arange(offers) == 0).astype(np.int64)
        limits.append(Limit("first contacts", calls, least=(limits[1].most or 0) * 2))
    return Problem(values, limits, cost, rng.integers(0, SELLERS, clients).astype(np.int32))


def budgets(clients: int, seed: int, offers: int = 10, count: int = 5) -> Problem:
    """Budgets alone, each offer taking of all of them by pair."""
    rng = np.random.default_rng(seed)
    amounts = rng.integers(1, 100, (count, clients, offers), dtype=np.int32)
    values = rng.integers(1, 10_000, (clients, offers), dtype=np.int32)
    once = np.ones(offers, dtype=np.int64)
    return Problem(
        values,
        [Limit(f"budget {each}", once, most=clients * 12, amount=each) for each in range(count)],
        amounts,
    )


def operator(path: Path) -> Problem:
    """A telephone operator's clients: an offer adds a share of a year's charges by how the client pays and how long they have stayed.

    Five offers: a price, a longer contract, security, a beautiful number, a gift by courier. The shares are assumptions that make an
    instance with real charges, contracts and stays, nothing that was measured.
    """
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    year = np.array([float(row["MonthlyCharges"]) * 12 * 100 for row in rows])
    stay = np.array([int(row["tenure"]) for row in rows])
    monthly = np.array([row["Contract"] == "Month-to-month" for row in rows])
    insecure = np.array([row["OnlineSecurity"] == "No" for row in rows])
    leaving = np.where(monthly, 0.4, 0.08) * np.exp(-stay / 40)
    saved = [
        0.20 * leaving,
        0.25 * leaving * monthly,
        0.15 * leaving * insecure + 0.02,
        0.03 + 0.001 * stay,
        0.10 * leaving + 0.01,
    ]
    values = np.stack([(year * share).astype(np.int32) for share in saved], axis=1)
    values[~monthly, 1] = NEVER
    values[~insecure, 2] = NEVER
    cost = np.stack(
        [
            year * 0.05,
            year * 0.04,
            np.full(len(rows), 1_500),
            np.full(len(rows), 900),
            np.full(len(rows), 2_500),
        ],
        axis=1,
    )
    groups = stay.astype(np.int64) // 8
    one = np.eye(5, dtype=np.int64)
    limits = [
        Limit("budget", one.sum(axis=0), most=len(rows) * 700, amount=0),
        Limit("gifts", one[4], most=300),
    ]
    limits += [
        Limit("numbers", one[3], most=900),
        Limit("calls", one[0] + one[1], most=1_500),
        Limit("security first", one[2], least=50),
    ]
    uses = np.zeros((10, 5), dtype=np.int64)
    uses[0] = 1
    limits.append(Limit("newcomers", uses, most=400))
    return Problem(values, limits, cost.astype(np.int32)[None], groups.astype(np.int32))
