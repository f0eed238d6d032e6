"""The load of `orders.py`: clients that confirm bowls over keep-alive connections, each waiting for its answer. Prints JSON.

    python -m benchmarks.order_load URL ENROL_PATH STATION CLIENTS SECONDS

Deliberately thin (a socket and a few bytes of HTTP), so that the load takes as little as possible of the cores it shares.
"""

from __future__ import annotations

import itertools
import json
import random
import socket
import sys
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import httpx

BOWLS = (
    {"kordia": 500},
    {"kordia": 300, "rainier": 200},
    {"rainier": 400, "lapins": 300},
    {"kordia": 200, "rainier": 200, "lapins": 200},
)


def main(url: str, enrol_path: str, station: str, clients: int, seconds: float) -> None:
    """Run the clients for the seconds and print orders per second and latencies."""
    if urlsplit(url).hostname != "127.0.0.1":
        raise SystemExit("The load goes to this machine only: give a URL on 127.0.0.1.")
    head, bodies = prepare(url, enrol_path, station)
    parts = urlsplit(url)
    address = (parts.hostname, parts.port)
    latencies: list[list[float]] = [[] for _ in range(clients)]
    started, until = time.perf_counter(), time.perf_counter() + seconds
    with ThreadPoolExecutor(clients) as threads:
        running = [
            threads.submit(_client, address, head, bodies, latencies[index], until=until, seed=index)
            for index in range(clients)
        ]
        for each in running:
            each.result()
    took = time.perf_counter() - started
    every = sorted(itertools.chain.from_iterable(latencies))
    answer = {
        "orders_per_s": len(every) / took,
        "p50_ms": every[len(every) // 2] * 1e3,
        "p99_ms": every[int(len(every) * 0.99)] * 1e3,
    }
    print(json.dumps(answer))


def prepare(url: str, enrol_path: str, station: str) -> tuple[bytes, list[bytes]]:
    """Enrol as a panel and get quotes of bowls at doors around the city: the request's head and the bodies without their key."""
    chance = random.Random(7)
    with httpx.Client(base_url=url, timeout=20) as panel:
        panel.get(enrol_path)
        panel.get("/accounts/login/").raise_for_status()  # the forgery token's cookie
        token = panel.cookies["csrftoken"]
        headers = {"X-CSRFToken": token, "Referer": url}
        bodies = []
        for index in range(40):
            door = {"lat": 55.745 + chance.uniform(-0.02, 0.03), "lon": 37.63 + chance.uniform(-0.02, 0.03)}
            quoted = panel.post(
                f"/api/panels/{station}/quote",
                json={"bowl": BOWLS[index % len(BOWLS)], **door},
                headers=headers,
            )
            quoted.raise_for_status()
            body = {
                "quote": quoted.json()["quote"],
                "street": "Pokrovka 12",
                "flat": "4",
                "note": "ring twice",
                "pay": "cash",
            }
            bodies.append(json.dumps(body).encode()[1:])
        cookies = "; ".join(f"{name}={value}" for name, value in panel.cookies.items())
    head = (
        f"POST /api/panels/{station}/orders HTTP/1.1\r\nHost: {urlsplit(url).netloc}\r\nContent-Type: application/json\r\n"
        f"Accept: application/json\r\nAccept-Language: es\r\nCookie: {cookies}\r\n"
        f"X-CSRFToken: {token}\r\nReferer: {url}/\r\nContent-Length: "
    )
    return head.encode(), bodies


def _client(
    address: tuple[str, int],
    head: bytes,
    bodies: list[bytes],
    latencies: list[float],
    *,
    until: float,
    seed: int,
) -> None:
    chance = random.Random(seed)
    with socket.create_connection(address, timeout=20) as line:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while (start := time.perf_counter()) < until:
            body = b'{"key": "' + str(uuid.uuid4()).encode() + b'", ' + chance.choice(bodies)
            line.sendall(head + str(len(body)).encode() + b"\r\n\r\n" + body)
            status = _status(line)
            if status not in {b"200", b"201"}:
                raise RuntimeError(f"The server answered {status!r}.")
            latencies.append(time.perf_counter() - start)


def _status(line: socket.socket) -> bytes:
    """Read one answer with a Content-Length whole; its status."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += _more(line)
    head, _, rest = data.partition(b"\r\n\r\n")
    length = next(
        int(row.split(b":")[1]) for row in head.lower().split(b"\r\n") if row.startswith(b"content-length")
    )
    while len(rest) < length:
        rest += _more(line)
    return head.split(b" ", 2)[1]


def _more(line: socket.socket) -> bytes:
    data = line.recv(65536)
    if not data:
        raise RuntimeError("The server closed the line.")
    return data


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), float(sys.argv[5]))
