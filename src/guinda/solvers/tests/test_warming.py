"""After the warming-up a round of planning has nothing left to compile, so that no bag waits for it."""

from __future__ import annotations

import subprocess
import sys

WARM = """
from guinda.solvers import dispatch
from guinda.solvers.dispatch import search
import numpy as np

def compiled():
    found = vars(search).items()
    return {name: len(each.signatures) for name, each in found if hasattr(each, "signatures")}

dispatch.warm_up()
warm = compiled()
assert warm["improve"] and warm["insert"] and warm["seconds"], warm
couriers = [dispatch.Courier(key, mode, 5, 4_000, 3_000) for key, mode in enumerate(["foot", "bicycle", "bicycle"])]
tasks = [dispatch.Task(9, 0, 3, 0, 900, 500, courier=1, carried=True), dispatch.Task(10, 1, 4, 0, 900, 500, courier=2, pinned=2)]
tasks += [dispatch.Task(key, key % 2, 2 + key % 3, 30 * key, 1_200, 700) for key in range(8)]
ride_s = np.arange(25, dtype=np.int64).reshape(5, 5) * 20
made = dispatch.plan(dispatch.Snapshot(tuple(couriers), tuple(tasks), ride_s[:3], {"foot": ride_s, "bicycle": ride_s}))
assert made.routes
assert compiled() == warm, (warm, compiled())
"""


def test_a_round_after_it_compiles_nothing_more():
    done = subprocess.run([sys.executable, "-c", WARM], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
