"""The street: a store keeper hands out bags and takes them back in the evening; sellers sell, and lose the line for hours."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from random import Random
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from guinda.base import clock
from guinda.base.money import price_minor
from guinda.twin.board import Board
from guinda.twin.crowd import pause
from guinda.twin.line import Line, Network, Silent, hidden_fields

logger = logging.getLogger("guinda.twin")
OPENS, CLOSES = time(9, 30), time(19, 30)
BUYERS_AN_HOUR = 8.0
"""At a stall near a busy station, those who buy; as many again ask and go. Assumptions, like the rest of the twin's habits."""
KINDS = ("clean", "variety", "tomorrow", "shop")
USUAL_G = (250, 500, 500, 1000, 1000, 2000)
WITHOUT_LINE = 0.25
"""Chance that a telephone has no line when it would send: then all waits for the next time."""
SENDS_EVERY_S = 900
LOTS, KILOGRAMS, FLOAT = 3, 6, "500"
FIELD = re.compile(r'name="(lot-\d+)"')
LOST = 0.2
"""Chance that a bag comes back with one lot 20 g lighter than its books: a squashed cherry, a generous hand."""


class Keeper:
    """The store keeper at the office's pages, for all stalls."""

    def __init__(self, network: Network, *, login: str, password: str) -> None:
        self.line: Line = network.line()
        self.login, self.password = login, password
        self.known = False

    async def ready(self) -> None:
        """Sign in once."""
        if not self.known:
            answer = await self.line.fill(
                "/accounts/login/", {"login": self.login, "password": self.password}
            )
            self.known = answer.status_code == 302

    async def issue(self, *, stall: int, seller: int) -> bool:
        """Fill in the form as a person would: the lots at its head, and change."""
        await self.ready()
        path = f"/stalls/office/new/?stall={stall}"
        page = await self.line.get(path)
        lots = FIELD.findall(page.text)[:LOTS]
        if page.status_code != 200 or not lots:
            return False
        fields = {name: str(KILOGRAMS) for name in lots}
        key = hidden_fields(page.text).get("key", str(uuid4()))
        answer = await self.line.fill(path, {"key": key, "seller": str(seller), "change": FLOAT, **fields})
        return answer.status_code == 302

    async def close(self, *, bag: int, counted_g: Mapping[int, int], cash: str) -> bool:
        """Enter the count; where the books differ, the reason."""
        await self.ready()
        path = f"/stalls/office/{bag}/close/"
        fields = {f"lot-{lot}": f"{grams / 1000:.3f}" for lot, grams in counted_g.items()} | {"cash": cash}
        answer = await self.line.fill(path, fields)
        if answer.status_code == 409:
            whys = {f"why-{lot}": "squashed" for lot in (*counted_g, 0)}
            answer = await self.line.fill(path, fields | whys)
        return answer.status_code == 302


@dataclass
class Table:
    """What lies before the seller: the bag as the page tells it, less what was sold since."""

    bag: dict[str, Any]
    left_g: dict[int, int]
    cash_minor: int

    @classmethod
    def of(cls, bag: dict[str, Any]) -> Table:
        """From the page's facts, when nothing waits in the telephone."""
        left_g = {lot["id"]: lot["issued_g"] - lot["sold_g"] for lot in bag["lots"]}
        return cls(bag, left_g, bag["float_minor"] + bag["sold_minor"])


