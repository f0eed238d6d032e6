"""The `guinda` command."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from guinda.base import postgres


def main(argv: Sequence[str] | None = None) -> None:
    """Run one subcommand; `guinda --help` lists them."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    parser = argparse.ArgumentParser(prog="guinda", description="A client-oriented sales system.")
    commands = parser.add_subparsers(dest="command", required=True)
    manage = commands.add_parser("manage", help="any of Django's own commands, e.g. guinda manage createsuperuser")
    manage.add_argument("rest", nargs=argparse.REMAINDER)
    chosen = parser.parse_args(arguments)
    if chosen.command == "manage":
        _manage(chosen.rest)


def _manage(rest: list[str]) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "guinda.config.settings")
    postgres.ensure_url()
    from django.core.management import execute_from_command_line  # deferred: reads the settings

    execute_from_command_line(["guinda manage", *rest])
