"""Routes become lines: which stations in which order, in which colour, drawn along which path."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from guinda.base.points import Point, distance_m
from guinda.places.gtfs import names
from guinda.places.gtfs.feed import Feed, Pattern, Route
from guinda.places.gtfs.stations import Group
from guinda.places.simplify import flat_m, off_segment_m, simplified

PALETTE = (
    # Okabe and Ito's colours, told apart by eyes that see red and green alike, darkened where the map's land is pale.
    "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#B8860B", "#56B4E9", "#7A3E9D", "#4D4D4D", "#8B1A1A", "#2F6B2F",
)  # fmt: skip
DRAWN_WITHIN_M = 12
NEAR_THE_LINE_M = 250
"""A platform farther from its line's shape than this is not where the line runs: the drawing keeps to the shape."""
ROOM_M = 60
HOOK_MAX_M = 500
CODE_LETTERS = 8


@dataclass
class Drawn:
    """A line as the feed has it; `path_known` when its shape was in the feed."""

    key: str
    code: str
    name: str
    latin: str
    colour: str
    stops: list[str]
    path: list[Point]
    colour_known: bool
    order_known: bool
    path_known: bool


def drawn(feed: Feed, groups: Sequence[Group]) -> list[Drawn]:
    """The feed's lines. Routes of one kind with one short name are one line; lines of fewer than two stations are none."""
    station_of = {stop: group for group in groups for stop in group.stops}
    together: dict[tuple[str, str], list[Route]] = defaultdict(list)
    for route in sorted(feed.routes.values(), key=lambda each: each.key):
        together[route.kind, (route.short_name or route.long_name or route.key).casefold()].append(route)
    patterns: dict[str, list[Pattern]] = defaultdict(list)
    for pattern in feed.patterns:
        patterns[pattern.route].append(pattern)
    codes = _codes([routes[0] for routes in together.values()])
    found: list[Drawn] = []
    for routes in together.values():
        mine = [pattern for route in routes for pattern in patterns[route.key]]
        line = _line(feed, routes, mine, station_of, len(found))
        if line is not None:
            line.code = codes[routes[0].key]
            found.append(line)
    return found


def _line(
    feed: Feed,
    routes: Sequence[Route],
    patterns: Sequence[Pattern],
    station_of: Mapping[str, Group],
    number: int,
) -> Drawn | None:
    runs = [(each, _stations(each, station_of)) for each in patterns]
    runs = [(each, run) for each, run in runs if len(set(run)) > 1]
    if not runs:
        return None
    runs.sort(
        key=lambda each: (-len(set(each[1])), each[0].shape not in feed.shapes, -each[0].trips, each[1])
    )
    longest, run = runs[0]
    order = list(dict.fromkeys(run))
    for _pattern, other in runs[1:]:
        _weave(order, other)
    at = {group.key: group.at for group in station_of.values()}
    route, shape = routes[0], feed.shapes.get(longest.shape, [])
    name = names.shown(route.long_name or route.short_name or route.key)
    return Drawn(
        key=route.key,
        code="",
        name=name,
        latin=names.latin(name, feed.latin.get(("routes", route.key), "")),
        colour=route.colour or PALETTE[number % len(PALETTE)],
        stops=order,
        path=_path(shape, [at[key] for key in run]),
        colour_known=bool(route.colour),
        order_known=len(order) == len(set(run)),
        path_known=len(shape) > 1,
    )


def _stations(pattern: Pattern, station_of: Mapping[str, Group]) -> list[str]:
    keys = [station_of[stop].key for stop in pattern.stops if stop in station_of]
    return [key for at, key in enumerate(keys) if not at or key != keys[at - 1]]


def _weave(order: list[str], run: Sequence[str]) -> None:
    """Put the stations of another run that the line does not have yet beside their neighbours."""
    shared = [order.index(key) for key in run if key in order]
    if 2 * sum(b < a for a, b in pairwise(shared)) > len(shared) - 1:
        run = run[::-1]
    for at, key in enumerate(run):
        if key in order:
            continue
        after = run[at - 1] if at and run[at - 1] in order else None
        before = next((each for each in run[at:] if each in order), None)
        if after is not None:
            order.insert(order.index(after) + 1, key)
        elif before is not None:
            order.insert(order.index(before), key)
        else:
            order.append(key)


def _path(shape: Sequence[Point], stations: Sequence[Point]) -> list[Point]:
    """The shape, led through the dots of the stations it passes; without a shape, from station to station.

    A dot stands in the middle of its platforms, so the shape passes beside it: the corners next to it give way, or the line would hook.
    """
    if len(shape) < 2:
        return list(stations)
    path = _without_hooks(simplified(shape, DRAWN_WITHIN_M))
    passed: list[tuple[float, Point]] = []
    giving_way: set[int] = set()
    start = 0
    for station in stations:
        away_m, at, share = _nearest(path, station, start)
        if away_m <= NEAR_THE_LINE_M:
            start = at
            passed.append((at + share, station))
            room_m = max(3 * away_m, ROOM_M)
            giving_way |= {
                number for number, corner in enumerate(path) if distance_m(corner, station) < room_m
            }
    corners = [(float(number), corner) for number, corner in enumerate(path) if number not in giving_way]
    return [point for _along, point in sorted([*corners, *passed], key=lambda each: each[0])]


def _without_hooks(path: Sequence[Point]) -> list[Point]:
    """Without corners where the line would turn back on itself for a short way: slips of the feed's own drawing."""
    kept = list(path[:1])
    for here, there in pairwise(path[1:]):
        there_and_back_m = distance_m(kept[-1], here), distance_m(here, there)
        if max(there_and_back_m) > HOOK_MAX_M or 2 * distance_m(kept[-1], there) > sum(there_and_back_m):
            kept.append(here)
    return [*kept, *path[-1:]]


def _nearest(path: Sequence[Point], place: Point, start: int) -> tuple[float, int, float]:
    """Metres off the path from segment `start` on, that segment's number and how far along it the spot is."""
    flat = [flat_m(each, place) for each in path]
    found = [
        (*off_segment_m((0.0, 0.0), flat[at], flat[at + 1]), at)
        for at in range(min(start, len(path) - 2), len(path) - 1)
    ]
    away_m, share, at = min(found)
    return away_m, at, share


def _codes(routes: Sequence[Route]) -> dict[str, str]:
    """What stands on the signs: the short name, or its last word where that tells the lines apart; unique and short."""
    whole = [route.short_name or route.key for route in routes]
    last = [each.split()[-1] if each.split() else each for each in whole]
    pick: Callable[[int], str] = (
        (lambda at: last[at]) if len(set(last)) == len(last) else (lambda at: whole[at])
    )
    codes: dict[str, str] = {}
    for at, route in enumerate(routes):
        code = "".join(pick(at).split())[:CODE_LETTERS] or str(at + 1)
        number = 2
        while code in codes.values():
            tail = f"-{number}"
            code, number = code[: CODE_LETTERS - len(tail)].split("-")[0] + tail, number + 1
        codes[route.key] = code
    return codes
