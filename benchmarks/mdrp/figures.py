"""Figures of a day from its log, reckoned as the reference files reckon theirs, and those files' own figures of the peers.

- XDT: the mean over all orders of click to door minus the unavoidable minutes (the order alone, a courier waiting at the shop); an order
  that nobody brought counts 120. This is how the peers' `xdt120` comes out: its unbrought orders weigh 120 above their unavoidable
  minutes.
- Shares within 30 and 40 minutes are of all orders; click to door's mean and 90th percentile are of those delivered.
- Cost: each courier gets the larger of $10 an order and $15 an hour of the whole shift; per order delivered.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from statistics import fmean

import numpy as np
from benchmarks.mdrp.instances import EXCESS_UNDELIVERED_MIN, Instance, SetName
from benchmarks.mdrp.log import Event

NAN = float("nan")


@dataclass(frozen=True)
class Figures:
    """Of one day, or the means over several days. Minutes, shares of one, dollars, seconds."""

    xdt_min: float
    undelivered: float
    click_to_door_min: float
    click_to_door_p90_min: float
    within_30: float
    within_40: float
    cost_per_order: float
    decision_p99_s: float = NAN
    """Nobody measured the peers' decisions: not a number."""


@dataclass(frozen=True)
class Peer:
    """A published dispatcher's figures on one instance; `variant` says how often it decided."""

    algorithm: str
    variant: str
    figures: Figures


PEER_NAMES = {"FM": "FoodMatch", "MDRP": "Reyes"}
EPOCHS = {"min": "300 s", "min60": "60 s"}


def figures(instance: Instance, log: Iterable[Event], decision_s: Sequence[float] = ()) -> Figures:
    """The figures of one day."""
    delivered = {name: event for event in log if event.kind == "delivered" for name in event.orders}
    took_min, excess_min = [], []
    for order in instance.orders:
        event = delivered.get(order.name)
        if event is None:
            excess_min.append(EXCESS_UNDELIVERED_MIN)
        else:
            took_min.append(event.minute - order.placed_min)
            excess_min.append(took_min[-1] - instance.unavoidable_min(order))
    count = len(instance.orders)
    brought = Counter(event.courier for event in delivered.values())
    return Figures(
        xdt_min=fmean(excess_min),
        undelivered=1 - len(took_min) / count,
        click_to_door_min=fmean(took_min) if took_min else NAN,
        click_to_door_p90_min=float(np.percentile(took_min, 90)) if took_min else NAN,
        within_30=sum(took <= 30 for took in took_min) / count,
        within_40=sum(took <= 40 for took in took_min) / count,
        cost_per_order=cost(instance, brought) / len(took_min) if took_min else NAN,
        decision_p99_s=float(np.percentile(decision_s, 99)) if decision_s else NAN,
    )


def cost(instance: Instance, brought: Mapping[str, int]) -> float:
    """Dollars for the day's couriers, by how many orders each brought."""
    return sum(
        max(
            instance.pay_per_order * brought.get(courier.name, 0),
            instance.pay_per_hour * (courier.off_min - courier.on_min) / 60,
        )
        for courier in instance.couriers
    )


def bound(instance: Instance) -> Figures:
    """What no dispatcher can beat: a courier is always waiting; nobody knows its cost."""
    took_min = [instance.unavoidable_min(order) for order in instance.orders]
    return Figures(
        xdt_min=0.0,
        undelivered=0.0,
        click_to_door_min=fmean(took_min),
        click_to_door_p90_min=float(np.percentile(took_min, 90)),
        within_30=sum(took <= 30 for took in took_min) / len(took_min),
        within_40=sum(took <= 40 for took in took_min) / len(took_min),
        cost_per_order=NAN,
    )


def mean(several: Sequence[Figures]) -> Figures:
    """Each figure's mean over days, every day the same weight; the decisions' time is that of the slowest day."""
    values = {each.name: [getattr(one, each.name) for one in several] for each in fields(Figures)}
    slowest_s = max(values.pop("decision_p99_s"))
    return Figures(**{name: fmean(column) for name, column in values.items()}, decision_p99_s=slowest_s)


def peers(folder: Path, set_name: SetName) -> dict[str, list[Peer]]:
    """By instance: the peers on one set, with 300 s epochs and, on some instances, with 60 s epochs."""
    found: dict[str, dict[tuple[str, str], Peer]] = {}
    short = {"original": "orig", "fruit30": "fruit30"}[set_name]
    for name in ("reference_300s.csv", "reference_quick.csv"):
        with (folder / name).open(newline="") as file:
            for row in csv.DictReader(file):
                if row.get("set", "orig") == short:
                    peer = Peer(row["algo"], row["variant"], _peer_figures(row))
                    found.setdefault(row["instance"], {})[peer.algorithm, peer.variant] = peer
    return {instance: [own[key] for key in sorted(own)] for instance, own in found.items()}


def quick(folder: Path, set_name: SetName) -> list[str]:
    """The instances on which the peers were run with 60 s epochs."""
    by_instance = peers(folder, set_name)
    return sorted(name for name, own in by_instance.items() if any(peer.variant == "min60" for peer in own))


def _peer_figures(row: Mapping[str, str]) -> Figures:
    return Figures(
        xdt_min=float(row["xdt120"]),
        undelivered=1 - int(row["delivered"]) / int(row["orders"]),
        click_to_door_min=float(row["ctd_mean"]),
        click_to_door_p90_min=float(row["ctd_p90"]),
        within_30=float(row["within30"]),
        within_40=float(row["within40"]),
        cost_per_order=float(row["cost_per_order"]),
    )
