"""A play as a drawing: its steps one below the other, and where each outcome leads. Plain numbers for a template to put into an SVG."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from guinda.base.texts import pick
from guinda.plays import outcomes
from guinda.plays.definition import END, GOAL, Definition, Step

WIDE, GAP, LINE, LANE, MARGIN = 320, 56, 22, 26, 120
LONGEST = 38
"""Letters of a name or an outcome that fit into a box."""


@dataclass(frozen=True)
class Box:
    """One step: where it stands, who does it, and the outcomes that end the run there."""

    x: int
    y: int
    tall: int
    who: str
    name: str
    under: str
    ends: Sequence[tuple[int, str, str]]

    @property
    def bottom(self) -> int:
        """Its lower edge."""
        return self.y + self.tall


@dataclass(frozen=True)
class Arrow:
    """One way from a step to another, and the outcomes that take it."""

    path: str
    said: str
    x: int
    y: int
    anchor: str


@dataclass(frozen=True)
class Drawing:
    """The whole."""

    wide: int
    tall: int
    box_wide: int
    boxes: Sequence[Box]
    arrows: Sequence[Arrow]


def draw(play: Definition) -> Drawing:
    """The steps in their order; what leads on is drawn to the right, what leads back to the left."""
    places = {each.slug: number for number, each in enumerate(play.steps)}
    ways = _ways(play, places)
    left, right = _lanes(ways, back=True), _lanes(ways, back=False)
    x = MARGIN + LANE * (1 + max(left.values(), default=-1))
    boxes, y = [], 16
    for each in play.steps:
        boxes.append(_box(each, x, y))
        y = boxes[-1].bottom + GAP
    arrows = [
        _arrow(boxes, start, end, said, left.get((start, end), right.get((start, end), 0)))
        for (start, end), said in ways.items()
    ]
    wide = x + WIDE + LANE * (1 + max(right.values(), default=-1)) + MARGIN
    return Drawing(wide, y - GAP + 16, WIDE, boxes, arrows)


def _ways(play: Definition, places: dict[str, int]) -> dict[tuple[int, int], str]:
    """From which step to which, with the outcomes that lead there."""
    found: dict[tuple[int, int], list[str]] = defaultdict(list)
    for number, step in enumerate(play.steps):
        for outcome, target in step.branches.items():
            if target in places:
                found[number, places[target]].append(outcomes.label(outcome, step))
        if step.most_times and step.after_most in places:
            found[number, places[step.after_most]].append(_("after %(n)s times") % {"n": step.most_times})
    return {way: _short(", ".join(said)) for way, said in found.items()}


def _lanes(ways: dict[tuple[int, int], str], *, back: bool) -> dict[tuple[int, int], int]:
    """Beside each other where they pass each other; a step straight down needs none."""
    chosen = [way for way in ways if (way[1] <= way[0] if back else way[1] > way[0] + 1)]
    lanes: dict[tuple[int, int], int] = {}
    for way in sorted(chosen, key=lambda each: abs(each[1] - each[0])):
        taken = {lane for other, lane in lanes.items() if _pass(way, other)}
        lanes[way] = next(lane for lane in range(len(chosen) + 1) if lane not in taken)
    return lanes


def _pass(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return min(one) <= max(other) and min(other) <= max(one)


def _box(step: Step, x: int, y: int) -> Box:
    ends = [(o, t) for o, t in step.branches.items() if t in (END, GOAL)]
    lines = [
        (y + 74 + LINE * number, target, _short(f"{outcomes.label(outcome, step)} → {_end(target)}"))
        for number, (outcome, target) in enumerate(ends)
    ]
    return Box(
        x,
        y,
        62 + LINE * len(lines) + (6 if lines else 0),
        step.who,
        _short(pick(step.name)),
        _when(step),
        lines,
    )


def _end(target: str) -> str:
    return _("the goal") if target == GOAL else _("the end")


def _when(step: Step) -> str:
    """Who does it, and when."""
    whom: dict[str, Any] = {"system": _("the system"), "seller": _("a seller"), "panel": _("the panel")}
    parts = [whom[step.who]]
    if step.after:
        hours = round(step.after.total_seconds() / 3600)
        parts.append(
            _("after %(n)s h") % {"n": hours} if hours < 72 else _("after %(n)s d") % {"n": hours // 24}
        )
    if step.at:
        parts.append(f"{step.at:%H:%M}")
    if step.until:
        parts.append(_("waits for an event"))
    return _short(" · ".join(map(str, parts)))


def _arrow(boxes: Sequence[Box], start: int, end: int, said: str, lane: int) -> Arrow:
    begin, to = boxes[start], boxes[end]
    if end == start + 1:
        x = begin.x + WIDE // 2
        return Arrow(f"M{x} {begin.bottom}V{to.y - 3}", said, x + 12, begin.bottom + GAP // 2 + 5, "start")
    y1, y2 = begin.y + begin.tall // 2 + 8, to.y + 22
    if end > start:
        edge = begin.x + WIDE
        out = edge + LANE * (lane + 1)
        return Arrow(_bent(edge, y1, out, y2, edge + 3), said, edge + 8, y1 - 8, "start")
    out = begin.x - LANE * (lane + 1)
    return Arrow(_bent(begin.x, y1, out, y2, begin.x - 3), said, begin.x - 8, y1 + 18, "end")


def _bent(x1: int, y1: int, out: int, y2: int, x2: int) -> str:
    """Out, along, and back in, with round corners."""
    r = 10
    across = r if out > x1 else -r
    down = r if y2 > y1 else -r
    return f"M{x1} {y1}H{out - across}Q{out} {y1} {out} {y1 + down}V{y2 - down}Q{out} {y2} {out - across} {y2}H{x2}"


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
