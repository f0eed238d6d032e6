"""`guinda learn`: everything that can be learned, or some of it, with a line of what came of each."""

from __future__ import annotations

import argparse
import getpass
import sys
from typing import TYPE_CHECKING

from guinda.config.cli import Mistake, set_up

if TYPE_CHECKING:
    from guinda.planner.models import Learned

WIDTH = 40


def run(chosen: argparse.Namespace) -> None:
    """Learn each, and tell which version was made and whether it is used; what can't be learned says why."""
    set_up()
    from guinda.base import clock  # deferred: `guinda learn --help` needs no database
    from guinda.base.refusals import Refusal
    from guinda.planner.learning import subjects

    now = clock.now()
    known = subjects.every(now=now)
    for subject in chosen.subjects or known:
        if subject not in known:
            raise Mistake(f"There is nothing to learn about {subject}. There is: {', '.join(known)}.")
    for subject in chosen.subjects or known:
        for way in subjects.ways(subject):
            try:
                print(_told(way(now=now, by=f"command:{getpass.getuser()}", progress=_progress)))
            except Refusal as refusal:
                print(f"{subject}: {refusal.sentence}")


def _told(version: Learned) -> str:
    from guinda.planner.learning.words import why

    used = "in use" if version.in_use else "kept beside"
    head = f"{version.kind} {version.subject}, version {version.number} from {version.clients:,} clients"
    return f"{head}: {version.method}, {used}. {why(version)}"


def _progress(done: int, of: int) -> None:
    if sys.stderr.isatty():
        full = WIDTH * done // of
        end = "\n" if done == of else ""
        print(
            f"\r[{'#' * full}{'.' * (WIDTH - full)}] {done:,} of {of:,}", end=end, file=sys.stderr, flush=True
        )
