"""Small OpenStreetMap extracts written by the tests with osmium's own writer: no network, no file of anybody's."""

from __future__ import annotations

import osmium

LAT, LON = -23.55, -46.63
STEP = 0.001
"""Degrees between neighbours of the grid: 111 m north, 102 m east."""


def at(row, column):
    """The place of a grid's node."""
    return LAT + row * STEP, LON + column * STEP


def write(file, nodes, ways, relations=()):
    """`nodes`: key to (lat, lon); `ways`: (key, nodes, tags); `relations`: (key, members, tags)."""
    file.unlink(missing_ok=True)
    writer = osmium.SimpleWriter(str(file))
    for key, (lat, lon) in sorted(nodes.items()):
        writer.add_node(osmium.osm.mutable.Node(id=key, location=(lon, lat)))
    for key, refs, tags in ways:
        writer.add_way(osmium.osm.mutable.Way(id=key, nodes=refs, tags=tags))
    for key, members, tags in relations:
        writer.add_relation(osmium.osm.mutable.Relation(id=key, members=members, tags=tags))
    writer.close()
    return file


def grid(file, side=6, *, tags=None, more_nodes=None, more_ways=(), relations=()):
    """A square grid of residential streets; node `row * 100 + column + 1` lies at `at(row, column)`."""
    tags = tags or {"highway": "residential"}
    number = lambda row, column: row * 100 + column + 1  # noqa: E731 - one expression, used four times below
    nodes = {number(row, column): at(row, column) for row in range(side) for column in range(side)}
    ways = [(row + 1, [number(row, column) for column in range(side)], tags) for row in range(side)]
    ways += [(column + 101, [number(row, column) for row in range(side)], tags) for column in range(side)]
    return write(file, nodes | (more_nodes or {}), [*ways, *more_ways], relations)
