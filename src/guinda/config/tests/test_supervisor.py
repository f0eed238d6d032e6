"""Programs are kept running, stopped together, and found again after a kill."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time

import psutil
import pytest

from guinda.base.processes import TOKEN
from guinda.config import supervisor as supervising
from guinda.config.supervisor import AlreadyRunning, Supervisor, end_leftovers, pause_after


def wait_for(what, limit_s: float = 10.0):
    until_s = time.monotonic() + limit_s
    while time.monotonic() < until_s:
        if what():
            return True
        time.sleep(0.02)
    return False


@pytest.fixture
def kept(tmp_path):
    said: list[str] = []
    made = Supervisor(tmp_path, said.append)
    made.said = said
    made.take_over()
    yield made
    made.stop()


def test_pauses_grow_and_end():
    assert [pause_after(deaths) for deaths in (1, 2, 3, 6, 60)] == [1, 2, 4, 30, 30]


def test_what_dies_is_started_again(kept, monkeypatch):
    monkeypatch.setattr(supervising, "pause_after", lambda deaths: 0.01)
    program = kept.start("sleeper", "timeit", "-n1", "-r1", "import time; time.sleep(60)")
    first = program.process.pid
    os.kill(first, 9)
    assert wait_for(lambda: (kept.look(), program.process and program.process.pid != first)[1])
    assert program.deaths == 1
    assert kept.said == ["The sleeper ended with -9 and starts again in 0.01 s."]


def test_stop_ends_all_and_forgets_them(kept):
    programs = [kept.start(f"p{n}", "timeit", "-n1", "-r1", "import time; time.sleep(60)") for n in range(2)]
    pids = [program.process.pid for program in programs]
    kept.stop()
    assert not any(psutil.pid_exists(pid) for pid in pids)
    assert not (kept.home / supervising.FILE).exists()


def test_a_folder_has_one_supervisor(kept):
    live = {"pid": os.getppid(), "started": psutil.Process(os.getppid()).create_time(), "token": "x"}
    (kept.home / supervising.FILE).write_text(json.dumps(live))
    with pytest.raises(AlreadyRunning, match=str(os.getppid())):
        Supervisor(kept.home).take_over()


def test_leftovers_are_known_by_their_token_alone(tmp_path):
    sleep = [sys.executable, "-c", "import time; time.sleep(60)"]
    ours = subprocess.Popen(sleep, env={**os.environ, TOKEN: "token-of-the-killed"})
    other = subprocess.Popen(sleep, env={**os.environ, TOKEN: "token-of-somebody"})
    try:
        gone = {"pid": 2**22 + 1, "started": 1.0, "token": "token-of-the-killed"}
        (tmp_path / supervising.FILE).write_text(json.dumps(gone))
        assert wait_for(lambda: all(psutil.Process(each.pid).environ().get(TOKEN) for each in (ours, other)))
        assert Supervisor(tmp_path).take_over() == 1
        assert ours.wait(5) is not None  # psutil took its status: it is a child of this very test
        assert other.poll() is None
    finally:
        for each in (ours, other):
            each.kill()
            each.wait()


def test_nothing_left_nothing_ended():
    assert end_leftovers(None) == 0
