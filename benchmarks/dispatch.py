"""Our dispatcher beside the published ones on real days: the Meal Delivery Routing Problem, each order revealed when it is placed.

    python benchmarks/dispatch.py [--set original|fruit30] [--rules strict|product] [--quick] [--instances NAME ...] [--rounds N] [--jobs N]

Every day is replayed minute by minute with the policy, its log is examined by a checker that shares no code with the replay, and the
figures stand beside those of FoodMatch (ICDE 2021) and of its port of Reyes et al. (2018), which other people's programs reached on
the same day. Rules differ: `strict` allows less than FoodMatch allowed itself, `product` allows the same kind of freedom (until
a bag is picked up its courier may be redirected, and a free courier may be sent somewhere). The data are read in place, from
`--data` (else GUINDA_DATA, else beside the checkout). Beside them stands what nobody could beat, by `mdrp/bounds.py`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import product, repeat
from pathlib import Path
from statistics import fmean

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.mdrp import checker  # noqa: E402 - the path is set above
from benchmarks.mdrp.bounds import least_excess_min, most_within  # noqa: E402
from benchmarks.mdrp.figures import (  # noqa: E402
    EPOCHS,
    PEER_NAMES,
    Figures,
    Peer,
    bound,
    figures,
    mean,
    peers,
    quick,
)
from benchmarks.mdrp.instances import Archive, default_folder, open_archive  # noqa: E402
from benchmarks.mdrp.policy import dispatcher  # noqa: E402
from benchmarks.mdrp.replay import replay  # noqa: E402

from guinda.solvers.dispatch import Effort  # noqa: E402

COMPLAINTS_SHOWN = 10
WITHIN_MIN = 30
HEAD = (
    f"{'instance':17} {'who':32} {'XDT':>6} {'undel.':>7} {'c-t-d':>6} {'p90':>6} {'<=30':>6} {'<=40':>6}"
    f" {'$/order':>7} {'p99 ms':>7}"
)


def main() -> None:
    """Replay, examine, print; a log that breaks a rule ends with exit code 1."""
    options = _options()
    folder = options.data / "mdrp"
    archive = open_archive(folder)
    names = options.instances or (quick(folder, options.set) if options.quick else archive.names())
    known = peers(folder, options.set)
    print(f"set {options.set}; ours under {options.rules} rules; the peers under their own rules,")
    print("epochs as named. XDT and click to door in minutes; undelivered orders count 120 in XDT.\n")
    print(HEAD)
    ours: dict[str, Figures] = {}
    broken = 0
    for name, (ours[name], complaints) in zip(names, _days(options, names), strict=True):
        broken += len(complaints)
        print(_line(name, f"ours, {options.rules}", ours[name]))
        for peer in known.get(name, []):
            print(_line("", _peer_name(peer), peer.figures))
        for sentence in complaints[:COMPLAINTS_SHOWN]:
            print(f"{'':17} BROKEN {sentence}")
    _summary(archive, options, ours, {name: known.get(name, []) for name in names})
    if broken:
        sys.exit(f"{broken} times a rule was broken: the figures above do not count.")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--set", choices=["original", "fruit30"], default="original")
    parser.add_argument("--rules", choices=["strict", "product"], default="strict")
    parser.add_argument("--quick", action="store_true", help="only the instances with peers' 60 s epochs")
    parser.add_argument("--instances", nargs="+", metavar="NAME", help="only these")
    parser.add_argument("--rounds", type=int, default=Effort().most_rounds, help="of search for a plan")
    parser.add_argument(
        "--jobs", type=int, default=1, help="days replayed at once: decisions' times are worth less"
    )
    parser.add_argument(
        "--data", type=Path, default=default_folder().parent, help="the folder that holds mdrp/"
    )
    options = parser.parse_args()
    if not (options.data / "mdrp").is_dir():
        parser.error(
            f"There is no folder mdrp in {options.data}. Name the data's folder with --data or GUINDA_DATA."
        )
    return options


def _days(options: argparse.Namespace, names: Sequence[str]) -> Iterator[tuple[Figures, list[str]]]:
    """Each day's figures and complaints in the order of the names, days side by side where there are processes for it."""
    if options.jobs == 1:
        yield from map(_day, repeat(options), names)
        return
    with ProcessPoolExecutor(options.jobs) as pool:
        yield from pool.map(_day, repeat(options), names)


def _day(options: argparse.Namespace, name: str) -> tuple[Figures, list[str]]:
    instance = open_archive(options.data / "mdrp").instance(name, options.set)
    first_min = min(order.placed_min for order in instance.orders)
    last_min = max(courier.off_min for courier in instance.couriers)

    def on_minute(minute: int) -> None:
        share = min(1.0, (minute - first_min) / max(1, last_min - first_min))
        _bar(share, name)

    replayed = replay(instance, options.rules, dispatcher(options.set, options.rounds), on_minute)
    _bar(None, name)
    complaints = checker.complaints(instance, options.rules, replayed.log)
    return figures(instance, replayed.log, replayed.decision_s), complaints


def _bar(share: float | None, title: str) -> None:
    """On the terminal only; None wipes it off."""
    if sys.stderr.isatty():
        text = "" if share is None else f"[{'#' * round(30 * share):30}] {share:4.0%} {title}"
        print(f"\r{text:70}\r", end="", file=sys.stderr, flush=True)


def _peer_name(peer: Peer) -> str:
    return f"{PEER_NAMES.get(peer.algorithm, peer.algorithm)}, own rules, {EPOCHS.get(peer.variant, peer.variant)}"


def _line(name: str, who: str, row: Figures) -> str:
    return (
        f"{name:17} {who:32} {row.xdt_min:6.2f} {100 * row.undelivered:6.2f}% {row.click_to_door_min:6.2f}"
        f" {row.click_to_door_p90_min:6.1f} {100 * row.within_30:5.1f}% {100 * row.within_40:5.1f}%"
        f" {_or_dash(row.cost_per_order):>7} {_or_dash(1000 * row.decision_p99_s):>7}"
    )


def _or_dash(value: float) -> str:
    return "-" if value != value else f"{value:.2f}"  # noqa: PLR0124 - only not-a-number differs from itself


def _summary(
    archive: Archive, options: argparse.Namespace, ours: dict[str, Figures], known: dict[str, list[Peer]]
) -> None:
    """Means over each city-day and over all; peers only where they have a figure for every instance meant."""
    days = sorted({name[0] for name in ours})
    for label, names in [
        *((f"city-day {day}", [name for name in ours if name[0] == day]) for day in days),
        ("all", list(ours)),
    ]:
        print(
            f"\n{_line(f'{label} ({len(names)})', f'ours, {options.rules}', mean([ours[name] for name in names]))}"
        )
        for algorithm, variant in product(PEER_NAMES, EPOCHS):
            rows = [
                peer
                for name in names
                for peer in known[name]
                if (peer.algorithm, peer.variant) == (algorithm, variant)
            ]
            if len(rows) == len(names):
                print(_line("", _peer_name(rows[0]), mean([row.figures for row in rows])))
    least = mean([bound(archive.instance(name, options.set)) for name in ours])
    print(_line("", "unavoidable (always one waiting)", least))
    days = [archive.instance(name, options.set) for name in ours]
    xdt_min = fmean(least_excess_min(day, options.rules) for day in days)
    within = fmean(most_within(day, options.rules, WITHIN_MIN) for day in days)
    print(
        f"\nNobody could be below XDT {xdt_min:.2f} or bring more than {within:.1%} within {WITHIN_MIN} minutes ({options.rules})."
    )


if __name__ == "__main__":
    main()
