"""The city a journey happens in, and what its story needs besides browsers: rows, messages, other clients over HTTP."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Callable
from typing import Any, Self

import httpx
import psycopg

from tests.house import House

STATION = "kurskaya"
DOOR = {"lat": 55.7600, "lon": 37.6500}
WAIT_S = 60.0


class City:
    """The house, its database (for looking, and for what only time would bring) and the facts of `fill`."""

    def __init__(self, house: House, rows: psycopg.Connection, facts: dict[str, Any]) -> None:
        self.house, self.rows = house, rows
        self.panels: dict[str, str] = facts["panels"]
        self.passwords: dict[str, str] = facts["passwords"]
        self.courier: str = facts["courier"]

    def begin_anew(self) -> None:
        """What other journeys left under way is over; one courier is on duty and heard of for hours to come."""
        self.wait(lambda: self.one("SELECT count(*) FROM journal_announcement") == 0, "announcements")
        self.rows.execute(
            "UPDATE delivery_task SET state = 'cancelled', ended_at = now(), position = 0 WHERE state IN ('waiting', 'assigned', 'carried')"
        )
        self.nobody_on_duty()
        self.rows.execute(
            "INSERT INTO delivery_shift (courier_id, started_at, ends_at, lat, lon, seen_at)"
            " SELECT courier.id, now(), now() + interval '8 hours', store.lat, store.lon, now() + interval '8 hours'"
            " FROM delivery_courier courier JOIN auth_user account ON account.id = courier.user_id"
            " JOIN places_store store ON store.id = courier.home_store_id WHERE account.username = %s",
            [self.courier],
        )

    def nobody_on_duty(self) -> None:
        """Every shift has ended."""
        self.rows.execute("UPDATE delivery_shift SET ended_at = now() WHERE ended_at IS NULL")

    def one(self, query: str, *values: Any) -> Any:
        """The one value a query gives."""
        row = self.rows.execute(query.encode(), values).fetchone()
        return row[0] if row else None

    def orders(self) -> int:
        """How many orders there are in all."""
        return int(self.one("SELECT count(*) FROM orders_order"))

    def wait(self, condition: Callable[[], Any], what: str) -> Any:
        """Ask until the answer is true, and give it back."""
        until_s = time.monotonic() + WAIT_S
        while not (found := condition()):
            assert time.monotonic() < until_s, f"{what} did not come:\n{self.house.log('worker')[-3000:]}"
            time.sleep(0.05)
        return found

    def until(self, wanted: str, what: str, query: str, *values: Any) -> None:
        """Wait until a query gives this value."""
        until_s = time.monotonic() + WAIT_S
        while (found := self.one(query, *values)) != wanted:
            assert time.monotonic() < until_s, f"{what}: {found!r}\n{self.house.log('worker')[-3000:]}"
            time.sleep(0.05)

    def messages_to(self, phone: str) -> list[str]:
        """What the worker has sent to a telephone, the newest last."""
        return re.findall(
            rf"^\[message to {re.escape(phone)}\] (.*)$", self.house.log("worker"), re.MULTILINE
        )

    def codes_to(self, phone: str) -> list[str]:
        """The codes among them, whole sentences."""
        return [said for said in self.messages_to(phone) if "/track/" not in said]

    def code_sent_to(self, phone: str, *, after: int = 0) -> str:
        """The digits of the newest code, once there are more than `after`."""
        self.wait(lambda: len(self.codes_to(phone)) > after, f"a code for {phone}")
        found = re.search(r"\d{6}", self.codes_to(phone)[-1])
        assert found
        return found.group()


class Somebody:
    """Another client, at another panel, over HTTP."""

    def __init__(self, city: City, station: str = STATION) -> None:
        self.city, self.api = city, f"/api/panels/{station}"
        self.line = httpx.Client(base_url=city.house.url, follow_redirects=True, timeout=30)
        self.line.get(f"/panels/enrol/{city.panels[station]}/").raise_for_status()
        self.line.headers.update({"X-CSRFToken": self.line.cookies["csrftoken"], "Referer": city.house.url})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.line.close()

    def post(self, path: str, **body: Any) -> httpx.Response:
        return self.line.post(f"{self.api}/{path}", json=body)

    def order(
        self, bowl: dict[str, int], *, street: str = "Pokrovka 12", pay: str = "cash", **who: str
    ) -> dict[str, Any]:
        """Quote and order, to the end; what the panel is told."""
        quoted = self.post("quote", bowl=bowl, **DOOR)
        assert quoted.status_code == 200, quoted.text
        facts = {
            "key": str(uuid.uuid4()),
            "quote": quoted.json()["quote"],
            "street": street,
            "flat": "4",
            "note": "",
            "pay": pay,
        }
        ordered = self.post("orders", **facts, **who)
        assert ordered.status_code == 201, ordered.text
        return dict(ordered.json())

    def proof(self, phone: str) -> str:
        """Confirm a telephone with the code sent to it."""
        before = len(self.city.codes_to(phone))
        assert self.post("codes", phone=phone).status_code == 202
        code = self.city.code_sent_to(phone, after=before)
        return str(self.post("codes/confirm", phone=phone, code=code).json()["proof"])
