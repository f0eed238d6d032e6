"""How fast the client book finds a client and shows the first page of a time line, at a size filled by COPY.

    python benchmarks/book.py [--clients 1000000] [--touches 20] [--asks 400]

Writes so many clients (each with a name, a telephone and an e-mail) and so many touches for each, then asks as the pages do: each kind
of search and the time line, on clients drawn with a fixed seed. Prints the median, p99, processor time and the plan of one search, and
beside them, in the same run, the same question without the index over pieces of words (LIKE on every row).
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks import throwaway  # noqa: E402 - found by the line above

NOW = datetime(2026, 6, 24, 9, tzinfo=UTC)
FIRST = ("Анна", "Борис", "Вера", "Жанна", "Lucía", "Mateo", "Olga", "Пётр")
STEMS = ("Козл", "Лебед", "Морозн", "Сокол", "Ferr", "Garc", "Ибраг", "Юрк", "Черн", "Щерб")
ENDS = ("ова", "евский", "енко", "ich", "ández", "ин", "ян", "улин")


def main() -> None:
    """Fill, then ask."""
    options = _options()
    throwaway.database()
    began = time.perf_counter()
    people = _fill(options.clients, options.touches)
    took_s = time.perf_counter() - began
    print(
        f"{options.clients:,} clients, {options.clients * options.touches:,} touches, filled in {took_s:.0f} s; "
        f"load {os.getloadavg()[0]:.1f}"
    )
    _ask(people, options.asks)
    _plan(people)


def _person(pk: int, rng: random.Random) -> tuple[int, str, str, str]:
    name = f"{rng.choice(FIRST)} {rng.choice(STEMS)}{rng.choice(ENDS)}{rng.choice(ENDS)}"
    return pk, f"+79{rng.randrange(10**8):08d}{pk % 10}", name, f"client{pk}@example.org"


def _fill(clients: int, touches: int) -> list[tuple[int, str, str, str]]:
    from django.db import connection

    rng = random.Random(5)
    numbers: set[str] = set()
    people = []
    while len(people) < clients:
        made = _person(len(people) + 1, rng)
        if made[1] not in numbers:
            numbers.add(made[1])
            people.append(made)
    with connection.cursor() as cursor:
        with cursor.copy(
            "COPY clients_client (id, phone, name, email, language, since_at) FROM STDIN"
        ) as copy:
            for pk, phone, name, email in people:
                copy.write_row((pk, phone, name, email, "ru", NOW))
        columns = "key, client_id, at, by, channel, by_client, minutes, given_minor, cost_minor, currency, step, outcome, note, next_step"
        at = [(NOW - timedelta(hours=each)).isoformat() for each in range(10_000)]
        rest = "staff:vera\tcall\tf\t3\t0\t4500\tRUB\t\treached\ttalked of apricots\t\n"
        with cursor.copy(f"COPY clients_touch ({columns}) FROM STDIN") as copy:
            for n in range(clients * touches):
                copy.write(f"{n:032x}\t{1 + n % clients}\t{at[n % 9973]}\t{rest}")
        cursor.execute("VACUUM ANALYZE clients_client, clients_touch")
    return people


def _asked(people: list[Any], asks: int) -> dict[str, list[str]]:
    rng = random.Random(7)
    drawn = [rng.choice(people) for _ in range(asks)]
    return {
        "whole telephone": [phone for _pk, phone, _name, _mail in drawn],
        "last four digits": [phone[-4:] for _pk, phone, _name, _mail in drawn],
        "six digits within": [phone[4:10] for _pk, phone, _name, _mail in drawn],
        "name and surname": [name for _pk, _phone, name, _mail in drawn],
        "part of a surname": [name.split()[1][1:6] for _pk, _phone, name, _mail in drawn],
        "three letters": [name.split()[1][:3] for _pk, _phone, name, _mail in drawn],
        "nobody": [f"zq{n}xw" for n in range(asks)],
    }


def _timed(question: Callable[[], Any]) -> tuple[float, float]:
    """By the clock, and the processor's time in this process, in milliseconds: a busy machine shows in the first alone."""
    began, worked = time.perf_counter(), time.process_time()
    question()
    return (time.perf_counter() - began) * 1000, (time.process_time() - worked) * 1000


def _ask(people: list[Any], asks: int) -> None:
    from guinda.clients import search, timeline
    from guinda.clients.models import Client
    from guinda.clients.personal import who_is

    scan_ms = statistics.median(
        _timed(lambda name=name: _scan(name))[0] for _pk, _phone, name, _mail in people[:5]
    )
    print(f"{'LIKE on every row':20} median {scan_ms:8.1f} ms")
    for kind, texts in _asked(people, asks).items():
        _said(kind, (_timed(lambda text=text: search.found(text)) for text in texts), scan_ms)
    clients = [Client(pk=random.Random(each).choice(people)[0]) for each in range(asks)]
    _said("time line", (_timed(lambda each=each: timeline.page(who_is(each))) for each in clients), scan_ms)


def _scan(text: str) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM clients_client WHERE lower(name) LIKE %s", [f"%{text.lower()}%"])


def _said(kind: str, times_ms: Iterator[tuple[float, float]], scan_ms: float) -> None:
    by_clock, worked = (sorted(each) for each in zip(*times_ms, strict=True))
    median, p99 = statistics.median(by_clock), by_clock[int(len(by_clock) * 0.99) - 1]
    print(
        f"{kind:20} median {median:8.1f} ms  p99 {p99:8.1f} ms  {median / scan_ms:.3f} of the scan"
        f"  processor {statistics.median(worked):6.1f} ms"
    )


def _plan(people: list[Any]) -> None:
    from django.db import connection

    from guinda.clients.search import CLIENT_TEXT

    word = people[0][1][3:9]
    where = f"clients_grams({CLIENT_TEXT}) @> clients_grams(%s) AND {CLIENT_TEXT} LIKE %s"
    sql = f"EXPLAIN ANALYZE SELECT id FROM clients_client WHERE {where} LIMIT 30"
    with connection.cursor() as cursor:
        cursor.execute(sql, [word, f"%{word}%"])
        print("\n".join(line for (line,) in cursor.fetchall()))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--clients", type=int, default=1_000_000)
    parser.add_argument("--touches", type=int, default=20, help="for each client")
    parser.add_argument("--asks", type=int, default=400)
    return parser.parse_args()


if __name__ == "__main__":
    main()
