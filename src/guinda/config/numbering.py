"""`guinda import-numbers`: a numbering, ranges of its numbers, and lists of them."""

from __future__ import annotations

import argparse
import getpass
import re
import sys

from guinda.config.cli import Mistake, set_up

RANGE = re.compile(r"([0-9]{1,15})-([0-9]{1,15})")


def run(chosen: argparse.Namespace) -> None:
    """Read the numbering, then bring each range and list in, with a bar that shows how far it is."""
    found = [RANGE.fullmatch(each) for each in chosen.ranges]
    if None in found:
        raise Mistake(f"{chosen.ranges[found.index(None)]!r} is no range. Write it as 7770000-7779999.")
    set_up()
    from guinda.base import clock
    from guinda.base.refusals import Refusal
    from guinda.offers.imports import bring_in, bring_in_list, numbering_from

    by = f"command:{getpass.getuser()}"
    try:
        numbering = numbering_from(chosen.numbering)
        print(
            f"{numbering}: +{numbering.prefix} and {numbering.length} digits, {numbering.classes.count()} classes."
        )
        for first, last in (match.groups() for match in found if match):
            count = bring_in(
                numbering=numbering, first=int(first), last=int(last), by=by, now=clock.now(), progress=_bar
            )
            print(f"{first}-{last}: {count:,} numbers are in and free.")
        for file in chosen.list:
            count = bring_in_list(numbering=numbering, file=file, by=by, now=clock.now(), progress=_bar)
            print(f"{file.name}: {count:,} numbers are in and free.")
    except Refusal as refusal:
        raise Mistake(str(refusal.sentence)) from refusal


def _bar(done: int, of: int) -> None:
    if sys.stderr.isatty():
        full = done * 40 // of
        end = "\n" if done == of else ""
        print(f"\r[{'#' * full}{'.' * (40 - full)}] {done:,} of {of:,}", end=end, file=sys.stderr, flush=True)
