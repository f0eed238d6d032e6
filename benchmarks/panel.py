"""How fast a panel's first page and its quotes come, beside a static file of the same size from the same server in the same run.

    python benchmarks/panel.py [--times 300] [--rounds 3]

One client, one line kept open, everything on loopback through the production server (`guinda web`) and all its middleware. The city is
the demo's: the whole map and the whole catalogue. Prints medians over the rounds, and what the first visit carries over the wire.
"""

from __future__ import annotations

import argparse
import gzip
import http.client
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urljoin, urlsplit

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

WARM_UP = 20
ADDRESS = re.compile(
    r"""(?:href|src)="(/static/[^"]+)"|(?:from|import) ?["'](\.{1,2}/[^"']+)["']|url\(["']?([^)"']+)"""
)


class Line:
    """A panel's one connection to the shop, with its cookies."""

    def __init__(self, url: str) -> None:
        self.host = urlsplit(url).netloc
        self.url = url
        self.line = http.client.HTTPConnection(self.host, timeout=20)
        self.cookies: dict[str, str] = {}
        self.wire_bytes = 0

    def ask(self, path: str, body: bytes | None = None) -> bytes:
        """The answer's body as it came, compressed or not."""
        headers = {
            "Accept": "text/html,application/json",
            "Accept-Encoding": "gzip",
            "Accept-Language": "en",
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
        }
        if body is not None:
            headers |= {
                "Content-Type": "application/json",
                "X-CSRFToken": self.cookies["csrftoken"],
                "Referer": self.url,
            }
        self.line.request("GET" if body is None else "POST", path, body, headers)
        response = self.line.getresponse()
        content = response.read()
        if response.status not in {200, 302}:
            raise RuntimeError(f"{path}: the server answered {response.status}: {content[:300]!r}")
        for name, value in response.getheaders():
            if name.lower() == "set-cookie":
                key, _, rest = value.partition("=")
                self.cookies[key] = rest.split(";")[0]
        self.wire_bytes = len(content) + sum(
            len(name) + len(value) + 4 for name, value in response.getheaders()
        )
        self.packed = response.getheader("Content-Encoding") == "gzip"
        return content

    def text(self, path: str) -> str:
        """The answer unpacked."""
        content = self.ask(path)
        return (gzip.decompress(content) if self.packed else content).decode()


def main() -> None:
    """Build a shop, then measure in rounds."""
    options = _options()
    home = Path(tempfile.mkdtemp(prefix="guinda-bench-"))
    os.environ.update(
        {"GUINDA_HOME": str(home), "GUINDA_DEMO": "", "DJANGO_SETTINGS_MODULE": "guinda.config.settings"}
    )
    from guinda.base import postgres  # deferred: the data folder is set above

    url = os.environ.get("DATABASE_URL") or postgres.start(home / "postgres")
    from tests.house import house

    os.environ["DATABASE_URL"] = url
    with house(home) as shop_house:
        command = [sys.executable, "-m", "benchmarks.panel_shop"]
        done = subprocess.run(
            command, env=shop_house.environment, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True
        )
        shop_house.start_web("--workers", str(options.workers))
        _measure(options, shop_house.url, json.loads(done.stdout.splitlines()[-1]))


def _measure(options: argparse.Namespace, url: str, shop: dict) -> None:
    line = Line(url)
    line.ask(shop["enrol_path"])
    page = f"/panels/{shop['station']}/"
    size = len(line.ask(page))
    peer_path, peer_size = _peer(size)
    quotes = f"/api{page}quote"
    bowl = json.dumps({"bowl": {"kordia": 300, "rainier": 200}, "lat": 55.755, "lon": 37.64}).encode()
    works: dict[str, Callable[[], object]] = {
        "first page": lambda: line.ask(page),
        "a quote": lambda: line.ask(quotes, bowl),
        f"static file, {peer_size:,} bytes": lambda: line.ask(peer_path),
    }
    rows: dict[str, list[tuple[float, float]]] = {name: [] for name in works}
    for _ in range(options.rounds):
        for name, work in works.items():
            rows[name].append(_times(work, options.times))
    load = os.getloadavg()[0]
    print(
        f"one client, {options.times} times each, median of {options.rounds} rounds; the machine's load was {load:.1f}"
    )
    peer_p50, peer_p99 = _middle(rows[name])
    for name, found in rows.items():
        p50, p99 = _middle(found)
        ratio = f"{p50 / peer_p50:5.1f} / {p99 / peer_p99:.1f} times the static file"
        print(f"  {name:28} p50 {p50:6.1f} ms   p99 {p99:6.1f} ms   {ratio}")
    files, carried = _first_load(url, shop, page)
    print(
        f"  the page alone is {size:,} bytes packed; the first visit carries {carried:,} bytes in {files} answers"
    )


def _peer(size: int) -> tuple[str, int]:
    """The static file whose packed size is nearest to `size`, and its size."""
    from django.conf import settings

    root = Path(settings.STATIC_ROOT)
    file = min(root.rglob("*.gz"), key=lambda each: abs(each.stat().st_size - size))
    return "/static/" + file.relative_to(root).as_posix().removesuffix(".gz"), file.stat().st_size


def _times(work: Callable[[], object], times: int) -> tuple[float, float]:
    """Median and 99th percentile, in milliseconds."""
    for _ in range(WARM_UP):
        work()
    took = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        took.append((time.perf_counter() - start) * 1e3)
    took.sort()
    return statistics.median(took), took[int(len(took) * 0.99)]


def _middle(found: list[tuple[float, float]]) -> tuple[float, float]:
    return statistics.median(row[0] for row in found), statistics.median(row[1] for row in found)


def _first_load(url: str, shop: dict, page: str) -> tuple[int, int]:
    """How many answers a new browser gets, and their bytes with headers: the page and all that it and its sheets and modules name."""
    line = Line(url)
    line.ask(shop["enrol_path"])
    carried, seen, waiting = 0, set(), [page]
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        text = line.text(path)
        carried += line.wire_bytes
        named = (next(filter(None, found)) for found in ADDRESS.findall(text))
        waiting += [urljoin(path, each) for each in named if not each.startswith(("data:", "#"))]
    return len(seen), carried


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=300, help="requests of each kind in a round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workers", type=int, default=2, help="of the web server")
    return parser.parse_args()


if __name__ == "__main__":
    main()
