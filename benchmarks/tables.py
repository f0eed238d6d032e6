"""How long 100,000 rows take to come in as CSV, beside the same rows written one by one through the ORM, in the same run.

    python benchmarks/tables.py [--rows 100000] [--share 10] [--rounds 3]

Clients, stations and lots: `guinda.tables.services.apply` of a file of new rows, then of one that changes a cell of each, then once more
unchanged. The peer is `update_or_create` row by row in one transaction, over the same file read by Python's csv, its cells taken
unchecked: on a part of the rows, compared per row. Each round begins with an empty table; medians over the rounds.
"""

from __future__ import annotations

import argparse
import csv
import os
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks import throwaway  # noqa: E402 - found by the line above

NOW = datetime(2026, 6, 24, 9, tzinfo=UTC)
TIMES = [f"2026-06-{day:02}T05:00+03:00" for day in range(10, 20)]


def main() -> None:
    """Build a shop, then measure table by table."""
    options = _options()
    home = throwaway.database()
    from tests.world import build

    build(shelf_g=0)
    print(
        f"{options.rows:,} rows; medians of {options.rounds} rounds; the machine's load was {os.getloadavg()[0]:.1f}"
    )
    for name, make in MADE.items():
        _measure(name, make, options, home)


def _measure(
    name: str, make: Callable[[int, int], list[str]], options: argparse.Namespace, home: Path
) -> None:
    from guinda.tables.declare import TABLES

    table = TABLES[name]
    files = [home / f"{name}-{version}.csv" for version in range(2)]
    for version, path in enumerate(files):
        with path.open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(HEADS[name])
            writer.writerows(make(number, version) for number in range(options.rows))
    few = options.rows // options.share
    took: dict[str, list[float]] = {}
    for _round in range(options.rounds):
        _empty(table)
        for label, path in (("new", files[0]), ("changed", files[1]), ("same", files[1])):
            took.setdefault(label, []).append(_ours(table, path))
        _empty(table)
        for label, path in (("new, ORM", files[0]), ("changed, ORM", files[1])):
            took.setdefault(label, []).append(_peer(name, path, few) * options.share)
    middle = {label: statistics.median(rounds) for label, rounds in took.items()}
    for label in ("new", "changed", "same"):
        peer = middle.get(f"{label}, ORM")
        beside = (
            f"   ORM row by row {peer:7.1f} s (from {few:,} rows): {peer / middle[label]:.0f} times as long"
            if peer
            else ""
        )
        print(f"  {name:9} {label:8} {middle[label]:6.2f} s{beside}", flush=True)


def _ours(table: object, path: Path) -> float:
    from guinda.tables import services
    from guinda.tables.reading import Source

    start = time.perf_counter()
    services.apply(table=table, source=Source(path, path.name), by="bench", now=NOW)
    return time.perf_counter() - start


def _peer(name: str, path: Path, few: int) -> float:
    from django.db import transaction

    from guinda.tables.declare import TABLES

    model, fields = TABLES[name].model, FIELDS[name]
    start = time.perf_counter()
    with path.open(newline="") as file, transaction.atomic():
        for number, row in enumerate(csv.DictReader(file)):
            if number == few:
                break
            key, rest = fields(row)
            model.objects.update_or_create(**key, defaults=rest)
    return time.perf_counter() - start


def _empty(table: object) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {table.target} CASCADE")
        cursor.execute(f"VACUUM ANALYZE {table.target}")


HEADS = {
    "clients": ["phone", "name", "language", "since_at"],
    "stations": ["city", "slug", "name", "name_latin", "lat", "lon", "yearly_entries"],
    "lots": [*("code", "variety", "grower", "origin", "picked_at", "brix"),
             *("inspected_by", "inspected_at", "washed_by", "washed_at", "expires_at")],
}  # fmt: skip


def _client(number: int, version: int) -> list[str]:
    return [f"+79{number:09}", f"Name {number} {version}", "ru", TIMES[number % 10]]


def _station(number: int, version: int) -> list[str]:
    return [
        "moscow",
        f"station-{number}",
        f"Станция {number}",
        f"Station {number}",
        f"{55 + number / 1e6}",
        f"{37 + number / 1e6}",
        str(version),
    ]


def _lot(number: int, version: int) -> list[str]:
    at = TIMES[number % 10]
    return [
        f"B{number}",
        "kordia",
        "Orchard",
        "Krasnodar",
        at,
        f"{19 + version}.5",
        "Desk",
        at,
        "Store",
        at,
        "2026-07-01T00:00Z",
    ]


MADE = {"clients": _client, "stations": _station, "lots": _lot}
Facts = tuple[dict[str, object], dict[str, object]]


def _client_fields(row: dict[str, str]) -> Facts:
    phone = {"phone": row.pop("phone")}
    return phone, dict(row)


def _station_fields(row: dict[str, str]) -> Facts:
    return {"city_id": row.pop("city"), "slug": row.pop("slug")}, dict(row)


def _lot_fields(row: dict[str, str]) -> Facts:
    row["brix_tenths"] = round(float(row.pop("brix")) * 10)
    return {"code": row.pop("code")}, {"variety_id": row.pop("variety"), **row}


FIELDS = {"clients": _client_fields, "stations": _station_fields, "lots": _lot_fields}


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--share", type=int, default=10, help="the peer writes one row in so many")
    parser.add_argument("--rounds", type=int, default=3)
    return parser.parse_args()


if __name__ == "__main__":
    main()
