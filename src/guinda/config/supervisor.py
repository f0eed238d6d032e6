"""Keeps a few programs of ours running: one that dies is started again after a growing pause; all are stopped together.

Each program leads a process group of its own, so that what it started ends with it. Who runs is written in `run.json` in the data
folder: after a `kill -9` of the supervisor itself, the next start finds what was left over (by process id, start time and a token that
only our processes carry) and ends it first.
"""

from __future__ import annotations

import json
import logging
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from guinda.base import files
from guinda.base.processes import TOKEN

logger = logging.getLogger(__name__)
FILE = "run.json"
LONGEST_PAUSE_S = 30.0
LIVED_WELL_S = 60.0
"""A program that lived this long before it died is started again at once, as if for the first time."""
STOP_LIMIT_S = 10.0
LOOK_EVERY_S = 0.2


class AlreadyRunning(Exception):  # noqa: N818 - a refusal
    """Another supervisor is alive in this data folder."""


@dataclass
class Program:
    """A command that is to be running."""

    name: str
    command: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    started_s: float = 0.0
    deaths: int = 0
    due_s: float = 0.0


class Supervisor:
    """The programs of one data folder."""

    def __init__(self, home: Path, say: Callable[[str], None] = print) -> None:
        self.home = home
        self.say = say
        self.token = secrets.token_hex(8)
        self.programs: list[Program] = []

    def take_over(self) -> int:
        """Claim the data folder: end what a killed run left behind; returns how many. Raises AlreadyRunning."""
        kept = _read(self.home)
        if kept and _same(kept["pid"], kept["started"]) and kept["pid"] != os.getpid():
            raise AlreadyRunning(str(kept["pid"]))
        ended = end_leftovers(kept)
        self._write()
        return ended

    def start(self, name: str, *command: str) -> Program:
        """Start a program of ours (`python -m ...`) and keep it running."""
        program = Program(name, [sys.executable, "-m", *command])
        self.programs.append(program)
        self._spawn(program)
        return program

    def look(self) -> None:
        """Start again whatever died, when its pause is over."""
        for program in self.programs:
            if program.process is None:
                if time.monotonic() >= program.due_s:
                    self._spawn(program)
            elif program.process.poll() is not None:
                self._died(program)

    def stop(self) -> None:
        """Ask every program to end, the newest first; what does not listen is killed."""
        for program in reversed(self.programs):
            _signal(program, signal.SIGTERM)
        until_s = time.monotonic() + STOP_LIMIT_S
        for program in reversed(self.programs):
            if program.process is not None:
                with suppress(subprocess.TimeoutExpired):
                    program.process.wait(max(0.0, until_s - time.monotonic()))
            _signal(program, signal.SIGKILL)  # the rest of its group, if any
            if program.process is not None:
                program.process.wait()
        self.programs.clear()
        (self.home / FILE).unlink(missing_ok=True)

    def _spawn(self, program: Program) -> None:
        environment = {**os.environ, TOKEN: self.token}
        program.process = subprocess.Popen(
            program.command, env=environment, stdin=subprocess.DEVNULL, start_new_session=True
        )
        program.started_s = time.monotonic()

    def _died(self, program: Program) -> None:
        assert program.process is not None  # noqa: S101 - look() saw it
        _signal(program, signal.SIGKILL)  # its children must not keep the port
        lived_s = time.monotonic() - program.started_s
        program.deaths = 1 if lived_s > LIVED_WELL_S else program.deaths + 1
        pause_s = pause_after(program.deaths)
        self.say(
            f"The {program.name} ended with {program.process.returncode} and starts again in {pause_s:g} s."
        )
        program.process, program.due_s = None, time.monotonic() + pause_s

    def _write(self) -> None:
        kept = {"pid": os.getpid(), "started": _started(os.getpid()), "token": self.token}
        files.write(self.home / FILE, json.dumps(kept))


def pause_after(deaths: int) -> float:
    """Seconds to wait before another start: 1, 2, 4 ... and never longer than half a minute."""
    return min(2.0 ** (min(deaths, 30) - 1), LONGEST_PAUSE_S)


def end_leftovers(kept: Mapping[str, object] | None) -> int:
    """End the processes that carry the token of a run that is over; returns how many there were."""
    if not kept:
        return 0
    left = [each for each in psutil.process_iter() if _carries(each, str(kept["token"]))]
    for process in left:
        with suppress(psutil.Error):
            process.terminate()
    _gone, alive = psutil.wait_procs(left, timeout=STOP_LIMIT_S)
    for process in alive:
        with suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(alive, timeout=STOP_LIMIT_S)
    return len(left)


def _carries(process: psutil.Process, token: str) -> bool:
    try:
        return bool(process.pid != os.getpid() and process.environ().get(TOKEN) == token)
    except (psutil.Error, OSError):
        return False


def _started(pid: int) -> float:
    return float(psutil.Process(pid).create_time())


def _same(pid: int, started: float) -> bool:
    with suppress(psutil.Error):
        process = psutil.Process(pid)
        return bool(abs(process.create_time() - started) < 0.5 and process.status() != psutil.STATUS_ZOMBIE)
    return False


def _signal(program: Program, number: signal.Signals) -> None:
    if program.process is not None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(program.process.pid, number)


def _read(home: Path) -> dict[str, Any] | None:
    try:
        kept: dict[str, Any] = json.loads((home / FILE).read_text())
    except (FileNotFoundError, ValueError):
        return None
    return kept
