"""The peer of `plays.py`: the same five steps as a durable workflow of DBOS. Runs in the peers' own environment.

    plays_peer.py DATABASE_URL RUNS

Starts so many workflows at once in its pool of threads, waits for all of them and prints steps per second. Each step is durable: its
result is written before the next begins, and a workflow whose process dies goes on from there, which is what a step of a play is too.
"""

from __future__ import annotations

import sys
import time
from urllib.parse import urlsplit, urlunsplit

import psycopg
from dbos import DBOS, DBOSConfig

STEPS = 5


@DBOS.step()
def step(client: int, number: int) -> str:
    """What a step without contact does: it comes out somehow."""
    return "yes" if (client + number) % 2 else "no"


@DBOS.workflow()
def play(client: int) -> int:
    """Five steps."""
    return sum(step(client, number) == "yes" for number in range(STEPS))


def main() -> None:
    """Start, wait, print."""
    url, runs = sys.argv[1], int(sys.argv[2])
    DBOS(config=DBOSConfig(name="plays", system_database_url=_database(url), log_level="ERROR"))
    DBOS.launch()
    began = time.perf_counter()
    handles = [DBOS.start_workflow(play, client) for client in range(runs)]
    for handle in handles:
        handle.get_result()
    print(runs * STEPS / (time.perf_counter() - began), flush=True)
    DBOS.destroy()


def _database(url: str) -> str:
    """A database of its own on the same server."""
    name = "plays_peer"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {name}")
    parts = urlsplit(url)
    return urlunsplit(parts._replace(scheme="postgresql+psycopg", path=f"/{name}"))


if __name__ == "__main__":
    main()
