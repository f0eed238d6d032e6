"""`guinda web`, `guinda worker` and `guinda serve`."""

from __future__ import annotations

import argparse
import hashlib
import logging
import os
import signal
import socket
import threading
import time
from contextlib import suppress
from pathlib import Path

from guinda.base import files, postgres
from guinda.base.processes import end_with_parent
from guinda.config.cli import Mistake, set_up
from guinda.config.supervisor import LOOK_EVERY_S, AlreadyRunning, Supervisor

DIGEST_FILE = ".source-digest"
LOCK_LIMIT_S = 120.0


def web(chosen: argparse.Namespace) -> None:
    """Granian in the foreground."""
    end_with_parent()
    refuse_taken(chosen.host, chosen.port)
    name_site(chosen.host, chosen.port)
    set_up()
    collect_static()
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    Granian(
        target="guinda.config.asgi:application",
        address=chosen.host,
        port=chosen.port,
        interface=Interfaces.ASGINL,  # Django knows no lifespan
        workers=chosen.workers,
        websockets=False,
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
        workers_kill_timeout=5,  # live pages keep a connection open; they reconnect by themselves
    ).serve()


def worker(_chosen: argparse.Namespace) -> None:
    """The worker in the foreground."""
    end_with_parent()
    set_up()
    from guinda.config.worker import run  # deferred: needs Django ready

    run()


def serve(chosen: argparse.Namespace) -> None:
    """Everything a shop on one machine needs, until told to stop."""
    refuse_taken(chosen.host, chosen.port)
    stop = stop_event()
    supervisor = claim(postgres.home())
    try:
        name_site(chosen.host, chosen.port)
        set_up()
        migrate()
        collect_static()
        start_house(supervisor, chosen.host, chosen.port, chosen.workers)
        if wait_for_answer(chosen.host, chosen.port, supervisor, stop):
            print(f"Guinda is open at {os.environ['GUINDA_SITE_URL']} (Ctrl-C stops it).", flush=True)
        while not stop.wait(LOOK_EVERY_S):
            supervisor.look()
    finally:
        supervisor.stop()


def claim(home: Path) -> Supervisor:
    """The data folder is ours from now on."""
    supervisor = Supervisor(home)
    try:
        ended = supervisor.take_over()
    except AlreadyRunning as other:
        raise Mistake(
            f"Guinda already runs in {home} (process {other}). Stop it first, or name another folder with --home."
        ) from other
    if ended:
        print(f"Ended {ended} processes that an earlier run had left behind.", flush=True)
    return supervisor


def start_house(supervisor: Supervisor, host: str, port: int, workers: int) -> None:
    """The web server and the worker."""
    supervisor.start(
        "web server", "guinda", "web", "--host", host, "--port", str(port), "--workers", str(workers)
    )
    supervisor.start("worker", "guinda", "worker")


def stop_event() -> threading.Event:
    """Set by SIGTERM or Ctrl-C."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: stop.set())
    return stop


def wait_for_answer(host: str, port: int, supervisor: Supervisor, stop: threading.Event) -> bool:
    """Wait until the web server accepts connections; False when told to stop before."""
    while not stop.wait(0.05):
        supervisor.look()
        with suppress(OSError), socket.create_connection((_reachable(host), port), timeout=1):
            return True
    return False


def refuse_taken(host: str, port: int) -> None:
    """One sentence when somebody else listens there."""
    try:
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
            probe.listen()
    except OSError as error:
        raise Mistake(
            f"Port {port} at {host} can't be used ({error.strerror}). Choose another with --port, for example --port {port + 1}."
        ) from error


def name_site(host: str, port: int) -> None:
    """The address that links in pages and messages begin with, unless the settings give one."""
    os.environ.setdefault("GUINDA_SITE_URL", f"http://{_reachable(host)}:{port}")


def _reachable(host: str) -> str:
    return {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, host)  # noqa: S104 - compared, not bound


def migrate() -> None:
    """Bring the tables up to date."""
    from django.core.management import call_command

    call_command("migrate", interactive=False, verbosity=0)
    from guinda.config import roles  # deferred: it needs the models

    roles.sync()


def collect_static() -> None:
    """Collect and hash the static files when they are missing or no longer those of the installed code."""
    from django.conf import settings

    if "HashedStatic" not in settings.STORAGES["staticfiles"]["BACKEND"]:
        return
    root = Path(settings.STATIC_ROOT)
    digest = _source_digest()
    if _collected(root) == digest:
        return
    with _Lock(root.parent / ".static-lock"):
        if _collected(root) == digest:
            return  # another process did it while we waited
        from django.core.management import call_command

        logging.getLogger("whitenoise").setLevel(logging.ERROR)
        call_command("collectstatic", interactive=False, verbosity=0)
        files.write(root / DIGEST_FILE, digest)


def _source_digest() -> str:
    from django.contrib.staticfiles.finders import get_finders

    found = hashlib.sha256()
    for finder in get_finders():
        for path, storage in finder.list([]):
            stat = Path(storage.path(path)).stat()
            found.update(f"{path}|{stat.st_size}|{stat.st_mtime_ns}\n".encode())
    return found.hexdigest()


def _collected(root: Path) -> str:
    try:
        return (root / DIGEST_FILE).read_text() if (root / "staticfiles.json").exists() else ""
    except FileNotFoundError:
        return ""


class _Lock:
    """Held by one process at a time; the system frees it when the process dies."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def __enter__(self) -> None:
        import fcntl  # deferred: POSIX only, as is the embedded database's way of starting

        self.file.parent.mkdir(parents=True, exist_ok=True)
        self.handle = self.file.open("w")
        until_s = time.monotonic() + LOCK_LIMIT_S
        while True:
            try:
                fcntl.flock(self.handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > until_s:
                    raise
                time.sleep(0.1)
            else:
                return

    def __exit__(self, *_error: object) -> None:
        self.handle.close()
