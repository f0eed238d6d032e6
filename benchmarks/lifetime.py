"""Models of buying without a contract: the published parameters, the holdout of each, and the fit of a million clients.

    python benchmarks/lifetime.py [--clients 1000000]

CDNOW's sample in GUINDA_DATA: 39 weeks to fit, 39 to foretell. The million are made up by a seed with the model's own chances, watched
by days.
"""

from __future__ import annotations

import argparse
import sys
import time
from datetime import date
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "benchmarks")]

from guinda.solvers.lifetime import Purchases, buying, pareto, spending  # noqa: E402
from plans.clients import cohort  # noqa: E402 - the path is set above

AHEAD_WEEKS = 39


def main() -> None:
    """The command."""
    made = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    made.add_argument("--clients", type=int, default=1_000_000)
    options = made.parse_args()
    seen = cohort(date(1997, 9, 30))
    of = Purchases(seen["repeats"], seen["last"], seen["watched"])
    pareto(of)  # what is imported at the first fit is not the fit's
    for name, fit in (
        ("BG/NBD", lambda: buying(of, modified=False)),
        ("MBG/NBD", lambda: buying(of)),
        ("Pareto/NBD", lambda: pareto(of)),
    ):
        started_s = time.perf_counter()
        model = fit()
        took_s = time.perf_counter() - started_s
        told, later = model.expected(of, AHEAD_WEEKS), seen["later"]
        print(f"{name:<11} {model}  in {took_s:.2f} s")
        error = told - later
        print(
            f"{'':<11} foretold {told.sum():,.0f} of {later.sum():,.0f} ({told.sum() / later.sum() - 1:+.1%}); "
            f"a client: mean error {np.abs(error).mean():.4f}, root mean square {np.sqrt((error**2).mean()):.4f}, "
            f"correlation {np.corrcoef(told, later)[0, 1]:.4f}"
        )
    again = of.repeats > 0
    print("spending   ", spending(of.repeats[again], seen["spend"][again]))
    many = million(options.clients)
    started_s, processor_s = time.perf_counter(), time.process_time()
    model = buying(many, modified=False)
    print(f"{options.clients:,} clients: {model}")
    print(
        f"fitted in {time.perf_counter() - started_s:.1f} s ({time.process_time() - processor_s:.1f} s of one processor)"
    )


def million(clients: int) -> Purchases:
    """Clients by a seed: all at once, one purchase after the other, until nobody is left."""
    rng = np.random.default_rng(7)
    rate, leave = rng.gamma(0.243, 1 / 4.414, clients), rng.beta(0.793, 2.426, clients)
    watched = np.ceil(rng.uniform(27, 39, clients) * 7) / 7
    repeats, last = np.zeros(clients, dtype=np.int64), np.zeros(clients)
    here, at = np.arange(clients), np.zeros(clients)
    while len(here):
        at[here] += rng.exponential(1.0, len(here)) / np.maximum(rate[here], 1e-12)
        here = here[at[here] < watched[here]]
        repeats[here] += 1
        last[here] = np.ceil(at[here] * 7) / 7
        here = here[rng.random(len(here)) >= leave[here]]
    return Purchases(repeats, np.minimum(last, watched), watched)


if __name__ == "__main__":
    main()
