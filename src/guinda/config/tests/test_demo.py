"""The whole demo: opened, lived in, killed, opened again; nothing is lost and the books agree."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import psutil
import pytest

from guinda.base.processes import TOKEN
from guinda.config import cityclock, demo
from tests.house import free_port

LIMIT_S = 100.0


class Demo:
    """A running `guinda demo` in a folder of its own."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("GUINDA_") and name != "DATABASE_URL"
        }
        self.log = home.parent / "demo.log"
        self.process: subprocess.Popen[bytes] | None = None

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "guinda", "--home", str(self.home), *arguments]

    def start(self, *options: str) -> None:
        with self.log.open("wb") as log:
            command = self.command("demo", "--speed", "60", "--port", str(free_port()), *options)
            self.process = subprocess.Popen(command, env=self.environment, stdout=log, stderr=log)

    def waits_for(self, pattern: str) -> re.Match[str]:
        until_s = time.monotonic() + LIMIT_S
        while time.monotonic() < until_s:
            found = re.search(pattern, self.said())
            if found:
                return found
            assert self.process is None or self.process.poll() is None, f"the demo ended:\n{self.said()}"
            time.sleep(0.1)
        raise AssertionError(f"{pattern!r} was not said within {LIMIT_S} s:\n{self.said()}")

    def said(self) -> str:
        return self.log.read_text(errors="replace")

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        try:
            return self.process.wait(30)
        finally:
            self.process = None

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*arguments),
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def orders(self) -> int:
        asked = "from guinda.orders.models import Order; print('orders:', Order.objects.filter(state='delivered').count())"
        found = re.search(r"orders: (\d+)", self.run("manage", "shell", "-v", "0", "-c", asked).stdout)
        assert found
        return int(found[1])

    def children(self) -> list[psutil.Process]:
        assert self.process is not None
        return [
            each
            for each in psutil.Process(self.process.pid).children(recursive=True)
            if TOKEN in each.environ()
        ]


@contextmanager
def in_the_end(city: Demo):
    try:
        yield city
    finally:
        if city.process is not None:
            city.end()


def books(city: Demo) -> str:
    done = city.run("audit")
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.storm
@pytest.mark.timeout(300)
def test_a_city_that_is_killed_and_comes_back(tmp_path):
    with in_the_end(Demo(tmp_path / "home")) as city:
        city.start()
        city.waits_for(r"delivered [1-9]")
        assert "The books agree." in books(city)
        other = city.run("demo", "--port", str(free_port()))
        assert (other.returncode, "already runs" in other.stderr) == (2, True)
        delivered, children = city.orders(), city.children()
        assert len(children) >= 3
        city.end(signal.SIGKILL)
        killed_at = datetime.fromisoformat(json.loads((city.home / cityclock.FILE).read_text())["at"])
        _gone, alive = psutil.wait_procs(children, timeout=15)
        assert not alive
        city.start("--quiet-city")
        city.waits_for("city is open")
        clock = json.loads((city.home / cityclock.FILE).read_text())["clock"]
        assert datetime.fromisoformat(clock.split("|")[0]) >= killed_at
        assert city.orders() >= delivered > 0
        assert "The books agree." in books(city)
        assert city.end() == 0
        assert not (city.home / "run.json").exists()
    assert not (city.home / "postgres" / "postmaster.pid").exists(), (
        "the database ends with its last user, killed ones or not"
    )


def test_the_demo_keeps_to_its_own(monkeypatch, tmp_path):
    from guinda.config import cli

    for name in (
        "DATABASE_URL",
        "GUINDA_CLOCK",
        "GUINDA_HOME",
        "GUINDA_DEMO",
        "GUINDA_LOG",
        "GUINDA_SITE_URL",
    ):
        monkeypatch.setenv(name, "somebody else's")
        monkeypatch.delenv(name)
    monkeypatch.setenv("DATABASE_URL", "postgresql://shop/real")
    monkeypatch.chdir(tmp_path)
    home = demo.prepare_environment(cli.parser().parse_args(["demo", "--port", "81"]))
    assert home == tmp_path / "var" / "demo"
    assert "DATABASE_URL" not in os.environ
    assert os.environ["GUINDA_SITE_URL"] == "http://127.0.0.1:81"


def test_the_welcome_says_where_to_look():
    said = demo.welcome("http://localhost:81", {"courier": "abc", "office": "xyz"}, 10.0)
    assert all(each in said for each in ("http://localhost:81/panels/", "abc", "xyz", "10 times", "--empty"))
