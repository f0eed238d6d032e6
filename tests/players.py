"""Workers that move plays and are killed at random: run as a program of its own, `python -m tests.players KILLS SEED`.

It forks a worker from a process that has everything imported, kills it a moment later with SIGKILL, and forks the next; prints how many
died at work. The database is the one that DATABASE_URL names.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time

LONGEST_S = 0.06
"""After a transaction; most take about as long."""
MOST_BEFORE = 3
"""Transactions that a worker finishes before it is killed within the next."""
EVENTS, RUNS = 5, 10
"""Of one transaction: so few that a hundred workers find enough to do."""


def main() -> None:
    """Fork and kill."""
    kills, rng = int(sys.argv[1]), random.Random(int(sys.argv[2]))
    import django

    django.setup()
    print(sum(_die(rng) for _ in range(kills)), flush=True)


def _die(rng: random.Random) -> bool:
    """Whether a worker was still at work when it was killed."""
    hears, tells = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(hears)
        work(tells)
        os._exit(0)
    os.close(tells)
    for _each in range(rng.randint(1, 1 + MOST_BEFORE)):
        os.read(hears, 1)
    time.sleep(rng.uniform(0, LONGEST_S))
    os.kill(pid, signal.SIGKILL)
    os.close(hears)
    return os.WIFSIGNALED(os.waitpid(pid, 0)[1])


def work(tells: int | None = None) -> None:
    """Until nothing is noted and nothing is due; says a byte before each transaction."""
    from guinda.plays import engine, hearing
    from guinda.plays.tests.cast import HOUR, NOW, register

    register()
    engine.MOST_BATCHES, busy = 1, 1
    while busy:
        if tells is not None:
            os.write(tells, b".")
        busy = hearing.look(now=NOW, batch=EVENTS) or engine.tick(now=NOW + HOUR, batch=RUNS)


if __name__ == "__main__":
    main()
