"""Platforms become stations: those of one parent, and those of one name a short walk apart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from guinda.base.points import Point, distance_m
from guinda.places.gtfs import names
from guinda.places.gtfs.feed import ENTRANCE, STATION, Feed, FeedStop

MERGE_M = 400
"""Platforms of one name so near each other are one station to a passenger; the demo's city was written by the same rule."""


@dataclass
class Group:
    """One station: its stable key in the feed, the stops it stands for, its ways in."""

    key: str
    name: str
    at: Point
    stops: set[str] = field(default_factory=set)
    parents: set[str] = field(default_factory=set)
    entrances: list[FeedStop] = field(default_factory=list)


def grouped(feed: Feed) -> tuple[list[Group], int]:
    """Every station that a line stops at, and how many of them had no parent in the feed."""
    used = sorted({stop for pattern in feed.patterns for stop in pattern.stops})
    by_root: dict[str, list[str]] = defaultdict(list)
    for stop in used:
        by_root[_root(feed, stop)].append(stop)
    orphans = sum(1 for root in by_root if feed.stops[root].kind != STATION)
    groups = [_group(feed, root, stops) for root, stops in by_root.items()]
    merged = _merged([each for each in groups if each is not None])
    _add_entrances(feed, merged)
    return merged, orphans


def _root(feed: Feed, stop: str) -> str:
    parent = feed.stops[stop].parent
    known = feed.stops.get(parent)
    return parent if known is not None and known.kind == STATION else stop


def _group(feed: Feed, root: str, stops: Sequence[str]) -> Group | None:
    """None when neither the station nor any of its platforms says where it is."""
    places = [at for at in (feed.stops[each].at for each in stops) if at is not None]
    at = feed.stops[root].at or (middle(places) if places else None)
    name = feed.stops[root].name or next(
        (feed.stops[each].name for each in stops if feed.stops[each].name), root
    )
    return None if at is None else Group(root, name, at, set(stops), {root})


def _merged(groups: Iterable[Group]) -> list[Group]:
    """Joined by name and nearness; the smallest key stays the station's, so that another import finds it again."""
    found: dict[str, list[list[Group]]] = defaultdict(list)
    for group in sorted(groups, key=lambda each: each.key):
        clusters = found[names.alike(group.name)]
        near = next((each for each in clusters if distance_m(each[0].at, group.at) <= MERGE_M), None)
        if near is None:
            clusters.append([group])
        else:
            near.append(group)
    return [_joined(cluster) for clusters in found.values() for cluster in clusters]


def _joined(cluster: Sequence[Group]) -> Group:
    return Group(
        cluster[0].key,
        cluster[0].name,
        middle([each.at for each in cluster]),
        set().union(*(each.stops for each in cluster)),
        set().union(*(each.parents for each in cluster)),
    )


def _add_entrances(feed: Feed, groups: Iterable[Group]) -> None:
    by_parent = {parent: group for group in groups for parent in group.parents}
    for stop in feed.stops.values():
        if stop.kind == ENTRANCE and stop.at is not None and stop.parent in by_parent:
            by_parent[stop.parent].entrances.append(stop)


def middle(points: Sequence[Point]) -> Point:
    """The mean place of a few points of one neighbourhood."""
    return Point(
        sum(each.lat for each in points) / len(points), sum(each.lon for each in points) / len(points)
    )
