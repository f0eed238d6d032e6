"""Couriers: sign in, start a shift, ride where their page sends them, tap, lose the line now and then, go home."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from random import Random
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from guinda.base import clock
from guinda.base.points import Point, distance_m
from guinda.places.travel import PACES, Mode
from guinda.twin.board import Board
from guinda.twin.crowd import pause
from guinda.twin.line import Line, Network, Silent

logger = logging.getLogger("guinda.twin")
POLL_LEAST_S, POLL_MOST_S = 1.5, 4.0
POLL_CITY_S = 60.0
"""A telephone looks every minute of the city, but in our time neither oftener nor more seldom than the two limits."""
SEEN_EVERY_CITY_S = 100.0
"""A waiting courier's telephone tells where it is this often; the dispatcher forgets couriers who are silent for five minutes."""
AT_STORE_S = (25, 70)
AT_DOOR_S = (15, 45)
DOWNSTAIRS_S = (30, 75)
LOSES_LINE = 0.03
"""Chance at the start of a ride."""
WITHOUT_LINE_S = (60, 150)
NOBODY_HOME = 0.004


@dataclass(frozen=True)
class Leg:
    """A ride along the straight line, as long as the detour makes it."""

    start: Point
    target: Point
    began_at: datetime
    takes_s: float

    def at(self, now: datetime) -> Point:
        """Where the rider is."""
        share = (
            min(1.0, max(0.0, (now - self.began_at).total_seconds() / self.takes_s)) if self.takes_s else 1.0
        )
        lat = self.start.lat + (self.target.lat - self.start.lat) * share
        lon = self.start.lon + (self.target.lon - self.start.lon) * share
        return self.target if share == 1.0 else Point(round(lat, 6), round(lon, 6))

    def over(self, now: datetime) -> bool:
        """Arrived."""
        return (now - self.began_at).total_seconds() >= self.takes_s


def leg(start: Point, target: Point, mode: Mode, began_at: datetime) -> Leg:
    """A ride that begins now."""
    pace = PACES[mode]
    return Leg(start, target, began_at, distance_m(start, target) * pace.detour / pace.speed_m_s)


def on_duty(number: int, local: time, *, stores: int = 5) -> bool:
    """Whether courier `number` means to work at a time of the day.

    Seven of a store's eight work by day and one by night, each with half an hour's rest in the middle, one after the other.
    """
    store, slot = number % stores, number // stores
    minute = local.hour * 60 + local.minute
    if slot % 8 == 7:
        rests = 60 + 30 * store
        return (minute >= 20 * 60 + 30 or minute < 8 * 60 + 30) and not rests <= minute < rests + 30
    starts, ends, rests = 7 * 60 + 10 * slot, 22 * 60 + 10 * slot, 13 * 60 + 30 + 20 * slot
    return starts <= minute < ends and not rests <= minute < rests + 30


def minutes_until(hour_text: str, local: time) -> int:
    """From a time of the day to the nearest `HH:MM` on the page: up to half a day ahead, else behind (negative)."""
    there = time.fromisoformat(hour_text)
    ahead = (there.hour * 60 + there.minute - local.hour * 60 - local.minute) % 1440
    return ahead if ahead <= 720 else ahead - 1440


def poll_s(speed: float) -> float:
    """Real seconds between two looks at the telephone."""
    return min(POLL_MOST_S, max(POLL_LEAST_S, POLL_CITY_S / speed))


