"""`python -m guinda.twin`: live in the city that answers at an address. Started by `guinda demo`."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import signal
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from guinda.base import clock
from guinda.base.points import Point
from guinda.base.processes import end_with_parent
from guinda.twin.board import Board
from guinda.twin.couriers import Rider
from guinda.twin.crowd import Crowd, Panel, sleep_until
from guinda.twin.demand import PEAK_ORDERS_AN_HOUR, Station, Visit, visits
from guinda.twin.line import Network
from guinda.twin.street import Keeper, StreetSeller

SCORE_EVERY_S = 10.0
TOO_LATE = timedelta(minutes=10)
"""Visits that should have begun this long ago are left out: the machine slept, and they have gone home."""


def main() -> None:
    """Run until SIGTERM or Ctrl-C."""
    end_with_parent()
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    options = _options()
    with suppress(KeyboardInterrupt):
        asyncio.run(_until_told(options, json.loads(options.keys.read_text())))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m guinda.twin", description=__doc__)
    parser.add_argument("--base-url", required=True, metavar="URL", help="where the city answers")
    parser.add_argument(
        "--keys", required=True, type=Path, metavar="FILE", help="panels' keys and couriers' passwords"
    )
    parser.add_argument("--seed", type=int, default=7, help="the same seed gives the same crowd")
    parser.add_argument(
        "--peak",
        type=float,
        default=PEAK_ORDERS_AN_HOUR,
        metavar="N",
        help="orders in the city's busiest hour",
    )
    return parser.parse_args()


async def _until_told(options: argparse.Namespace, facts: Mapping[str, Any]) -> None:
    living = asyncio.create_task(live(options.base_url, facts, seed=options.seed, peak=options.peak))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, living.cancel)
    with suppress(asyncio.CancelledError):
        await living


async def live(base_url: str, facts: Mapping[str, Any], *, seed: int, peak: float) -> None:
    """The crowd, the couriers, the street and the score, side by side."""
    network, board = Network(base_url), Board()
    zone = ZoneInfo(facts["city"]["time_zone"])
    stations = [Station(each["station"], Point(*each["at"]), each["entries"]) for each in facts["panels"]]
    panels = {each["station"]: Panel(network, each["station"], each["key"]) for each in facts["panels"]}
    riders = [
        Rider(
            network, board, each, password=facts["passwords"]["courier"], number=number, zone=zone, seed=seed
        )
        for number, each in enumerate(facts["couriers"])
    ]
    keeper = Keeper(network, login="keeper", password=facts["passwords"]["office"])
    sellers = [
        StreetSeller(
            network, board, each, keeper=keeper, password=facts["passwords"]["courier"], zone=zone, seed=seed
        )
        for each in facts.get("stalls", [])
    ]
    people = visits(seed, start=clock.now(), stations=stations, zone=zone, peak_an_hour=peak)
    try:
        async with asyncio.TaskGroup() as group:
            for rider in riders:
                group.create_task(rider.works())
            for seller in sellers:
                group.create_task(seller.works())
            group.create_task(_crowd(Crowd(network, board, panels), people))
            group.create_task(_score(board, zone))
    finally:
        await network.close()


async def _crowd(crowd: Crowd, people: Iterator[Visit]) -> None:
    for person in people:
        await sleep_until(person.at)
        if clock.now() - person.at < TOO_LATE:
            crowd.comes(person)


async def _score(board: Board, zone: ZoneInfo) -> None:
    """A line every ten seconds, and beneath it what is out of the ordinary when there is more of it."""
    usual = {
        "sold in the street",
        "ordered",
        "delivered",
        "kept",
        "late",
        "rated",
        "lines lost",
        "card confirmed",
    }
    told: deque[str] = deque(maxlen=1)
    while True:
        await asyncio.sleep(SCORE_EVERY_S)
        print(board.score(clock.now().astimezone(zone)), flush=True)
        others = ", ".join(
            f"{name} {count}" for name, count in sorted(board.counts.items()) if name not in usual
        )
        if others and others not in told:
            print(f"       so far: {others}", flush=True)
            told.append(others)


main()
