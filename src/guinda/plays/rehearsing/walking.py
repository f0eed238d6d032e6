"""Walk clients through a play in the past: each by itself in the order of time, but what must be asked of the database for all at once.

A client's own way is walked in Python up to the next step that depends on more than their own events: a question to the facts, or a
contact. Those are gathered over all clients and asked by set, until nobody moves any more. So the queries are as many as the longest way
has such steps, however many clients there are.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from guinda.clients import contacting
from guinda.clients.models import Channel, Rule
from guinda.plays.conditions import Moment, matching_at
from guinda.plays.definition import DESK, END, GOAL, Definition, Step
from guinda.plays.definition.checks import HELD_BACK, LAPSED
from guinda.plays.engine import MOST_TRIES, TRY_AGAIN
from guinda.plays.hashing import is_held_out
from guinda.plays.rehearsing.past import Home, Past
from guinda.plays.rehearsing.telling import Contact, Held, Way
from guinda.plays.speaking import HOLDS, NO_PHONE

Happened = dict[int, list[datetime]]


class Walk:
    """One play over one past."""

    def __init__(self, play: Definition, past: Past) -> None:
        self.play, self.past = play, past
        self.homes: dict[int, Home] = {}
        self.goals: Happened = {}
        self.awaited: dict[str, Happened] = {}
        self.done: list[Way] = []
        self.made: dict[int, list[Contact]] = defaultdict(list)
        """The rehearsal's own contacts by client, over all their ways: what the caps count besides the real ones."""

    def all_the_way(self, coming: Sequence[Moment]) -> list[Way]:
        """Every way that would have been begun, in the order of entering."""
        self._learn({each.client_id for each in coming})
        doors: dict[int, deque[datetime]] = defaultdict(deque)
        for client_id, at in coming:
            doors[client_id].append(at)
        begun = [self._begin(client_id, door.popleft()) for client_id, door in doors.items()]
        moving = list(filter(None, (self._on(way, doors) for way in begun)))
        while moving:
            self._ask(moving)
            moving = list(filter(None, (self._on(way, doors) for way in moving)))
        return sorted(self.done, key=lambda way: (way.entered_at, way.client_id))

    def _learn(self, clients: set[int]) -> None:
        goal = self.play.goal
        self.homes = self.past.homes(clients)
        self.goals = self.past.happened(goal.event, goal.when, clients)
        for step in self.play.steps:
            if step.until:
                self.awaited[step.slug] = self.past.happened(step.until.event, step.until.when, clients)

    def _begin(self, client_id: int, at: datetime) -> Way:
        deadline_at = at + self.play.goal.within
        reached = self.goals.get(client_id, [])
        place = bisect_right(reached, at)
        goal_at = reached[place] if place < len(reached) and reached[place] <= deadline_at else None
        held_out = is_held_out(self.play, client_id)
        way = Way(client_id, self.homes[client_id].zone, at, deadline_at, held_out, goal_at)
        if not held_out:
            self._come(way, self.play.steps[0], at)
        return way

    def _on(self, way: Way, doors: dict[int, deque[datetime]]) -> Way | None:
        """Walk on to the next thing to ask, over the end of a way into the next one; None when nothing is left to ask."""
        while True:
            self._go(way)
            if way.ended_at is None and way.step is not None and self._is_due(way):
                return way
            if way.goal_at and not way.said_goal:
                _take_back(way.contacts, way.goal_at)
            self.done.append(way)
            following = self._following(way, doors[way.client_id])
            if following is None:
                return None
            way = following

    def _go(self, way: Way) -> None:
        """Through the steps that the client's own events decide."""
        while way.ended_at is None:
            came_at = self._heard(way)
            next_at = came_at or (_due(way) if way.step else way.deadline_at)
            if way.goal_at and way.goal_at <= next_at:
                way.ended_at = way.goal_at
            elif next_at > self.past.until:
                return
            elif way.step is None:
                way.ended_at = way.deadline_at
            elif way.step.kind == "wait":
                self._leave(way, "passed", next_at)
            elif way.step.kind == "until":
                self._leave(way, "came" if came_at else "did_not_come", next_at)
            else:
                return

    def _is_due(self, way: Way) -> bool:
        return way.due_at is not None and way.due_at <= self.past.until

    def _heard(self, way: Way) -> datetime | None:
        """When what the way waits for came, if it did in time."""
        if way.step is None or way.step.until is None:
            return None
        came = self.awaited[way.step.slug].get(way.client_id, [])
        assert way.came_at  # noqa: S101 - on a step
        place = bisect_left(came, way.came_at)
        return came[place] if place < len(came) and came[place] <= _due(way) else None

    def _following(self, way: Way, door: deque[datetime]) -> Way | None:
        """The next way of the same client: after the last one's end, and not before the play lets them in again."""
        again = self.play.entry.again_after
        if way.ended_at is None or again is None:
            return None
        while door and (door[0] < way.ended_at or door[0] < way.entered_at + again):
            door.popleft()
        return self._begin(way.client_id, door.popleft()) if door else None

    def _ask(self, moving: Iterable[Way]) -> None:
        by_step: dict[str, list[Way]] = defaultdict(list)
        for way in moving:
            assert way.step  # noqa: S101 - only such are gathered
            by_step[way.step.slug].append(way)
        for slug, ways in by_step.items():
            step = self.play.step(slug)
            if step.kind == "question":
                self._question(step, ways)
            elif step.kind == "panel" or step.channel == DESK:
                self._silent(step, ways)
            else:
                self._contact(step, ways)

    def _question(self, step: Step, ways: Sequence[Way]) -> None:
        moments = [Moment(way.client_id, _due(way)) for way in ways]
        yes = set(matching_at(step.when, moments))
        for place, way in enumerate(ways):
            self._leave(way, "yes" if place in yes else "no", _due(way))

    def _silent(self, step: Step, ways: Sequence[Way]) -> None:
        """Nobody is gone to, so nothing is asked."""
        channel = DESK if step.channel == DESK else Channel.PANEL.value
        for way in ways:
            way.planned.append(Contact(_due(way), step, channel))
            self._leave(way, _assumed(step), _due(way))

    def _contact(self, step: Step, ways: Sequence[Way]) -> None:
        channel = Channel(step.channel or Channel.MESSAGE)
        wishes = [contacting.Wish(way.client_id, _due(way), self._made_by(way)) for way in ways]
        rules = contacting.would_hold_back(wishes, purpose=self.play.purpose, channel=channel)
        for way, rule in zip(ways, rules, strict=True):
            if step.kind == "message" and not self.homes[way.client_id].has_phone:
                self._hold(way, step, NO_PHONE)
            elif rule:
                self._hold(way, step, rule.value)
            else:
                self._speak(way, step, channel)

    def _speak(self, way: Way, step: Step, channel: Channel) -> None:
        """At once, or after the quiet hours; a message that would have lapsed by then is not sent, and the play goes on all the same."""
        due_at = _due(way)
        at = contacting.after_quiet(due_at, way.zone)
        if at > due_at:
            way.held.append(Held(due_at, step, channel.value, Rule.QUIET_HOURS.value))
        self._leave(way, "sent" if step.kind == "message" else _assumed(step), due_at)
        if step.kind != "message" or at < due_at + (step.holds or HOLDS):
            made = Contact(at, step, channel.value)
            way.planned.append(made)
            self.made[way.client_id].append(made)

    def _made_by(self, way: Way) -> list[tuple[datetime, str]]:
        """The rehearsal's contacts with the client that count when the way's step is due."""
        due_at, made = _due(way), self.made[way.client_id]
        return [
            (each.at, each.channel) for each in made if not each.taken_back_at or each.taken_back_at > due_at
        ]

    def _hold(self, way: Way, step: Step, rule: str) -> None:
        """As the engine does: a branch when there is one, else again after a while and not for ever. Counted once."""
        due_at = _due(way)
        if not way.tries:
            way.held.append(Held(due_at, step, step.channel or Channel.MESSAGE.value, rule))
        if HELD_BACK in step.branches:
            self._leave(way, HELD_BACK, due_at)
        elif way.tries >= MOST_TRIES:
            way.ended_at = due_at
        else:
            way.tries += 1
            way.due_at = due_at + TRY_AGAIN

    def _leave(self, way: Way, outcome: str, at: datetime) -> None:
        """By the branch of an outcome, past steps that the client has been at often enough."""
        assert way.step  # noqa: S101 - nobody leaves what they are not at
        target = way.step.branches[outcome]
        for _each in self.play.steps:
            if target in (END, GOAL):
                break
            step = self.play.step(target)
            if not step.most_times or way.visits[target] < step.most_times:
                return self._come(way, step, at)
            target = step.after_most
        way.ended_at = at
        if target == GOAL:
            way.said_goal = True
            _take_back([each for each in way.contacts if each.step.kind == "message"], at)
        return None

    def _come(self, way: Way, step: Step, at: datetime) -> None:
        way.visits[step.slug] += 1
        way.step, way.came_at, way.tries = step, at, 0
        way.due_at = at + step.until.within if step.until else due_at(step, at, way.zone)


def _take_back(contacts: Iterable[Contact], goal_at: datetime) -> None:
    """At the goal, what still waits for the morning."""
    for each in contacts:
        if each.at > goal_at:
            each.taken_back_at = goal_at


def due_at(step: Step, came_at: datetime, zone: str) -> datetime:
    """So long after coming to the step, and then at its hour of the client's own day."""
    due = came_at + step.after
    if step.at is None:
        return due
    local = due.astimezone(ZoneInfo(zone))
    day = local.date() + timedelta(days=local.time().replace(tzinfo=None) > step.at)
    return datetime.combine(day, time(step.at.hour, step.at.minute), ZoneInfo(zone)).astimezone(UTC)


def _assumed(step: Step) -> str:
    """The first outcome of a person's step: what its author wrote first is what they hope for."""
    return next((each for each in step.branches if each not in (HELD_BACK, LAPSED)), LAPSED)


def _due(way: Way) -> datetime:
    assert way.due_at  # noqa: S101 - on a step
    return way.due_at
