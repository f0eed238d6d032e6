"""`guinda import` and `guinda export`: a table from a CSV file, and to one."""

from __future__ import annotations

import argparse
import getpass
import os
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from guinda.config.cli import Mistake, set_up

if TYPE_CHECKING:
    from guinda.tables.judging import Change
    from guinda.tables.services import Look

SHOWN = 20
"""New rows, and changed ones, told one by one."""


def bring_in(chosen: argparse.Namespace) -> int:
    """Look at a file, and with `--apply` write it; 1 when it has problems."""
    set_up()
    from guinda.base import clock
    from guinda.base.refusals import Refusal
    from guinda.tables import services
    from guinda.tables.reading import Source

    now = clock.now()
    try:
        if not chosen.file.is_file():
            raise Mistake(f"There is no file {chosen.file}. Check its name.")
        table, source = services.find(chosen.table), Source(chosen.file, chosen.file.name, chosen.encoding)
        found = services.look(table=table, source=source, now=now, tick=_tick)
        print("\n".join(report(found, chosen.file.name)))
        if found.problem_count:
            return 1
        if chosen.apply:
            by = f"command:{getpass.getuser()}"
            services.apply(table=table, source=source, by=by, now=now, expects=found.token, tick=_tick)
            print("Written.")
        elif found.verdict.new or found.verdict.changed:
            print("Nothing was changed: this was a look. Say --apply to write it.")
    except Refusal as refusal:
        raise Mistake(str(refusal.sentence)) from None
    return 0


def send_out(chosen: argparse.Namespace) -> None:
    """Write a table to a file, whole or not at all, or to standard output."""
    set_up()
    from guinda.base import clock
    from guinda.base.refusals import Refusal
    from guinda.tables import services

    try:
        table = services.find(chosen.table)
    except Refusal as refusal:
        raise Mistake(str(refusal.sentence)) from None
    if chosen.file is None:
        services.export(table=table, into=sys.stdout.buffer, now=clock.now())
        return
    beside = chosen.file.with_name(f".{chosen.file.name}.{os.getpid()}")
    try:
        with beside.open("wb") as into:
            count = services.export(table=table, into=into, now=clock.now())
        beside.replace(chosen.file)
    finally:
        beside.unlink(missing_ok=True)
    print(f"{count} rows of {table.name} are in {chosen.file}.")


def report(found: Look, name: str) -> Iterator[str]:
    """What a look says, line by line."""
    if found.problem_count:
        yield from (f"{name}: {problem.sentence()}" for problem in found.problems)
        rest = found.problem_count - len(found.problems)
        if rest:
            yield f"... and {rest} more problems."
        yield f"{found.problem_count} problems: nothing was changed. Put them right and try again."
        return
    yield from _changes("+", found.added, found.verdict.new)
    yield from _changes("~", found.edited, found.verdict.changed)
    yield f"{name}: {found.verdict.new} new, {found.verdict.changed} changed, {found.verdict.same} as they are."


def _changes(sign: str, rows: Sequence[Change], count: int) -> Iterator[str]:
    for each in rows[:SHOWN]:
        cells = "; ".join(
            f"{name}: {was} -> {will}" if was else f"{name}: {will}" for name, was, will in each.cells
        )
        yield f"{sign} row {each.row}  {each.key}  {cells}"
    if count > SHOWN:
        yield f"{sign} ... and {count - SHOWN} more"


def _tick(done: int, rows: int) -> None:
    """On a terminal, how far it is."""
    if sys.stderr.isatty():
        print(f"\rrow {done:,} of {rows:,}", end="\r", file=sys.stderr, flush=True)
