"""The live stream: at once, on change, never twice, ends, has limits, and holds nothing while it is open."""

from __future__ import annotations

import asyncio
import json
from contextlib import aclosing
from dataclasses import replace

import pytest

from guinda.delivery.live import Full, Hub, stream
from guinda.delivery.tests.track_world import _promiser, at, city  # noqa: F401 - fixtures
from guinda.delivery.track_live import HUB
from guinda.delivery.track_queries import Standing

RIDING = Standing("riding", "12:24", "12:30", 24, late=False, courier="Vera", lat=55.76, lon=37.64)
FAST_S = 0.01


class Reader:
    """States to be read, and how often they were."""

    def __init__(self, **states: Standing) -> None:
        self.states = states
        self.asked: list[set[str]] = []

    async def __call__(self, codes):
        self.asked.append(set(codes))
        if self.states.get("broken"):
            raise RuntimeError("the database is away")
        return {code: state for code, state in self.states.items() if code in codes}


def read(event: bytes) -> tuple[str, dict]:
    lines = dict(line.split(": ", 1) for line in event.decode().strip().splitlines())
    return lines["event"], json.loads(lines["data"])


async def opened(code: str, hub: Hub, **options):
    """A stream past its first line."""
    events = stream(code, hub=hub, **options)
    assert (await anext(events)).startswith(b"retry:")
    return events


def test_the_state_comes_at_once_then_each_change_then_the_end():
    async def story():
        reader = Reader(a=RIDING)
        hub = Hub(reader, period_s=FAST_S)
        events = await opened("a", hub)
        assert read(await anext(events)) == ("state", RIDING.as_json())
        await asyncio.sleep(5 * FAST_S)
        reader.states["a"] = replace(RIDING, minutes=23)
        assert read(await anext(events))[1]["minutes"] == 23
        reader.states["a"] = replace(RIDING, stage="delivered")
        assert read(await anext(events))[1]["ended"] is True
        assert read(await anext(events)) == ("end", {})
        assert [event async for event in events] == []
        count = len(reader.asked)
        await asyncio.sleep(10 * FAST_S)
        assert len(reader.asked) <= count + 1, "the poller goes on without listeners"

    asyncio.run(story())


def test_nothing_new_is_only_a_heartbeat():
    async def story():
        hub = Hub(Reader(a=RIDING), period_s=FAST_S)
        async with aclosing(await opened("a", hub, heartbeat_s=5 * FAST_S)) as events:
            await anext(events)
            assert [await anext(events) for _ in range(3)] == [b": still here\n\n"] * 3

    asyncio.run(story())


def test_a_hundred_pages_are_one_question_a_round():
    async def story():
        reader = Reader(**{f"c{number}": RIDING for number in range(100)})
        hub = Hub(reader, period_s=0.2)
        pages = [await opened(f"c{number}", hub) for number in range(100)]
        await asyncio.gather(*(anext(page) for page in pages))
        assert len(reader.asked) <= 3
        assert reader.asked[-1] == set(reader.states)
        for page in pages:
            await page.aclose()
        assert hub.has_room("c0")

    asyncio.run(story())


def test_a_database_that_is_away_is_asked_again(caplog):
    async def story():
        reader = Reader(a=RIDING, broken=RIDING)
        hub = Hub(reader, period_s=FAST_S)
        async with aclosing(await opened("a", hub, heartbeat_s=5 * FAST_S)) as events:
            assert await anext(events) == b": still here\n\n"
            del reader.states["broken"]
            while (event := await anext(events)).startswith(b":"):
                pass
            assert read(event)[0] == "state"

    asyncio.run(story())
    assert "could not be brought up to date" in caplog.text


def test_limits_are_kept_and_places_come_free():
    async def story():
        hub = Hub(Reader(a=RIDING, b=RIDING, c=RIDING), period_s=FAST_S, most=3, most_a_code=2)
        pages = [await opened("a", hub), await opened("a", hub)]
        assert [read(event)[0] async for event in stream("a", hub=hub)] == ["full"]
        pages.append(await opened("b", hub))
        assert [read(event)[0] async for event in stream("c", hub=hub)] == ["full"]
        with pytest.raises(Full):
            hub.join("c")
        await pages[0].aclose()
        assert hub.has_room("c")
        for page in pages:
            await page.aclose()

    asyncio.run(story())


def test_a_stream_ends_by_itself_in_the_end():
    async def story():
        hub = Hub(Reader(a=RIDING), period_s=FAST_S)
        events = [event async for event in stream("a", hub=hub, longest_s=10 * FAST_S)]
        assert read(events[1])[0] == "state"
        assert hub.has_room("a")

    asyncio.run(story())


def test_a_client_that_goes_away_leaves_no_listener():
    async def story():
        hub = Hub(Reader(a=RIDING), period_s=FAST_S, most=1)
        events = await opened("a", hub)
        await anext(events)
        waiting = asyncio.create_task(anext(events))
        await asyncio.sleep(2 * FAST_S)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert hub.has_room("a")

    asyncio.run(story())


def test_over_the_limit_the_page_is_told_to_ask_instead(client, city, monkeypatch):
    monkeypatch.setattr(HUB, "_most", 0)
    answer = client.get(f"/track/{city.making().code}/live/")
    assert (answer.status_code, answer["Retry-After"]) == (503, "60")