class StreetSeller:
    """One seller and the telephone."""

    def __init__(
        self,
        network: Network,
        board: Board,
        facts: Mapping[str, Any],
        *,
        keeper: Keeper,
        password: str,
        zone: ZoneInfo,
        seed: int,
    ) -> None:
        self.network, self.board, self.keeper = network, board, keeper
        self.login, self.stall, self.seller = str(facts["login"]), int(facts["stall"]), int(facts["seller"])
        self.password, self.zone = password, zone
        self.rng = Random(f"{seed} {self.login}")  # noqa: S311 - a simulation
        self.line: Line = network.line()
        self.known = False
        self.table: Table | None = None
        self.sales: list[dict[str, Any]] = []
        self.tallies: list[dict[str, Any]] = []

    async def works(self) -> None:
        """All days, until cancelled; whatever goes wrong is told in a line and tried again."""
        while True:
            try:
                await self._round()
            except Silent as silent:
                logger.warning("[seller %s] %s", self.login, silent)
            except Exception:
                logger.exception("[seller %s] begins anew", self.login)
                await asyncio.sleep(5)

    async def _round(self) -> None:
        """A quarter of an hour: the bag in the morning, buyers by day, the way back in the evening."""
        if not self.known:
            answer = await self.line.fill(
                "/accounts/login/", {"login": self.login, "password": self.password}
            )
            self.known = answer.status_code == 302
        is_day = OPENS <= clock.now().astimezone(self.zone).time() < CLOSES
        if self.table is None:
            await self._take_up(wanted=is_day)
        elif is_day:
            self._stand(SENDS_EVERY_S / 3600)
            if self.rng.random() >= WITHOUT_LINE:
                await self._send()
        else:
            await self._go_back(self.table)
        await pause(SENDS_EVERY_S)

    async def _take_up(self, *, wanted: bool) -> None:
        bag = await self._look()
        if bag is None and wanted and await self.keeper.issue(stall=self.stall, seller=self.seller):
            self.board.counts["bags issued"] += 1
            bag = await self._look()
        self.table = Table.of(bag) if bag else None

    async def _look(self) -> dict[str, Any] | None:
        answer = await self.line.get("/api/stalls/day", json=True)
        self.known = answer.status_code == 200
        bag: dict[str, Any] | None = answer.json()["bag"] if self.known else None
        return bag

    def _stand(self, hours: float) -> None:
        """Those who came by: each buys of what is left, or asks and goes."""
        for _person in range(round(self.rng.gauss(2 * BUYERS_AN_HOUR * hours, 1))):
            if self.rng.random() < 0.5:
                said = {"kind": self.rng.choice(KINDS), "said_at": clock.now().isoformat()}
                self.tallies.append({"key": str(uuid4()), **said})
            elif self.table:
                self._sell(self.table)

    def _sell(self, table: Table) -> None:
        lot = self.rng.choice(table.bag["lots"])
        weight_g = min(self.rng.choice(USUAL_G), table.left_g[lot["id"]])
        if weight_g <= 0 or lot["recalled"]:
            return
        minor = price_minor(weight_g, lot["per_kg_minor"])
        table.left_g[lot["id"]] -= weight_g
        table.cash_minor += minor
        sold = {
            "lot_id": lot["id"],
            "weight_g": weight_g,
            "price_minor": minor,
            "sold_at": clock.now().isoformat(),
        }
        self.sales.append({"key": str(uuid4()), **sold})
        self.board.counts["sold in the street"] += 1

    async def _send(self) -> bool:
        """What the telephone kept, under its keys."""
        if not self.table or not (self.sales or self.tallies):
            return True
        body = {"bag_id": self.table.bag["id"], "sales": self.sales, "tallies": self.tallies}
        answer = await self.line.post("/api/stalls/batches", body)
        self.known = answer.status_code != 401
        if answer.status_code != 200:
            return False
        self.sales, self.tallies = [], []
        return True

    async def _go_back(self, table: Table) -> None:
        """Send everything, hand in what is left, less what got squashed."""
        if not await self._send():
            return
        counted_g = dict(table.left_g)
        if self.rng.random() < LOST:
            squashed = self.rng.choice(sorted(counted_g))
            counted_g[squashed] = max(0, counted_g[squashed] - 20)
        unit = 10 ** table.bag["decimals"]
        if await self.keeper.close(
            bag=table.bag["id"], counted_g=counted_g, cash=str(table.cash_minor / unit)
        ):
            self.board.counts["bags closed"] += 1
            self.table = None
