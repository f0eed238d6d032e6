"""`guinda plays load`: the plays that come with the house, or plays from files."""

from __future__ import annotations

import argparse
import getpass
from pathlib import Path

from guinda.config.cli import Mistake, set_up


def add(made: argparse.ArgumentParser) -> None:
    """What the command takes."""
    made.add_argument("verb", choices=["load"], metavar="load", help="bring plays in, as drafts")
    made.add_argument(
        "files", type=Path, nargs="*", metavar="FILE.toml", help="by default those that come with the house"
    )
    made.add_argument("--on", action="store_true", help="switch them on as well")


def run(chosen: argparse.Namespace) -> None:
    """Load them, all or none, and say which version each has now."""
    set_up()
    from guinda.base import clock  # deferred: `guinda plays --help` needs no database
    from guinda.base.refusals import Refusal
    from guinda.plays import bundled, services

    by = f"command:{getpass.getuser()}"
    try:
        for made in bundled.load(chosen.files or bundled.files(), by=by, now=clock.now()):
            if chosen.on:
                services.switch(slug=made.play.slug, to="on", by=by, now=clock.now())
            print(f"{made.play.slug}: version {made.number}")
    except (OSError, UnicodeDecodeError) as error:
        raise Mistake(f"{error}. Name a file of TOML.") from error
    except Refusal as refusal:
        raise Mistake(str(refusal) if hasattr(refusal, "faults") else str(refusal.sentence)) from refusal
