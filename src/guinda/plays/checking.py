"""Whether a play can run in this house: its events are announced, its conditions ask facts that are known, its outcomes have words."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from guinda.base.refusals import Refusal
from guinda.plays import conditions, events, outcomes
from guinda.plays.definition import Definition, Fault, Faults, Filters


def check(play: Definition) -> None:
    """Refuse with all faults at once."""
    faults = [*_events(play), *_conditions(play), *_outcomes(play)]
    if faults:
        raise Faults(faults)


def _events(play: Definition) -> Iterator[Fault]:
    named = [("entry", _("Entry"), play.entry.event), ("goal", _("Goal"), play.goal.event)]
    for number, step in enumerate(play.steps):
        if step.until:
            named.append(
                (f"steps.{number}.until", _("Step “%(step)s”") % {"step": step.slug}, step.until.event)
            )
    for where, title, event in named:
        if event and event not in events.kinds():
            facts = {"title": title, "event": event, "events": ", ".join(sorted(events.kinds()))}
            sentence = _("%(title)s: nothing announces “%(event)s”. There are: %(events)s.")
            yield Fault(f"{where}.event", sentence % facts)


def _conditions(play: Definition) -> Iterator[Fault]:
    for where, title, filters in _filters(play):
        try:
            conditions.check(filters)
        except Refusal as refusal:
            yield Fault(f"{where}.when", f"{title}: {refusal.sentence}")


def _outcomes(play: Definition) -> Iterator[Fault]:
    for number, step in enumerate(play.steps):
        for outcome in step.branches:
            if not outcomes.is_told(outcome, step):
                facts = {"step": step.slug, "branch": outcome}
                sentence = _(
                    "Step “%(step)s”, branch “%(branch)s”: write under “outcomes” how it reads in each language."
                )
                yield Fault(f"steps.{number}.branches.{outcome}", sentence % facts)


def _filters(play: Definition) -> Iterator[tuple[str, str, Filters]]:
    yield "entry", _("Entry"), play.entry.when
    yield "goal", _("Goal"), play.goal.when
    for number, step in enumerate(play.steps):
        title = _("Step “%(step)s”") % {"step": step.slug}
        yield f"steps.{number}", title, step.when
        if step.until:
            yield f"steps.{number}.until", title, step.until.when
