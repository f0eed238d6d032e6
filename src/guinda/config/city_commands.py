"""What `guinda import-city` takes. Imports nothing of Django: `guinda --help` answers at once."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

Add = Callable[..., argparse.ArgumentParser]


def add(commands: object, make: Add) -> None:
    """Add the commands to the parser."""
    _import_city(make, commands)


def _import_city(make: Add, commands: object) -> None:
    made = make(
        commands,
        "import-city",
        "guinda.config.cities:import_city",
        "a city's stations, lines and streets from public data",
        "Reads a GTFS feed (a zip) and writes the city's lines, stations and entrances, all or nothing; done again it updates "
        "what is there by the feed's own keys. What the feed does not say is inferred, and each such thing is told. With --streets "
        "it also builds the street network of an OpenStreetMap extract, its parks and its water. See docs/cities.md.",
    )
    made.add_argument("feed", type=Path, metavar="FEED.zip", help="the GTFS feed")
    made.add_argument(
        "--streets", type=Path, metavar="X.osm.pbf", help="an OpenStreetMap extract of the city"
    )
    made.add_argument("--name", default="", metavar="TEXT", help="the city's name in its own letters")
    made.add_argument("--name-latin", default="", metavar="TEXT", help="the same in Latin letters")
    made.add_argument(
        "--slug", default="", metavar="TEXT", help="its short name; the same city keeps the same"
    )
    made.add_argument("--country", type=_country, metavar="CC", help="ISO 3166 code, for example BR")
    made.add_argument("--currency", type=_currency, metavar="CUR", help="for example BRL")
    made.add_argument(
        "--bounds",
        type=_bounds,
        metavar="S,W,N,E",
        help="the rectangle that is the city, in degrees, written --bounds=-23.6,-46.7,-23.5,-46.6; "
        "without it the streets' own, else that of all stations",
    )
    made.add_argument(
        "--kinds",
        type=lambda text: tuple(each.strip() for each in text.split(",")),
        metavar="LIST",
        help="which lines: metro,rail,tram,monorail (default), bus, ferry, cable",
    )
    made.add_argument("--dry-run", action="store_true", help="tell what would change, and change nothing")


def _bounds(text: str) -> tuple[float, ...]:
    try:
        south, west, north, east = (float(each) for each in text.split(","))
    except ValueError:
        south = west = north = east = 0.0
    if not (-85 <= south < north <= 85 and -180 <= west < east <= 180):
        raise argparse.ArgumentTypeError(
            "give south,west,north,east in degrees, south below north, west before east."
        )
    return south, west, north, east


def _country(text: str) -> str:
    if not (len(text) == 2 and text.isascii() and text.isupper()):
        raise argparse.ArgumentTypeError("a country is two capital letters, for example BR.")
    return text


def _currency(text: str) -> str:
    if not (len(text) == 3 and text.isascii() and text.isupper()):
        raise argparse.ArgumentTypeError("a currency is three capital letters, for example BRL.")
    return text
