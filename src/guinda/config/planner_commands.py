"""What `guinda plan` and `guinda learn` take. Imports nothing of Django: `guinda --help` answers at once."""

from __future__ import annotations

import argparse
from collections.abc import Callable

Add = Callable[..., argparse.ArgumentParser]


def add(commands: object, make: Add) -> None:
    """Add the commands to the parser."""
    _plan(make, commands)
    _learn(make, commands)


def _plan(make: Add, commands: object) -> None:
    made = make(
        commands,
        "plan",
        "guinda.config.planning:run",
        "make today's plan: whom to offer what, at the least cost",
        "Gathers what could be offered to whom today, solves it under the budget and every other limit that was last "
        "kept, and prints what the plan adds, its proof, and what one more unit of each limit would bring. Nothing is "
        "given to anybody unless --keep is said.",
    )
    made.add_argument("--budget", type=int, metavar="MINOR", help="money for the day, in minor units")
    made.add_argument("--messages", type=int, metavar="N", help="messages for the day")
    made.add_argument("--each", type=int, metavar="N", help="things that one person may get in a day, 1 to 5")
    made.add_argument("--learning", type=int, metavar="PERCENT", help="the share that learning gets, 0 to 50")
    made.add_argument("--currency", metavar="CODE", help="of which currency, where there are several")
    made.add_argument(
        "--engine",
        choices=("threads", "ray"),
        default="threads",
        help="where it is reckoned: in this process, or by the workers of Ray (an optional dependency)",
    )
    made.add_argument("--keep", action="store_true", help="put it in force")


def _learn(make: Add, commands: object) -> None:
    made = make(
        commands,
        "learn",
        "guinda.config.learning:run",
        "learn anew what plays and offers add, what is still to come from clients, and who leaves",
        "Learns from what chance decided in plays and plans, from orders and from what the client book knows of companies, keeps each as a "
        "version with its data, and says how it does and whether it is used. The worker does the same at night where there is news.",
    )
    made.add_argument(
        "subjects",
        nargs="*",
        metavar="SUBJECT",
        help="play:NAME, tool:NAME, people or companies; by default all there are",
    )
