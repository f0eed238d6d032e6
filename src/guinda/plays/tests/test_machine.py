"""Whatever happens to clients and to a play, in any order and with the clock put back: runs stand where a simple model says.

The model knows nothing of tables and sets: it moves one client at a time through the two versions of a play.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from guinda.clients import contacting, personal
from guinda.clients.models import Message
from guinda.journal.services import announce
from guinda.plays import services
from guinda.plays.models import Run, StepDone
from guinda.plays.tests.cast import (
    DAY,
    HOUR,
    NODDED,
    NOW,
    WAVED,
    call,
    city,
    go,
    happens,
    message,
    on,
    people,
    step,
    written,
)

WHO = st.integers(0, 2)
LONG = written(
    step("wait", 'passed = "say"', more='after = "1 hour"'),
    message("say", 'sent = "listen", held_back = "call"', more='most_times = 2\nafter_most = "call"'),
    step(
        "listen",
        'came = "wait", did_not_come = "say"',
        more='until = {event = "client.waved", within = "2 hours"}',
    ),
    call("call", 'agreed = "goal", later = "wait", lapsed = "end"', more='within = "2 days"\nmost_times = 3'),
)
SHORT = written(step("wait", 'passed = "end"', more='after = "3 hours"'))
AFTER = {("long", "wait"): HOUR, ("short", "wait"): 3 * HOUR, ("long", "listen"): 2 * HOUR}
LEADS = {
    ("long", "wait", "passed"): "say", ("long", "say", "sent"): "listen", ("long", "say", "held_back"): "call",
    ("long", "listen", "came"): "wait", ("long", "listen", "did_not_come"): "say", ("long", "call", "agreed"): "goal",
    ("long", "call", "later"): "wait", ("long", "call", "lapsed"): "end", ("short", "wait", "passed"): "end",
}  # fmt: skip
MOST = {"say": (2, "call"), "call": (3, "end")}


@dataclass
class Way:
    """One client's way through the play, as the model has it."""

    version: str
    entered_at: datetime
    step: str = "wait"
    state: str = "waiting"
    why: str = ""
    step_at: datetime = NOW
    due_at: datetime = NOW
    lapses_at: datetime | None = None
    heard: bool = False
    tries: int = 0
    goal_at: datetime | None = None
    trail: list[tuple[str, str]] = field(default_factory=list)

    @property
    def is_active(self) -> bool:
        return not self.why

    @property
    def deadline_at(self) -> datetime:
        return self.entered_at + 7 * DAY

    def end(self, state: str, why: str) -> None:
        self.state, self.why = state, why

    def leave(self, outcome: str, now: datetime) -> None:
        """Take the branch of an outcome."""
        self.trail.append((self.step, outcome))
        target = LEADS[self.version, self.step, outcome]
        while target in MOST and [name for name, _ in self.trail].count(target) >= MOST[target][0]:
            target = MOST[target][1]
        self.step_at, self.heard, self.lapses_at, self.tries = now, False, None, 0
        if target in ("end", "goal"):
            if target == "goal" and now <= self.deadline_at:
                self.goal_at = self.goal_at or now
            self.step = ""
            self.end("done", target)
        else:
            self.step, self.state = target, "waiting"
            self.due_at = now + AFTER.get((self.version, target), timedelta())