class Rider:
    """One courier and their telephone."""

    def __init__(
        self,
        network: Network,
        board: Board,
        facts: Mapping[str, Any],
        *,
        password: str,
        number: int,
        zone: ZoneInfo,
        seed: int,
    ) -> None:
        self.network = network
        self.board = board
        self.login = str(facts["login"])
        self.password = password
        self.mode = Mode(facts["mode"])
        self.number = number
        self.zone = zone
        self.rng = Random(f"{seed} {self.login}")  # noqa: S311 - a simulation
        self.line: Line = network.line()
        self.home = Point(*facts["store"])
        self.here = self.home
        self.outbox: list[dict[str, Any]] = []
        self.without_line_until = self.seen_at = datetime.min.replace(tzinfo=zone)
        self.known = False
        self.on_shift = False

    async def works(self) -> None:
        """All days, until cancelled; whatever goes wrong is told in a line and tried again."""
        await asyncio.sleep(0.15 * self.number)
        while True:
            try:
                await self._round()
            except Silent as silent:
                logger.warning("[courier %s] %s", self.login, silent)
            except Exception:
                logger.exception("[courier %s] lost their way and begins anew", self.login)
                await asyncio.sleep(POLL_MOST_S)

    async def _round(self) -> None:
        day = await self._look() if self.known else None
        if day is None:
            await self._sign_in()
            return
        self._shift_is(day["shift"] is not None)
        wanted = on_duty(self.number, self._local())
        tasks: list[dict[str, Any]] = day["tasks"]
        if not self.on_shift:
            if not wanted:
                await pause(300)
                return
            self.here = self.home
            await self._tap("start_shift")
        elif minutes_until(day["shift"]["ends_text"], self._local()) <= 0:
            await self._tap(
                "start_shift"
            )  # the page says the shift is over: one more begins where the courier stands
        elif not wanted and not any(task["state"] == "carried" for task in tasks):
            await self._tap("end_shift")
        elif not tasks:
            await self._waits()
        elif tasks[0]["state"] == "carried":
            await self._bring(tasks[0])
        else:
            await self._fetch(tasks)

    def _local(self) -> time:
        return clock.now().astimezone(self.zone).time()

    def _shift_is(self, on_shift: bool) -> None:
        self.board.on_duty += on_shift - self.on_shift
        self.on_shift = on_shift

    async def _sign_in(self) -> None:
        answer = await self.line.fill("/accounts/login/", {"login": self.login, "password": self.password})
        self.known = answer.status_code == 302
        if not self.known:
            logger.warning("[courier %s] could not sign in (%s); tries again", self.login, answer.status_code)
            await asyncio.sleep(10 * POLL_MOST_S)
            self.line = self.network.line()

    async def _look(self) -> dict[str, Any] | None:
        """What the page shows, once the line is back and what was tapped meanwhile is sent; None when not signed in."""
        left_s = (self.without_line_until - clock.now()).total_seconds()
        if left_s > 0:
            await pause(left_s)
        await self._send_taps()
        answer = await self.line.get("/api/courier/day", json=True)
        if answer.status_code != 200:
            return None
        day: dict[str, Any] = answer.json()
        return day

    async def _tap(self, kind: str, task: Mapping[str, Any] | None = None, **facts: str) -> bool:
        """Press a button; without a line it waits in the telephone and counts as pressed."""
        tap = {
            "key": str(uuid4()),
            "kind": kind,
            "tapped_at": clock.now().isoformat(),
            "lat": self.here.lat,
            "lon": self.here.lon,
            **facts,
        }
        if task:
            tap["task_id"] = task["id"]
        self.outbox.append(tap)
        return self._has_no_line() or await self._send_taps()

    async def _send_taps(self) -> bool:
        """Send what is in the telephone, in order; the keys make it safe to send twice."""
        if not self.outbox:
            return True
        answer = await self.line.post("/api/courier/taps", {"taps": self.outbox})
        if answer.status_code == 401:
            self.known = False
            await self._sign_in()
            return False
        if answer.status_code != 200:
            logger.warning(
                "[courier %s] taps answered with %s: %s", self.login, answer.status_code, answer.text[:200]
            )
            self.outbox.clear()
            return False
        self.outbox.clear()
        refused = [each for each in answer.json()["taps"] if not each["ok"]]
        for each in refused:
            self.board.counts[f"tap refused: {each['code']}"] += 1
        return not refused

    def _has_no_line(self) -> bool:
        return clock.now() < self.without_line_until

    async def _waits(self) -> None:
        """At the store, or on the way back to it."""
        if self.here != self.home:
            ride = leg(self.here, self.home, self.mode, clock.now())
            await asyncio.sleep(poll_s(clock.speed()))
            self.here = ride.at(clock.now())
            await self._tell()
            return
        if (clock.now() - self.seen_at).total_seconds() >= SEEN_EVERY_CITY_S:
            await self._tell()
        await asyncio.sleep(poll_s(clock.speed()))

    async def _tell(self) -> None:
        """The telephone says where it is."""
        if not self._has_no_line():
            await self.line.post("/api/courier/place", {"lat": self.here.lat, "lon": self.here.lon})
            self.seen_at = clock.now()

    async def _ride(self, target: Point, *, task: Mapping[str, Any]) -> bool:
        """Ride there; to a store only as long as the page still sends us for this bag. False when it no longer does."""
        if self.rng.random() < LOSES_LINE:
            self.without_line_until = clock.now() + timedelta(seconds=self.rng.uniform(*WITHOUT_LINE_S))
            self.board.counts["lines lost"] += 1
        ride = leg(self.here, target, self.mode, clock.now())
        self.board.riding += 1
        try:
            looks = 0
            while not ride.over(clock.now()):
                left_s = ride.takes_s - (clock.now() - ride.began_at).total_seconds()
                await asyncio.sleep(max(0.05, min(poll_s(clock.speed()), left_s / clock.speed())))
                self.here = ride.at(clock.now())
                await self._tell()
                looks += 1
                if looks % 3 == 0 and task["state"] == "assigned" and not self._has_no_line():
                    day = await self._look()
                    if day is None or not day["tasks"] or day["tasks"][0]["id"] != task["id"]:
                        return False
        finally:
            self.board.riding -= 1
        self.here = target
        return True

    async def _fetch(self, tasks: list[dict[str, Any]]) -> None:
        """To the store, wait for the bags, take those that leave from there one after the other."""
        first = tasks[0]
        store = Point(first["store"]["lat"], first["store"]["lon"])
        if not await self._ride(store, task=first):
            return
        await self._tell()
        if minutes_until(first["ready_text"], self._local()) > 0:
            await asyncio.sleep(poll_s(clock.speed()))
            return  # not ready: look again whether something else comes first
        await pause(self.rng.uniform(*AT_STORE_S))
        for task in tasks:
            if task["state"] != "assigned" or Point(task["store"]["lat"], task["store"]["lon"]) != store:
                break
            await self._tap("picked_up", task)

    async def _bring(self, task: dict[str, Any]) -> None:
        """To the door; ask for the digits, or write a note where nobody knows them."""
        door = Point(task["door"]["lat"], task["door"]["lon"])
        await self._ride(door, task=task)
        await pause(self.rng.uniform(*AT_DOOR_S))
        if self.rng.random() < NOBODY_HOME:
            if await self._tap("cant_reach", task, note="nobody opened"):
                self.board.counts["not reached"] += 1
                self.board.gone(door)
            return
        digits = self.board.digits(door)
        facts = {"spoken_code": digits} if digits else {"note": "given at the door"}
        if await self._tap("delivered", task, **facts):
            self.board.brought(door, clock.now())
        await pause(self.rng.uniform(*DOWNSTAIRS_S))
