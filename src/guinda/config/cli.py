"""The `guinda` command. Only what a chosen subcommand needs is imported, so that `guinda --help` answers at once."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from guinda.base import postgres
from guinda.config import city_commands, number_commands, planner_commands

EPILOG = """\
The data folder holds the embedded database, the hashed static files and the secret key: `--home`, else GUINDA_HOME,
else `var` in the working directory (the demo: `var/demo`). With DATABASE_URL set, that PostgreSQL server is used
instead of an embedded one. `guinda COMMAND --help` tells more about each command.
"""


NO_TABLES = "This database is still empty. Run `guinda manage migrate` on it once, then this command again."


class Mistake(Exception):  # noqa: N818 - what the person at the keyboard can put right
    """One sentence for standard error; the command ends with status 2."""


def main(argv: Sequence[str] | None = None) -> None:
    """Run one subcommand; `guinda --help` lists them."""
    chosen = parser().parse_args(sys.argv[1:] if argv is None else argv)
    if chosen.home:
        os.environ["GUINDA_HOME"] = str(chosen.home.resolve())
    module, _, function = chosen.run.partition(":")
    try:
        status = getattr(importlib.import_module(module), function)(chosen)
    except Mistake as mistake:
        print(f"guinda: {mistake}", file=sys.stderr)
        status = 2
    except KeyboardInterrupt:
        status = 130
    except Exception as error:
        if not lacks_tables(error):
            raise
        print(f"guinda: {NO_TABLES}", file=sys.stderr)
        status = 2
    sys.exit(status or 0)


def lacks_tables(error: Exception) -> bool:
    """A command met a database that no version of the house has prepared yet."""
    from psycopg.errors import UndefinedTable  # deferred: `guinda --help` needs no database

    return isinstance(error, UndefinedTable) or isinstance(error.__cause__, UndefinedTable)


def parser() -> argparse.ArgumentParser:
    """Every subcommand with its options and help."""
    made = argparse.ArgumentParser(
        prog="guinda",
        description="A client-oriented sales system: from the panel at the station to the door in half an hour.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument("--home", type=Path, metavar="FOLDER", help="the data folder of this installation")
    commands = made.add_subparsers(metavar="COMMAND", required=True)
    _demo(commands)
    _serve(commands)
    _web(commands)
    _worker(commands)
    _audit(commands)
    _replay(commands)
    _rehearse(commands)
    _plays(commands)
    planner_commands.add(commands, _add)
    _enrol(commands)
    number_commands.add(commands, _add)
    city_commands.add(commands, _add)
    _import(commands)
    _export(commands)
    _manage(commands)
    return made


if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001 - argparse has no public name for it


def _add(commands: Commands, name: str, run: str, summary: str, more: str) -> argparse.ArgumentParser:
    made = commands.add_parser(name, help=summary, description=more)
    made.set_defaults(run=run)
    return made


def _demo(commands: Commands) -> None:
    made = _add(
        commands,
        "demo",
        "guinda.config.demo:run",
        "a city that is alive, to look at and play with",
        "Fills one city, opens the shop there and keeps it alive: a seeded crowd orders at the panels and couriers "
        "ride, through the same pages that people use. It always uses an embedded database of its own in its data "
        "folder (by default var/demo), never DATABASE_URL. Stop it with Ctrl-C; started again, the city's time "
        "goes on from where it stopped.",
    )
    made.add_argument(
        "--speed",
        type=_speed,
        default=10.0,
        metavar="N",
        help="city seconds per second, 1 to 60 (default 10)",
    )
    made.add_argument(
        "--empty", action="store_true", help="forget the demo's city first and start anew at 09:00 today"
    )
    _address(made)
    made.add_argument(
        "--seed", type=int, default=7, metavar="N", help="the same seed gives the same crowd (default 7)"
    )
    made.add_argument("--hours", type=float, metavar="N", help="stop after so many hours of the city's time")
    made.add_argument(
        "--operator",
        type=Path,
        metavar="FILE.csv",
        help="with a corporate side: the accounts of this file (as guinda import-operator takes), sellers, two million numbers",
    )
    made.add_argument(
        "--quiet-city", action="store_true", help="nobody orders and nobody rides: the city is yours alone"
    )


def _serve(commands: Commands) -> None:
    made = _add(
        commands,
        "serve",
        "guinda.config.serving:serve",
        "the database, the web server and the worker in one go",
        "For real use on one machine: starts the embedded database unless DATABASE_URL names a server, brings its "
        "tables and the static files up to date, and keeps the web server and the worker running; one that dies is "
        "started again. SIGTERM or Ctrl-C stops all of it.",
    )
    _address(made)
    _workers(made)


def _web(commands: Commands) -> None:
    made = _add(
        commands,
        "web",
        "guinda.config.serving:web",
        "the web server alone",
        "Serves the pages with Granian. It brings the static files up to date and leaves the tables as they are: "
        "run `guinda manage migrate` before it after an update.",
    )
    _address(made)
    _workers(made)


def _worker(commands: Commands) -> None:
    _add(
        commands,
        "worker",
        "guinda.config.serving:worker",
        "the work behind the pages; any number may run",
        "Tells the listeners of what happened, plans the couriers, frees stock that was not paid for in time, asks "
        "for refunds and sends messages to telephones. Any number of workers may run at once.",
    )


def _audit(commands: Commands) -> None:
    made = _add(
        commands,
        "audit",
        "guinda.config.audit:run",
        "add the books up again and show what does not agree",
        "Adds the books up again: stock against its movements, orders against their lines, money against orders and "
        "refunds, orders against the couriers' tasks and the journal. Changes nothing. Ends with status 1 when "
        "something is found. For the demo's books: guinda --home var/demo audit.",
    )
    made.add_argument(
        "--only", action="append", metavar="CHECK", help="only this check, by its name; may be repeated"
    )


def _replay(commands: Commands) -> None:
    from guinda.config import replay  # only what reads the options: no Django

    made = _add(
        commands,
        "replay",
        "guinda.config.replay:run",
        "plan a recorded day again with other couriers or parameters, offline",
        "Replays the orders and shifts of one day with the planner of this installation, changes nothing, and prints how the "
        "promise would have gone: as recorded, replayed as it was, and with what you change. Couriers of a replay ride as long "
        "as the plan counts with, so compare the replays with each other.",
    )
    made.add_argument(
        "day", type=replay.day, metavar="DAY", help="the day by the city's clocks, as 2026-07-01"
    )
    made.add_argument("--couriers", type=_many, metavar="N", help="with so many shifts instead")
    made.add_argument(
        "--parameter",
        type=replay.parameter,
        action="append",
        metavar="NAME=NUMBER",
        help="with another rule or weight of the planner; may be repeated",
    )


def _rehearse(commands: Commands) -> None:
    made = _add(
        commands,
        "rehearse",
        "guinda.config.rehearsing:run",
        "try a play on the past days, with nobody contacted",
        "Walks the clients of the past days through a play in a read-only transaction and prints who would have been contacted and "
        "when, what consents, caps and quiet hours would have held back, and how many came back anyway.",
    )
    made.add_argument("play", metavar="PLAY", help="the play's short name, or a file of TOML")
    made.add_argument("--days", type=_days, default=30, metavar="N", help="so many days (default 30)")


def _plays(commands: Commands) -> None:
    from guinda.config import playing  # only what reads the options: no Django

    playing.add(
        _add(
            commands,
            "plays",
            "guinda.config.playing:run",
            "bring plays in: those that come with the house, or from files",
            "Brings plays in from TOML, all or none. A new play is a draft until it is switched on; one that is there gets a new version "
            "where its text differs, and whoever is on the way finishes on the version they started.",
        )
    )


def _enrol(commands: Commands) -> None:
    made = _add(
        commands,
        "enrol",
        "guinda.config.enrolment:run",
        "make a key for a panel at a station",
        "Makes a key for one panel and prints the address to open on it, which stays secret. The key is kept only as a digest: "
        "lost, make another and revoke the first in the admin.",
    )
    made.add_argument("station", help="the station's short name, for example kurskaya")
    made.add_argument(
        "--label", required=True, metavar="TEXT", help="where at the station, for example: east hall"
    )


def _import(commands: Commands) -> None:
    made = _add(
        commands,
        "import",
        "guinda.config.exchange:bring_in",
        "look at what a CSV file would change, and change it with --apply",
        "Shows what the rows of a CSV file would add or change, and every cell that can't be read. With --apply it is written, all rows or "
        "none. Rows the file leaves out stay. Ends with status 1 when the file has problems.",
    )
    made.add_argument(
        "table", help="products, varieties, lots, prices, stations, stores, couriers, clients ..."
    )
    made.add_argument(
        "file", type=Path, metavar="FILE", help="a CSV file; row 1 holds the names of the columns"
    )
    made.add_argument("--apply", action="store_true", help="write what is shown")
    made.add_argument(
        "--encoding",
        default="",
        metavar="NAME",
        help="for example cp1251; by default UTF-8, or UTF-16 by its mark",
    )


def _export(commands: Commands) -> None:
    made = _add(
        commands,
        "export",
        "guinda.config.exchange:send_out",
        "write a table as CSV",
        "Writes every row of a table as CSV, to a file or to standard output. Importing it again changes nothing.",
    )
    made.add_argument("table", help="as for import")
    made.add_argument(
        "file", type=Path, nargs="?", metavar="FILE", help="where to; by default standard output"
    )


def _manage(commands: Commands) -> None:
    made = _add(
        commands,
        "manage",
        "guinda.config.cli:manage",
        "any of Django's own commands, e.g. guinda manage createsuperuser",
        "Django's own commands against this installation's database.",
    )
    made.add_argument("rest", nargs=argparse.REMAINDER, metavar="...", help="the command and its options")


def _address(made: argparse.ArgumentParser) -> None:
    made.add_argument(
        "--host", default="127.0.0.1", metavar="NAME", help="the address to listen at (default 127.0.0.1)"
    )
    made.add_argument(
        "--port", type=_port, default=8000, metavar="N", help="the port to listen at (default 8000)"
    )


def _workers(made: argparse.ArgumentParser) -> None:
    most = min(2, os.cpu_count() or 1)
    made.add_argument(
        "--workers", type=_count, default=most, metavar="N", help=f"web processes (default {most} here)"
    )


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 65_536:
        raise argparse.ArgumentTypeError("a port is a number from 1 to 65535.")
    return int(text)


def _many(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= 10_000:
        raise argparse.ArgumentTypeError("give a number from 1 to 10000.")
    return int(text)


def _days(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= 366:
        raise argparse.ArgumentTypeError("give a number of days from 1 to 366.")
    return int(text)


def _count(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= 64:
        raise argparse.ArgumentTypeError("give a number from 1 to 64.")
    return int(text)


def _speed(text: str) -> float:
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 1 <= speed <= 60:
        raise argparse.ArgumentTypeError("the city can live 1 to 60 times as fast as we do.")
    return speed


def set_up() -> None:
    """A database, the city's clock if this home has one, and Django ready to be used."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "guinda.config.settings")
    from guinda.config import cityclock  # deferred: `guinda --help` needs neither this nor Django

    cityclock.adopt(postgres.home())
    postgres.ensure_url()
    import django

    django.setup()


def manage(chosen: argparse.Namespace) -> None:
    """Pass the rest of the line to Django."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "guinda.config.settings")
    from guinda.config import cityclock  # deferred: see set_up

    cityclock.adopt(postgres.home())
    postgres.ensure_url()
    from django.core.management import execute_from_command_line  # deferred: reads the settings

    execute_from_command_line(["guinda manage", *chosen.rest])