class Town(RuleBasedStateMachine):
    """Three clients, one play in two versions."""

    def __init__(self) -> None:
        super().__init__()
        self.undo = transaction.atomic()
        self.undo.__enter__()
        city()
        self.people, self.now = people(3), NOW
        self.agreed, self.erased = [True] * 3, [False] * 3
        self.play, self.newest = "on", "long"
        self.ways: list[list[Way]] = [[], [], []]
        on(LONG)
        happens(WAVED, self.people, at=NOW)
        for ways in self.ways:
            ways.append(Way("long", NOW, step_at=NOW, due_at=NOW + HOUR))

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.undo.__exit__(None, None, None)

    @rule(minutes=st.sampled_from([1, 30, 61, 120, 121, 180, 1440, 2881, 15000, -45]), ticks=st.booleans())
    def time_passes(self, minutes, ticks):
        self.now += timedelta(minutes=minutes)
        if ticks:
            self.ticks()

    @rule()
    def ticks(self):
        go(self.now)
        for who, ways in enumerate(self.ways):
            for way in ways:
                self.move(who, way)

    @rule()
    def an_hour_and_a_bit_passes(self):
        self.time_passes(61, True)

    def move(self, who: int, way: Way) -> None:
        """What one client's tick does, step after step, until nothing is due."""
        if way.is_active and self.play == "off":
            way.end("left", "off")
        while way.is_active and self.play == "on" and self.is_due(way):
            if way.state == "listed":
                way.leave("lapsed", self.now)
            elif way.step == "call":
                self.lists(who, way)
            else:
                come = "came" if way.heard else "did_not_come"
                said = "sent" if self.agreed[who] else "held_back"
                way.leave({"wait": "passed", "listen": come, "say": said}[way.step], self.now)

    def is_due(self, way: Way) -> bool:
        at = way.lapses_at if way.state == "listed" else way.due_at
        return at is not None and at <= self.now

    def lists(self, who: int, way: Way) -> None:
        if self.agreed[who]:
            way.state, way.lapses_at, way.tries = "listed", self.now + 2 * DAY, 0
        elif way.tries >= 14:
            way.end("left", "held_back")
        else:
            way.due_at, way.tries = self.now + DAY, way.tries + 1

    @rule(who=WHO)
    def waves(self, who):
        happens(WAVED, [self.people[who]], at=self.now)
        ways = self.ways[who]
        for way in ways:
            if (
                way.is_active
                and way.step == "listen"
                and not way.heard
                and way.step_at <= self.now <= way.due_at
            ):
                way.heard, way.due_at = True, self.now
        recently = any(way.is_active or way.entered_at > self.now - 10 * DAY for way in ways)
        if self.play == "on" and not self.erased[who] and not recently:
            due_at = self.now + AFTER[self.newest, "wait"]
            ways.append(Way(self.newest, self.now, step_at=self.now, due_at=due_at))

    @rule(who=WHO)
    def nods(self, who):
        happens(NODDED, [self.people[who]], at=self.now)
        for way in self.ways[who]:
            if way.goal_at is None and way.why != "gone" and way.entered_at < self.now <= way.deadline_at:
                way.goal_at = self.now
                if way.is_active:
                    way.step = ""
                    way.end("done", "goal")

    @rule(who=WHO, outcome=st.sampled_from(["agreed", "later"]))
    def seller_answers(self, who, outcome):
        for way, run in zip(self.ways[who], self.runs(who), strict=True):
            if way.state == "listed" and way.is_active and self.play != "off":
                facts = {"run_id": run.pk, "step": "call", "by": "user:1", "now": self.now, "key": uuid4()}
                done = services.done(outcome=outcome, **facts)
                assert services.done(outcome=outcome, **facts) == done
                way.leave(outcome, self.now)

    @rule(to=st.sampled_from(["on", "paused", "off"]))
    def is_switched(self, to):
        if to in services.SWITCHES[self.play]:
            services.switch(slug="wave", to=to, by="test", now=self.now)
            self.play = to

    @rule(newest=st.sampled_from(["long", "short"]))
    def is_edited(self, newest):
        services.save(text=LONG if newest == "long" else SHORT, by="test", now=self.now)
        self.newest = newest

    @precondition(lambda self: not all(self.erased))
    @rule(who=WHO, given=st.booleans())
    def says(self, who, given):
        if not self.erased[who]:
            self.agreed[who] = given
            facts = {"purpose": "offer", "channel": "every", "given": given, "by": "test"}
            contacting.say(client_id=self.people[who].pk, now=self.now + timedelta(days=self.said()), **facts)

    def said(self) -> int:
        """The newest word counts: each is later than those before, whatever the clock says."""
        self.words = getattr(self, "words", 0) + 1
        return self.words

    @rule(who=st.just(2))
    def is_erased(self, who):
        if not self.erased[who]:
            personal.erase(client_id=self.people[who].pk, by="test", now=self.now)
            announce(now=self.now + 30 * DAY)
            self.erased[who] = True
            for way in self.ways[who]:
                if way.is_active:
                    way.end("left", "gone")

    def runs(self, who: int) -> list[Run]:
        return list(Run.objects.filter(client=self.people[who]).order_by("pk"))

    @invariant()
    def all_is_as_the_model_says(self):
        runs, trails = list(Run.objects.order_by("pk")), defaultdict(list)
        for run_id, name, outcome in StepDone.objects.order_by("number").values_list(
            "run", "step", "outcome"
        ):
            trails[run_id].append((name, outcome))
        messages = Counter(Message.objects.values_list("client", flat=True))
        for who, ways in enumerate(self.ways):
            mine = [run for run in runs if run.client_id == self.people[who].pk]
            assert [(r.state, r.why, r.goal_at, trails[r.pk]) for r in mine] == [
                (way.state, way.why, way.goal_at, way.trail) for way in ways
            ]
            assert [(r.step, r.due_at, r.lapses_at) for r in mine if not r.why] == [
                (way.step, way.due_at, way.lapses_at) for way in ways if way.is_active
            ]
            sent = sum(outcome == "sent" for way in ways for _name, outcome in way.trail)
            assert messages[self.people[who].pk] == (0 if self.erased[who] else sent)


@pytest.mark.django_db
def test_runs_stand_where_a_simple_model_says(settings):
    settings.CONTACT_CAPS = {}
    run_state_machine_as_test(Town, settings=MACHINE)


MACHINE = settings(
    deadline=None, max_examples=15, stateful_step_count=25, suppress_health_check=list(HealthCheck)
)
