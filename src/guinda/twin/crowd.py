"""Clients at panels: look, choose, change their minds, order, pay, wait, rate, and sometimes order the same again."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from guinda.base import clock
from guinda.twin.board import Awaited, Board
from guinda.twin.demand import Visit, bowl
from guinda.twin.line import Line, Network, Silent, hidden_fields

logger = logging.getLogger("guinda.twin")
SPOKEN = re.compile(r"<b>(\d{4})</b>")
INSIDE_MOST = 60
"""People in front of panels at the same time; at a greater speed than the machine can bear, the others pass by."""
SHELF_HOLDS_S = 60.0
"""Real seconds a panel's shelf is remembered, as its page remembers it."""
WAITS_MOST_S = 3 * 3600
"""Of the city: nobody waits longer for a bag before they stop thinking of it."""


class Panel:
    """The device at a station, enrolled with its key; all who come there use it."""

    def __init__(self, network: Network, station: str, key: str) -> None:
        self.line: Line = network.line()
        self.station = station
        self.key = key
        self.enrolling = asyncio.Lock()
        self.enrolled = False
        self._shelf: dict[str, int] = {}
        self._shelf_until_s = 0.0

    async def ready(self) -> None:
        """Enrol the device once."""
        async with self.enrolling:
            if not self.enrolled:
                await self.line.get(f"/panels/enrol/{self.key}/")
                page = await self.line.get(f"/panels/{self.station}/")
                self.enrolled = page.status_code == 200

    async def shelf(self) -> dict[str, int]:
        """Grams free by variety."""
        now_s = asyncio.get_running_loop().time()
        if now_s >= self._shelf_until_s:
            answer = await self.line.get(f"/api/panels/{self.station}/shelf", json=True)
            if answer.status_code == 401:
                self.enrolled = False
            if answer.status_code != 200:
                return {}
            self._shelf = {
                row["variety"]: row["free_g"] for row in answer.json()["varieties"] if row["per_kg_minor"]
            }
            self._shelf_until_s = now_s + SHELF_HOLDS_S
        return self._shelf

    async def ask(self, what: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Press a button: status and answer."""
        answer = await self.line.post(f"/api/panels/{self.station}/{what}", body)
        if answer.status_code in {401, 403}:
            self.enrolled = False
        try:
            return answer.status_code, answer.json()
        except ValueError:
            return answer.status_code, {}


class Crowd:
    """Everybody who comes to a panel."""

    def __init__(self, network: Network, board: Board, panels: dict[str, Panel]) -> None:
        self.network = network
        self.board = board
        self.panels = panels
        self.inside: set[asyncio.Task[None]] = set()

    def comes(self, person: Visit) -> None:
        """Somebody stands before a panel."""
        if sum(not task.done() for task in self.inside) >= INSIDE_MOST + len(self.board.doors):
            self.board.counts["passed by"] += 1
            return
        task = asyncio.create_task(self._lives(person))
        self.inside.add(task)
        task.add_done_callback(self.inside.discard)

    async def _lives(self, person: Visit) -> None:
        try:
            await self._visit(person)
        except Silent as silent:
            self.board.counts["unanswered"] += 1
            logger.warning("[crowd] %s", silent)
        except Exception:
            logger.exception("[crowd] somebody at %s lost their way", person.station)

    async def _visit(self, person: Visit) -> None:
        panel = self.panels[person.station]
        await panel.ready()
        if person.looks_at_page:
            await panel.line.get(f"/panels/{person.station}/")
        agreed = await self._choose(panel, person)
        if agreed is None:
            return
        answer = await self._order(panel, person, agreed)
        if answer is None:
            return
        awaited = Awaited(
            answer["code"], answer["spoken_code"], datetime.fromisoformat(answer["promised_at"])
        )
        self.board.ordered(person.door, awaited)
        browser = self.network.line()
        if answer.get("pay_url"):
            await self._pay(browser, person, answer["pay_url"])
        if person.cancels_after_s is not None:
            await pause(person.cancels_after_s)
            await self._cancel(browser, person, awaited)
        await self._afterwards(browser, person, awaited)

    async def _choose(self, panel: Panel, person: Visit) -> str | None:
        """The quote that this person agrees to, or None when nothing comes of it."""
        on_sale = await panel.shelf()
        wanted = bowl(person, on_sale)
        if not wanted:
            self.board.counts["nothing on sale"] += 1
            return None
        await panel.ask("quote", {"bowl": wanted})
        await pause(person.thinks_s / 2)
        if person.changes_bowl:
            first = next(iter(wanted))
            wanted[first] += 100
            await panel.ask("quote", {"bowl": wanted})
        await pause(person.thinks_s / 2)
        for less in (1.0, 0.5):
            chosen = wanted if less == 1.0 else bowl(person, await panel.shelf(), less=less)
            status, answer = await panel.ask(
                "quote", {"bowl": chosen, "lat": person.door.lat, "lon": person.door.lon}
            )
            if status == 200:
                return str(answer["quote"])
            if answer.get("code") not in {"sold_out", "not_in_one_store"}:
                break
        self._turned_away(answer)
        return None

    async def _order(self, panel: Panel, person: Visit, agreed: str) -> dict[str, Any] | None:
        body = {
            "key": str(uuid4()),
            "quote": agreed,
            "street": person.street,
            "flat": person.flat,
            "note": "",
            "pay": person.pays,
            "phone": person.phone or None,
        }
        status, answer = await panel.ask("orders", body)
        if status == 201:
            return answer
        self._turned_away(answer)
        return None

    def _turned_away(self, answer: dict[str, Any]) -> None:
        self.board.counts["turned away"] += 1
        self.board.counts[f"turned away: {answer.get('code', 'unclear answer')}"] += 1

    async def _pay(self, browser: Line, person: Visit, pay_url: str) -> None:
        """The demo's bank says what its two buttons can say."""
        fields = {"fraud_status": "unknown", "gateway_response": "3ds-disabled"}
        said = "rejected" if person.card_refused else "confirmed"
        await browser.fill(pay_url, {**fields, "status": said})
        self.board.counts[f"card {said}"] += 1
        if person.card_refused:
            await pause(30)
            await browser.fill(f"{pay_url}cash/", {}, page=f"{pay_url}done/")

    async def _cancel(self, browser: Line, person: Visit, awaited: Awaited) -> None:
        if awaited.over.is_set():
            return
        path = f"/track/{awaited.code}/cancel/"
        page = await browser.get(path)
        if page.status_code != 200:
            return  # the courier has the bag already
        answer = await browser.fill(path, {})
        if answer.status_code == 302:
            self.board.counts["cancelled"] += 1
            self.board.gone(person.door)

    async def _afterwards(self, browser: Line, person: Visit, awaited: Awaited) -> None:
        """Wait for the bag, look where it is once, rate it, and perhaps have the same again."""
        if awaited.over.is_set() and not awaited.brought:
            return
        await browser.get(f"/track/{awaited.code}/")
        if not await within(awaited.over.wait, WAITS_MOST_S):
            self.board.gone(person.door)
        if not awaited.brought:
            return
        await pause(120)
        if person.rating:
            fruit, kindness = map(str, person.rating)
            path = f"/track/{awaited.code}/"
            await browser.fill(f"{path}rate/", {"fruit": fruit, "kindness": kindness, "word": ""}, page=path)
            self.board.counts["rated"] += 1
        if person.again:
            await self._again(browser, person, awaited.code)

    async def _again(self, browser: Line, person: Visit, code: str) -> None:
        """One tap on the tracking page; the spoken code of the new order stands on its own page, which only its client reads."""
        page = await browser.get(f"/track/{code}/")
        fields = {name: value for name, value in hidden_fields(page.text).items() if name in {"key", "quote"}}
        if len(fields) < 2:
            return
        answer = await browser.fill(f"/track/{code}/again/", fields, page=f"/track/{code}/")
        where = urlsplit(answer.headers.get("location", "")).path.strip("/").split("/")
        if answer.status_code == 302 and where[-1] != code:
            self.board.counts["ordered again"] += 1
            shown = await browser.get(f"/track/{where[-1]}/")
            digits = SPOKEN.search(shown.text)
            self.board.ordered(person.door, Awaited(where[-1], digits[1] if digits else "", None))


async def pause(city_s: float) -> None:
    """Let so many seconds of the city pass."""
    await asyncio.sleep(city_s / clock.speed())


async def within(wait: Callable[[], Awaitable[object]], city_s: float) -> bool:
    """Whether it came about within so many seconds of the city."""
    try:
        await asyncio.wait_for(wait(), city_s / clock.speed())
    except TimeoutError:
        return False
    return True


async def sleep_until(at: datetime) -> None:
    """Until the city's clock shows `at`."""
    while (left_s := (at - clock.now().astimezone(UTC)).total_seconds()) > 0:
        await pause(min(left_s, 60 * clock.speed()))
