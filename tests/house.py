"""The whole house as its users meet it: the production server in processes of its own, on a database of its own."""

from __future__ import annotations

import atexit
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

START_LIMIT_S = 60.0
STOP_LIMIT_S = 20.0
HOST = "127.0.0.1"


class House:
    """`guinda` and what it runs: start, stop and kill, each by the id of a process started here."""

    def __init__(self, home: Path, database_url: str, environment: Mapping[str, str] | None = None) -> None:
        self.home = home
        self.database_url = database_url
        self.port = free_port()
        self.url = f"http://{HOST}:{self.port}"
        self.environment = {
            **{
                name: value
                for name, value in os.environ.items()
                if not name.startswith(("GUINDA_", "PYTEST_"))
            },
            "DATABASE_URL": database_url,
            "GUINDA_HOME": str(home),
            "GUINDA_SITE_URL": self.url,
            "GUINDA_MESSAGE_URL": "console",  # journeys read codes from the worker's log
            "GUINDA_PAYMENT_PROVIDER": "payments.dummy.DummyProvider",
            **(environment or {}),
        }
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def guinda(self, *arguments: str, limit_s: float = 120) -> str:
        """Run one `guinda` command to its end and return what it said; an error shows it."""
        done = subprocess.run(
            [sys.executable, "-m", "guinda", *arguments],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=limit_s,
            check=False,
        )
        assert done.returncode == 0, (
            f"guinda {' '.join(arguments)} ended with {done.returncode}:\n{done.stdout}"
        )
        return done.stdout

    def start_web(self, *options: str) -> None:
        """Start the web server, with more options of `guinda web` if given, and wait until it answers."""
        static, kept = self.home / "static", _kept_static()
        if kept.exists() and not static.exists():
            shutil.copytree(kept, static)
        self._start("web", "web", "--host", HOST, "--port", str(self.port), *options)
        self._wait_for_answer()
        if not kept.exists():
            shutil.copytree(static, kept)

    def start_worker(self, name: str = "worker") -> None:
        """Start a worker beside it; any number may run, each under a name of its own."""
        self._start(name, "worker")

    def stop(self) -> None:
        """Ask everything to end, the newest first; what does not listen is killed."""
        for name in reversed(list(self.processes)):
            self._end(name, signal.SIGTERM)

    def kill(self, name: str = "web") -> None:
        """What `kill -9` does, to the process and its children."""
        self._end(name, signal.SIGKILL)

    def log(self, name: str) -> str:
        """What the process `name` has said."""
        file = self.home / f"{name}.log"
        return file.read_text(errors="replace") if file.exists() else ""

    def _start(self, name: str, *arguments: str) -> None:
        assert name not in self.processes, f"{name} is running already."
        with (self.home / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, "-m", "guinda", *arguments],
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # so that its children can be ended with it
            )

    def _wait_for_answer(self) -> None:
        until_s = time.monotonic() + START_LIMIT_S
        while time.monotonic() < until_s:
            code = self.processes["web"].poll()
            assert code is None, f"guinda web ended with {code}:\n{self.log('web')}"
            if answers(self.url):
                return
            time.sleep(0.1)
        self.stop()
        pytest.fail(f"guinda web did not answer within {START_LIMIT_S:.0f} s:\n{self.log('web')}")

    def _end(self, name: str, number: signal.Signals) -> None:
        process = self.processes.pop(name)
        _signal(process.pid, number)
        try:
            process.wait(STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            _signal(process.pid, signal.SIGKILL)
            process.wait()


@contextmanager
def house(home: Path, environment: Mapping[str, str] | None = None) -> Iterator[House]:
    """A house with a fresh database, prepared but not started; everything is stopped and dropped at the end."""
    with fresh_database(_prepared(os.environ["DATABASE_URL"])) as database_url:
        built = House(home, database_url, environment)
        try:
            yield built
        finally:
            built.stop()


@contextmanager
def fresh_database(like: str = "template1") -> Iterator[str]:
    """The URL of a new database on the tests' server: a copy of the database `like`, by default empty."""
    server = os.environ["DATABASE_URL"]  # set by guinda.base.testing when nobody gave one
    name = f"house_{secrets.token_hex(6)}"
    _execute(server, f'CREATE DATABASE "{name}" TEMPLATE "{like}"')
    try:
        yield _named(server, name)
    finally:
        _execute(server, f'DROP DATABASE "{name}" WITH (FORCE)')


@cache
def _prepared(server: str) -> str:
    """A database with the tables, as an installation has them before its first start: made once, then copied for each house."""
    name = f"house_{secrets.token_hex(6)}_model"
    _execute(server, f'CREATE DATABASE "{name}"')
    with tempfile.TemporaryDirectory() as home:
        House(Path(home), _named(server, name)).guinda("manage", "migrate", "--no-input", "--verbosity", "0")
    atexit.register(_execute, server, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    return name


@cache
def _kept_static() -> Path:
    """The static files as the first house collected them: the next ones need not do it again."""
    folder = Path(tempfile.mkdtemp(prefix="guinda-static-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder / "static"


def _named(server: str, name: str) -> str:
    return urlunsplit(urlsplit(server)._replace(path=f"/{name}"))


def _execute(server: str, statement: str) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(statement.encode())


def free_port() -> int:
    """A port that nobody uses just now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def answers(url: str) -> bool:
    """Whether a web server answers there, with whatever status."""
    try:
        with urllib.request.urlopen(url, timeout=2):  # noqa: S310 - our own server
            return True
    except urllib.error.HTTPError as error:
        error.close()
        return True
    except OSError:
        return False


def _signal(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(pid, number)
