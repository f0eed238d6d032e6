"""What `guinda import-numbers` and `guinda import-operator` take. Imports nothing of Django: `guinda --help` answers at once."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from pathlib import Path

Add = Callable[..., argparse.ArgumentParser]


def add(commands: object, make: Add) -> None:
    """Add the commands to the parser."""
    _import_numbers(make, commands)
    _import_operator(make, commands)


def _import_numbers(make: Add, commands: object) -> None:
    made = make(
        commands,
        "import-numbers",
        "guinda.config.numbering:run",
        "bring telephone numbers in, by the range or from a list, graded",
        "Reads a numbering from a TOML file (prefix, digits, classes with their masks and prices) and brings ranges of its "
        "numbers in as free: all of a range or none of it. Examples of numberings come with the room offers.",
    )
    made.add_argument("numbering", type=Path, metavar="FILE.toml", help="the numbering")
    made.add_argument(
        "ranges", nargs="*", metavar="FIRST-LAST", help="digits after the prefix, for example 7770000-7779999"
    )
    made.add_argument(
        "--list",
        type=Path,
        action="append",
        default=[],
        metavar="FILE.csv",
        help="numbers one a line, in the first column, with or without the prefix; all or none; may be repeated",
    )


def _import_operator(make: Add, commands: object) -> None:
    made = make(
        commands,
        "import-operator",
        "guinda.config.operator:run",
        "an operator's clients as accounts with contracts",
        "Reads a CSV file with the columns of IBM's sample of a telephone company's clients (customerID, tenure, Contract, MonthlyCharges, "
        "Churn, services) and writes each as a company with its contract, all or nothing; accounts known already stay as they are. What "
        "the file does not say, the competitor that a lost client went to and the territory, is dealt out by the account's number.",
    )
    made.add_argument("file", type=Path, metavar="FILE.csv", help="the accounts")
    made.add_argument(
        "--competitor",
        action="append",
        metavar="NAME",
        help="a competitor; may be repeated (default: three invented)",
    )
    made.add_argument(
        "--territory",
        action="append",
        metavar="NAME[=LOGIN]",
        help="a territory and its seller's login; may be repeated (default: five points of the compass, without sellers)",
    )
    made.add_argument(
        "--agreed",
        default="",
        metavar="TEXT",
        help="where all of them agreed to be offered things; without it nobody did",
    )
    made.add_argument(
        "--times",
        type=_times,
        default=Decimal(1),
        metavar="N",
        help="units of the city's money for one of the file's (default 1)",
    )
    made.add_argument(
        "--language", choices=("en", "es", "ru"), default="en", help="the clients' language (default en)"
    )


def _times(text: str) -> Decimal:
    """An option's value: by how much the file's money is multiplied."""
    try:
        told = Decimal(text)
    except InvalidOperation:
        told = Decimal(0)
    if not 0 < told <= 1_000_000:
        raise argparse.ArgumentTypeError("give a number above 0, for example 90 or 0.5.")
    return told
