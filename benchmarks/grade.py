"""Numbers graded a second on one core, beside the plain way: each mask as a regular expression. Both must give the same answers.

    python benchmarks/grade.py [--numbers 5000000] [--rounds 3] [--seed 7]

The regular expressions grade a part of the numbers (they would take minutes for all); both are quoted per second, as medians of the
rounds, and the ratio is ours to theirs in the same round.
"""

from __future__ import annotations

import argparse
import re
import statistics
import sys
import time
import tomllib
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "src"))

from guinda.solvers.grade import Class, Grader, scores  # noqa: E402 - the path is set above

OPERATORS = ROOT / "src/guinda/offers/operators"
PLAIN_SHARE = 25


def main() -> None:
    """Grade the same numbers both ways, operator by operator."""
    options = _options()
    print(
        f"{'operator':<12}{'ours, M/s':>11}{'score, M/s':>12}{'regex, M/s':>12}{'ratio':>8}  (medians of {options.rounds})"
    )
    for path in sorted(OPERATORS.glob("*.toml")):
        told = tomllib.loads(path.read_text())
        grader = Grader(
            told["length"], tuple(Class(each["name"], tuple(each["masks"])) for each in told["classes"])
        )
        numbers = np.random.default_rng(options.seed).integers(0, 10**grader.length, options.numbers)
        rows = [_round(grader, told["groups"], numbers) for _ in range(options.rounds + 1)][
            1:
        ]  # the first one compiles
        ours, beauty, plain, ratio = (statistics.median(column) for column in zip(*rows, strict=True))
        print(f"{told['name']:<12}{ours:>11.1f}{beauty:>12.1f}{plain:>12.3f}{ratio:>8.0f}")


def _round(
    grader: Grader, groups: list[int], numbers: NDArray[np.int64]
) -> tuple[float, float, float, float]:
    part = numbers[: len(numbers) // PLAIN_SHARE]
    expressions = [
        (row, re.compile(_regex(mask))) for row, each in enumerate(grader.classes) for mask in each.masks
    ]
    found, ours_s = _timed(lambda: grader.fit(numbers).classes)
    _, beauty_s = _timed(lambda: scores(numbers, length=grader.length, groups=groups))
    plain, plain_s = _timed(lambda: _plainly(part, grader, expressions))
    assert found[: len(part)].tolist() == plain, "the two graders disagree"
    ours, theirs = len(numbers) / ours_s / 1e6, len(part) / plain_s / 1e6
    return ours, len(numbers) / beauty_s / 1e6, theirs, ours / theirs


def _plainly(
    numbers: NDArray[np.int64], grader: Grader, expressions: list[tuple[int, re.Pattern[str]]]
) -> list[int]:
    texts = [f"{number:0{grader.length}d}" for number in numbers]
    rest = len(grader.classes) - 1
    return [
        next((row for row, expression in expressions if expression.fullmatch(text)), rest) for text in texts
    ]


def _regex(mask: str) -> str:
    """Back-references for letters seen before, look-aheads for those that must differ; ladders step by step."""
    pattern, seen = "", ""
    for sign in mask.replace(" ", "").replace("-", ""):
        if sign in "<>":
            run = "0123456789"[:: 1 if sign == ">" else -1]
            pattern += "(?:" + "|".join(f"(?<={a}){b}" for a, b in pairwise(run)) + ")"
        elif not sign.isalpha():
            pattern += r"\d" if sign == "_" else sign
        elif sign in seen:
            pattern += f"(?P={sign})"
        else:
            pattern += "".join(f"(?!(?P={other}))" for other in seen) + rf"(?P<{sign}>\d)"
            seen += sign
    return pattern


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    started = time.perf_counter()
    return work(), time.perf_counter() - started


def _options() -> argparse.Namespace:
    made = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    made.add_argument("--numbers", type=int, default=5_000_000)
    made.add_argument("--rounds", type=int, default=3)
    made.add_argument("--seed", type=int, default=7)
    return made.parse_args()


if __name__ == "__main__":
    main()
