"""What `guinda import-city` and `guinda suggest-stores` take. Imports nothing of Django: `guinda --help` answers at once."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

STORES_MOST = 200
Add = Callable[..., argparse.ArgumentParser]


def add(commands: object, make: Add) -> None:
    """Add the commands to the parser."""
    _import_city(make, commands)
    _suggest_stores(make, commands)


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


def _suggest_stores(make: Add, commands: object) -> None:
    made = make(
        commands,
        "suggest-stores",
        "guinda.config.cities:suggest_stores",
        "where N stores would be nearest to the demand",
        "Places N stores so that the mean ride to the demand is shortest (the p-median problem, solved with HiGHS), and prints "
        "how far from the best possible the answer may be. The demand is the stations by their entries, or a grid of people.",
    )
    made.add_argument("count", type=_stores, metavar="N", help=f"how many stores, 1 to {STORES_MOST}")
    made.add_argument("--city", default="", metavar="SLUG", help="which city, when there are several")
    made.add_argument(
        "--demand", type=Path, metavar="GRID.csv", help="a table with columns lat, lon and population"
    )
    made.add_argument(
        "--mode",
        choices=("foot", "bicycle", "car"),
        default="bicycle",
        help="how couriers ride (default bicycle)",
    )
    made.add_argument(
        "--seconds", type=_seconds, default=60, metavar="N", help="stop searching after so long (default 60)"
    )
    made.add_argument(
        "--save", action="store_true", help="write them as closed stores, to be opened in the office"
    )


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


def _stores(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= STORES_MOST:
        raise argparse.ArgumentTypeError(f"give a number from 1 to {STORES_MOST}.")
    return int(text)


def _seconds(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= 3600:
        raise argparse.ArgumentTypeError("give a number of seconds from 1 to 3600.")
    return int(text)
