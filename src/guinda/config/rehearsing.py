"""`guinda rehearse PLAY`: a play over the past days, as it would have gone, with nobody contacted."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from guinda.config.cli import Mistake, set_up

if TYPE_CHECKING:
    from guinda.plays.definition import Definition
    from guinda.plays.rehearsing import Rehearsal
    from guinda.plays.rehearsing.telling import Contact, Held, Way

EXAMPLES = 10


def run(chosen: argparse.Namespace) -> int:
    """Print what would have happened."""
    set_up()
    from guinda.base import clock  # deferred: `guinda rehearse --help` needs no database
    from guinda.plays.rehearsing import rehearse

    print("\n".join(told(rehearse(_play(chosen.play), now=clock.now(), days=chosen.days))))
    return 0


def told(found: Rehearsal) -> Iterator[str]:
    """The rehearsal as people read it."""
    from guinda.base.texts import pick

    yield f"{pick(found.play.name, 'en')}, {found.since:%Y-%m-%d} to {found.until:%Y-%m-%d}. Nobody was contacted."
    yield f"{found.entered:,} would have come in, {found.held_out:,} of them left alone to measure by."
    yield f"{found.back_before:,} reached the goal before anybody would have gone to them."
    judged, anyway = len(found.judged), found.back_anyway
    yield f"{len(found.touched):,} would have been contacted; of {judged:,} whose time is over {anyway:,} came back anyway."
    if found.seller_minutes:
        yield f"Sellers would have worked {found.seller_minutes:,} minutes."
    yield from _table("step", [(step.slug, made, held) for step, made, held in found.steps()])
    yield from ("", *(f"held back by {rule:16}{count:8,}" for rule, count in found.rules()))
    yield from _table(
        "day", [(f"{day.date} ({day.entered:,} in)", day.contacts, day.held) for day in found.days()]
    )
    yield from ("", *(_example(*each) for each in found.latest(EXAMPLES)))


def _table(title: str, rows: list[tuple[str, int, int]]) -> Iterator[str]:
    yield from ("", f"{title:28}{'contacts':>10}{'held back':>12}")
    yield from (f"{name:28}{made:10,}{held:12,}" for name, made, held in rows)


def _example(way: Way, each: Contact | Held) -> str:
    said = f"held back: {each.rule}" if each.rule else each.channel
    return f"{each.at:%Y-%m-%d %H:%M} UTC  client {way.client_id:<8} {each.step.slug:20} {said}"


def _play(named: str) -> Definition:
    """By its short name, or from a file of TOML."""
    from guinda.plays.definition import Faults, parse
    from guinda.plays.models import Play

    path = Path(named)
    if path.suffix == ".toml":
        if not path.is_file():
            raise Mistake(f"There is no file {named}.")
        try:
            return parse(path.read_text(encoding="utf-8"))
        except Faults as faults:
            raise Mistake(str(faults)) from None
    play = Play.objects.select_related("version").filter(slug=named).first()
    if play is None or play.version is None:
        raise Mistake(f"There is no play {named}. Name one of the list at /plays/, or a file of TOML.")
    return play.version.read()
