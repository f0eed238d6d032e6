"""Finding and holding beautiful numbers among ten million free ones, while one per cent of them change every minute.

    python benchmarks/wishes.py [--millions 10] [--seconds 30] [--seed 7]

Brings the numbers in by COPY (time and rate), then asks for first pages of 50 in the ways people ask, one after the other, while
another connection sells and frees numbers by set, each second a sixtieth of one per cent of all. The same wishes are answered beside it
by the one statement a plain table gets (a LIKE over the digits, ordered by beauty), a few of each. Prints medians, p99 and ratios, the
plan of the statement that reads along the index, and how fast 8 threads hold numbers. The embedded server is thrown away afterwards.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks import throwaway  # noqa: E402 - found by the line above

PAGE = 50
PLAIN_TIMES = 3
CHURN_SHARE_A_MINUTE = 0.01
HOLDERS, HOLDS_EACH = 8, 15


def main() -> None:
    """Build, then measure."""
    options = _options()
    throwaway.database()
    numbering = _filled(options.millions * 1_000_000)
    with _churn(options.millions * 1_000_000, options.seed):
        _searches(numbering, options)
        _plan(numbering)
        _holds(numbering, options.seed)


def _filled(count: int) -> Any:
    from django.db import connection  # deferred: Django is set up by now

    from guinda.base import clock
    from guinda.offers.imports import bring_in, numbering_from

    numbering = numbering_from(ROOT / "src/guinda/offers/operators/a1.toml")
    started = time.perf_counter()
    bring_in(numbering=numbering, first=0, last=count - 1, by="benchmark", now=clock.now())
    took_s = time.perf_counter() - started
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE offers_number")
    print(f"import: {count:,} numbers graded and copied in {took_s:.1f} s, {count / took_s:,.0f} a second")
    return numbering


def _wishes(seed: int) -> Iterator[tuple[str, Any, str]]:
    """Kind, wish, and the same for a LIKE or a regular expression over seven digits."""
    from guinda.solvers.wish import Wish  # deferred: the path is set above

    chance = random.Random(seed)
    while True:
        four, three, two = (f"{chance.randrange(10**size):0{size}d}" for size in (4, 3, 2))
        some = "".join(sorted(chance.sample("0123456789", 3)))
        yield (
            "in place",
            Wish(7, pattern=f"__{four[0]}{three}{two[0]}"),
            f"digits LIKE '__{four[0]}{three}{two[0]}'",
        )
        yield "ending", Wish(7, pattern=f"___{four}"), f"digits LIKE '%{four}'"
        yield "ending in two", Wish(7, pattern=f"_____{two}"), f"digits LIKE '%{two}'"
        yield "containing three", Wish(7, contains=three), f"digits LIKE '%{three}%'"
        yield "containing two", Wish(7, contains=two), f"digits LIKE '%{two}%'"
        yield "only three digits", Wish(7, digits=some), f"digits ~ '^[{some}]+$'"
        yield (
            "two kinds",
            Wish(7, kinds_max=2),
            "(SELECT count(DISTINCT d) FROM regexp_split_to_table(digits, '') AS d) <= 2",
        )
        yield "like mine", Wish(7, like=chance.randrange(10**7)), ""


def _searches(numbering: Any, options: argparse.Namespace) -> None:
    from guinda.base import clock  # deferred: Django is set up by now
    from guinda.offers.search import find, shelf

    spent: dict[str, list[float]] = {}
    plain: dict[str, str] = {}
    find(next(_wishes(0))[1], at=shelf(numbering), now=clock.now(), limit=1)  # compiles
    end = time.perf_counter() + options.seconds
    for kind, wish, condition in _wishes(options.seed):
        started = time.perf_counter()
        if started > end:
            break
        find(wish, at=shelf(numbering), now=clock.now(), limit=PAGE)
        spent.setdefault(kind, []).append((time.perf_counter() - started) * 1000)
        plain[kind] = condition
    print(f"\n{'wish':<20}{'times':>7}{'median, ms':>12}{'p99, ms':>9}{'plain, ms':>11}{'ratio':>7}")
    for kind, times in spent.items():
        ours, theirs = statistics.median(times), _plainly(plain[kind])
        ratio = f"{theirs / ours:.0f}" if theirs else ""
        print(f"{kind:<20}{len(times):>7}{ours:>12.1f}{_p99(times):>9.1f}{theirs or '':>11.4}{ratio:>7}")
    every = [one for times in spent.values() for one in times]
    print(f"{'all':<20}{len(every):>7}{statistics.median(every):>12.1f}{_p99(every):>9.1f}")


def _plainly(condition: str) -> float:
    """Median milliseconds of the plain statement; 0.0 where it has none."""
    from django.db import connection  # deferred: Django is set up by now

    times = []
    for _ in range(PLAIN_TIMES if condition else 0):
        started = time.perf_counter()
        with connection.cursor() as cursor:
            digits = "SELECT number, score, right(number::text, 7) AS digits FROM offers_number WHERE state = 'free'"
            cursor.execute(
                f"SELECT * FROM ({digits}) AS free WHERE {condition} ORDER BY score DESC LIMIT {PAGE}".replace(
                    "%", "%%"
                ),
                [],
            )
            cursor.fetchall()
        times.append((time.perf_counter() - started) * 1000)
    return statistics.median(times) if times else 0.0


def _plan(numbering: Any) -> None:
    """The plans of the two statements that searching is made of: reading on along the index, and asking which of the best are free."""
    from django.db import connection  # deferred: Django is set up by now

    from guinda.base import clock
    from guinda.offers.search import ASKED_FIRST, FREE, READ_FIRST, following

    reading = following(range(numbering.classes.count()))
    facts = {
        "numbering": numbering.pk,
        "score": 5000,
        "number": numbering.base + 5_000_000,
        "size": READ_FIRST,
    }
    asked = [numbering.base + 5_000_000 + each * 37 for each in range(ASKED_FIRST)]
    with connection.cursor() as cursor:
        for statement, values in ((reading, facts), (FREE, [asked, clock.now()])):
            cursor.execute("EXPLAIN (ANALYZE, COSTS OFF, BUFFERS) " + statement, values)
            print("\n" + "\n".join(row[0] for row in cursor.fetchall()))


def _holds(numbering: Any, seed: int) -> None:
    """Threads of different sellers, each holding and releasing random numbers of the best class but one."""
    from django.contrib.auth import get_user_model  # deferred: Django is set up by now

    sellers = [get_user_model().objects.create_user(f"seller{each}").pk for each in range(HOLDERS)]
    jobs = [(numbering.base, seller, random.Random(seed + seller)) for seller in sellers]
    started = time.perf_counter()
    with ThreadPoolExecutor(HOLDERS) as threads:
        times = [one for each in threads.map(_hold_some, jobs) for one in each]
    rate = len(times) / (time.perf_counter() - started)
    print(
        f"\nholds by {HOLDERS} threads: {rate:,.0f} a second, median {statistics.median(times):.1f} ms, p99 {_p99(times):.1f} ms"
    )


def _hold_some(job: tuple[int, int, random.Random]) -> list[float]:
    from django.db import connection  # deferred: Django is set up by now

    from guinda.base import clock
    from guinda.base.refusals import Refusal
    from guinda.offers.numbers import hold, release

    base, seller, chance = job
    times = []
    for _ in range(HOLDS_EACH * 10):
        key, number, started = uuid4(), base + chance.randrange(1_000_000), time.perf_counter()
        try:
            hold(numbers=[number], key=key, seller_id=seller, now=clock.now())
        except Refusal:
            continue  # another has it or it rests
        times.append((time.perf_counter() - started) * 1000)
        release(key=key, seller_id=seller, now=clock.now() + timedelta(seconds=1))
    connection.close()
    return times


CHURN = """
WITH away AS (UPDATE offers_number SET state = 'resting', rests_until = now() WHERE number = ANY(%s) AND state = 'free')
UPDATE offers_number SET state = 'free', rests_until = NULL WHERE number = ANY(%s) AND state = 'resting'
"""


@contextmanager
def _churn(count: int, seed: int) -> Iterator[None]:
    """Numbers change hands in a thread of their own for as long as the block runs; says how many did."""
    stop, changed = threading.Event(), [0, 0.0]
    thread = threading.Thread(target=_change, args=(count, seed, stop, changed), daemon=True)
    thread.start()
    started = time.perf_counter()
    yield
    stop.set()
    thread.join()
    a_minute = changed[0] / (time.perf_counter() - started) * 60 / count
    print(f"meanwhile {changed[0]:,} numbers changed: {a_minute:.2%} of all a minute")


def _change(count: int, seed: int, stop: threading.Event, changed: list[float]) -> None:
    from django.db import connection  # deferred: Django is set up by now

    from guinda.offers.models import Numbering

    base, chance, before = Numbering.objects.get().base, random.Random(seed), [0]
    each = int(count * CHURN_SHARE_A_MINUTE / 60 / 2)
    while not stop.wait(0.9):
        away = [base + chance.randrange(count) for _ in range(each)]
        with connection.cursor() as cursor:
            cursor.execute(CHURN, [away, before])
            changed[0] += cursor.rowcount + each
        before = away
    connection.close()


def _p99(times: list[float]) -> float:
    return statistics.quantiles(times, n=100)[98] if len(times) > 1 else times[0]


def _options() -> argparse.Namespace:
    made = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    made.add_argument("--millions", type=int, default=10)
    made.add_argument("--seconds", type=float, default=30.0)
    made.add_argument("--seed", type=int, default=7)
    return made.parse_args()


if __name__ == "__main__":
    main()
