"""Smooth SVG paths through points, and lines moved aside where two share a street."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

from guinda.places.projection import XY

TENSION = 0.36  # how far, in shares of a segment, a curve leaves its point straight on


def smooth(points: Sequence[XY], *, closed: bool = False) -> str:
    """A path of cubic Béziers through every point; neighbours' tangents meet, and nothing overshoots."""
    here = _rounded(points[0])
    d = f"M{_n(here.x)} {_n(here.y)}"
    for _start, leaving, arriving, end in _beziers(points, closed=closed):
        # Each relative step is taken from the rounded place before it, so that rounding does not add up.
        numbers = [
            _n(value) for each in (leaving, arriving, end) for value in (each.x - here.x, each.y - here.y)
        ]
        d += "c" + numbers[0] + "".join(each if each.startswith("-") else f" {each}" for each in numbers[1:])
        here = _rounded(end)
    return d + ("z" if closed else "")


def straight(points: Sequence[XY]) -> str:
    """A closed path of straight sides: for shapes that were surveyed, where a curve would make pillows of squares."""
    steps = [_rounded(each) for each in points]
    return "M" + "L".join(f"{_n(each.x)} {_n(each.y)}" for each in steps) + "z"


def along(points: Sequence[XY], spacing: float, *, closed: bool = False) -> Iterator[XY]:
    """Places on the smooth path, `spacing` units apart or nearer."""
    for a, b, c, d in _beziers(points, closed=closed):
        steps = max(1, math.ceil(math.dist(a, d) / spacing))
        for t in (step / steps for step in range(steps)):
            shares = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3)
            yield XY(
                sum(share * each.x for share, each in zip(shares, (a, b, c, d), strict=True)),
                sum(share * each.y for share, each in zip(shares, (a, b, c, d), strict=True)),
            )


def _beziers(points: Sequence[XY], *, closed: bool) -> Iterator[tuple[XY, XY, XY, XY]]:
    """Each segment's start, two control points and end."""
    stops = list(points[:-1]) if closed and points[0] == points[-1] else list(points)
    tangents = _tangents(stops, closed=closed)
    for i in range(len(stops) if closed else len(stops) - 1):
        j = (i + 1) % len(stops)
        a, b, leaving, arriving = stops[i], stops[j], tangents[i], tangents[j]
        reach = math.dist(a, b) * TENSION
        yield (
            a,
            XY(a.x + leaving.x * reach, a.y + leaving.y * reach),
            XY(b.x - arriving.x * reach, b.y - arriving.y * reach),
            b,
        )


def _rounded(xy: XY) -> XY:
    return XY(round(xy.x, 1), round(xy.y, 1))


def _tangents(points: Sequence[XY], *, closed: bool) -> list[XY]:
    last = len(points) - 1
    result = []
    for i in range(len(points)):
        before = points[i - 1] if i or closed else points[i]
        after = points[(i + 1) % len(points)] if i < last or closed else points[i]
        length = math.dist(before, after) or 1.0
        result.append(XY((after.x - before.x) / length, (after.y - before.y) / length))
    return result


def _n(value: float) -> str:
    """One decimal, and no more letters than needed: -0.5 -> -.5, 3.0 -> 3."""
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text.replace("0.", ".", 1) if text.lstrip("-").startswith("0.") else text


def set_apart(paths: Sequence[Sequence[XY]], gap: float) -> list[list[XY]]:
    """Move paths aside, side by side, at the points of segments that several of them run along."""
    segments = Counter(key for path in paths for key in set(_segments(path)))
    shared = {key for key, count in segments.items() if count > 1}
    moved: list[list[XY]] = []
    for number, path in enumerate(paths):
        along = {i for i, key in enumerate(_segments(path)) if key in shared}
        side = _side(number, paths, shared)
        moved.append(
            [_aside(path, i, side * gap) if i in along or i - 1 in along else xy for i, xy in enumerate(path)]
        )
    return moved


def _side(number: int, paths: Sequence[Sequence[XY]], shared: set[frozenset[XY]]) -> float:
    """-0.5, 0.5 for two lines; -1, 0, 1 for three: this path's place among those that share with it."""
    mine = shared & set(_segments(paths[number]))
    group = [i for i, path in enumerate(paths) if mine & set(_segments(path))]
    return group.index(number) - (len(group) - 1) / 2 if group else 0.0


def _segments(path: Sequence[XY]) -> list[frozenset[XY]]:
    return [frozenset(pair) for pair in pairwise(path)]


def _aside(path: Sequence[XY], i: int, shift: float) -> XY:
    before, after = path[max(i - 1, 0)], path[min(i + 1, len(path) - 1)]
    if (before.x, before.y) > (after.x, after.y):  # the same side whichever way the line is written
        before, after = after, before
    length = math.dist(before, after) or 1.0
    return XY(
        path[i].x - (after.y - before.y) / length * shift, path[i].y + (after.x - before.x) / length * shift
    )
