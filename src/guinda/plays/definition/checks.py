"""Whether the parts of a play fit together: branches lead somewhere, loops end, outcomes are those a step can have."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from guinda.plays import texts
from guinda.plays.definition.faults import Fault
from guinda.plays.definition.rows import DESK, END, GOAL, Definition, Step

HELD_BACK, LAPSED = "held_back", "lapsed"
OUTCOMES: dict[str, tuple[set[str], set[str]]] = {
    "message": ({"sent"}, {HELD_BACK}),
    "until": ({"came", "did_not_come"}, set()),
    "question": ({"yes", "no"}, set()),
    "wait": ({"passed"}, set()),
}
"""Of the system's steps by kind: the outcomes that must lead somewhere, and those that may."""
MOST_MESSAGE = 450
"""Characters of a message's template: with its fields filled it must fit into the outbox's 600."""
SPEAKS = {"system": ("message", "script"), "panel": ("message", "script"), "seller": ("script", "message")}
"""By who does the step: what its words are called, and what they are not."""


def faults_of(made: Definition) -> list[Fault]:
    """Everything that does not fit, in the order of the play."""
    return [
        Fault(
            ".".join(filter(None, [f"steps.{number}", field])),
            _("Step “%(step)s”") % {"step": step.slug} + sentence,
        )
        for number, step in enumerate(made.steps)
        for field, sentence in _of_step(step, made)
    ] + list(_of_whole(made))


def _of_step(step: Step, made: Definition) -> Iterator[tuple[str, str]]:
    yield from _leads(step, made)
    yield from _outcomes(step)
    yield from _words(step)
    yield from _extras(step)


def _leads(step: Step, made: Definition) -> Iterator[tuple[str, str]]:
    known = {each.slug for each in made.steps} | {END, GOAL}
    if step.slug in (END, GOAL) or [each.slug for each in made.steps].count(step.slug) > 1:
        yield "slug", _(": this short name is taken. Choose another.")
    for outcome, target in step.branches.items():
        if target not in known:
            facts = {"branch": outcome, "step": target}
            yield f"branches.{outcome}", _(", branch “%(branch)s”: there is no step “%(step)s”.") % facts
    if step.after_most not in known:
        yield "after_most", _(", “after_most”: there is no step “%(step)s”.") % {"step": step.after_most}
    if step.after_most != END and not step.most_times:
        yield "after_most", _(", “after_most”: say first how often a client may come here (“most_times”).")


def _outcomes(step: Step) -> Iterator[tuple[str, str]]:
    if step.kind in OUTCOMES:
        needed, allowed = OUTCOMES[step.kind]
        for outcome in sorted(needed - set(step.branches)):
            yield "branches", _(", branches: say where it goes after “%(outcome)s”.") % {"outcome": outcome}
        for outcome in sorted(set(step.branches) - needed - allowed):
            facts = {"outcome": outcome, "outcomes": ", ".join(sorted(needed | allowed))}
            sentence = _(", branch “%(outcome)s”: this step can only end with: %(outcomes)s.")
            yield f"branches.{outcome}", sentence % facts
        return
    if not set(step.branches) - {HELD_BACK, LAPSED}:
        yield "branches", _(", branches: give at least one outcome and where it leads.")
    if (LAPSED in step.branches) != bool(step.within):
        yield "within", _(", “within”: a time for the step and a branch “lapsed” belong together.")
    if HELD_BACK in step.branches and (step.who != "seller" or step.channel == DESK):
        yield (
            "branches.held_back",
            _(", branch “held_back”: this step contacts nobody, so nothing holds it back."),
        )


def _words(step: Step) -> Iterator[tuple[str, str]]:
    own, other = SPEAKS[step.who]
    if getattr(step, other):
        yield other, _(", “%(other)s”: what is said here is called “%(own)s”.") % {"other": other, "own": own}
    said = getattr(step, own)
    if step.who != "system" and not said and not step.variants:
        yield own, _(", “%(own)s”: write what is said.") % {"own": own}
    if said and step.variants:
        yield own, _(", “%(own)s”: with variants, each has its own words; take these out.") % {"own": own}
    for where, words in [
        (own, said),
        *((f"variants.{i}", each.text) for i, each in enumerate(step.variants)),
    ]:
        for language, text in (words or {}).items():
            yield from _text(step, f"{where}.{language}", text)
    shares = sum(each.share for each in step.variants)
    if step.variants and abs(shares - 1) > 1e-6:
        yield "variants", _(", variants: their shares must add up to 1.")
    if len({each.slug for each in step.variants}) < len(step.variants):
        yield "variants", _(", variants: each needs a short name of its own.")


def _text(step: Step, where: str, text: str) -> Iterator[tuple[str, str]]:
    facts = {"where": where}
    for name in texts.unknown_fields(text):
        known = {**facts, "field": name, "fields": ", ".join(texts.FIELDS)}
        yield where, _(", “%(where)s”: there is no field {%(field)s}. There are: %(fields)s.") % known
    if not texts.is_balanced(text):
        yield (
            where,
            _(", “%(where)s”: a bracket or brace lacks its other half, or stands within another.") % facts,
        )
    if step.kind == "message" and texts.certain_fields(text):
        sentence = _(
            ", “%(where)s”: put what needs a field in brackets, so that it can be left out where it is not known."
        )
        yield where, sentence % facts
    if step.who != "seller" and len(text) > MOST_MESSAGE:
        yield (
            where,
            _(", “%(where)s”: %(most)s characters are the most for a message.")
            % {**facts, "most": MOST_MESSAGE},
        )


def _extras(step: Step) -> Iterator[tuple[str, str]]:
    seller = ("channel", "objections", "standard", "evidence", "minutes", "worth_minor")
    for name in seller if step.who != "seller" else ():
        if getattr(step, name):
            yield name, _(", “%(name)s”: only a step of a seller has this.") % {"name": name}
    if step.who == "seller" and not step.channel:
        yield (
            "channel",
            _(", “channel”: say how the seller reaches the client, or “desk” for work without them."),
        )
    if step.who == "system" and step.within:
        yield "within", _(", “within”: the system needs no time of its own; waiting is written as “until”.")
    if step.opens and step.who != "panel":
        yield "opens", _(", “opens”: only a yes at a panel opens a page.")
    if step.holds and step.kind != "message":
        yield "holds", _(", “holds”: only a message holds for a time.")
    yield from _waiting(step)
    for outcome in sorted(set(step.outcomes) - set(step.branches)):
        sentence = _(", outcomes: no branch is called “%(outcome)s”.")
        yield f"outcomes.{outcome}", sentence % {"outcome": outcome}
    for number, each in enumerate(step.evidence):
        for outcome in sorted(set(each.outcomes) - set(step.branches)):
            facts = {"field": each.field, "outcome": outcome}
            sentence = _(", evidence “%(field)s”: there is no outcome “%(outcome)s”.")
            yield f"evidence.{number}", sentence % facts


def _waiting(step: Step) -> Iterator[tuple[str, str]]:
    if step.kind == "until" and (step.after or step.at):
        sentence = _(
            ", “after” and “at”: waiting for an event begins at once. Give the time a step of its own."
        )
        yield "after", sentence
    if step.until and step.kind != "until":
        yield (
            "until",
            _(
                ", “until”: a step that says something cannot wait as well. Give the waiting a step of its own."
            ),
        )
    if step.when and step.kind != "question":
        yield "when", _(", “when”: a question to the facts is a step of its own.")


def _of_whole(made: Definition) -> Iterator[Fault]:
    leads = {each.slug: set(each.targets) - {END, GOAL} for each in made.steps}
    reached = _reached(leads, made.steps[0].slug)
    for number, step in enumerate(made.steps):
        if step.slug not in reached:
            yield Fault(f"steps.{number}", _("Step “%(step)s”: nothing leads to it.") % {"step": step.slug})
    bounded = {each.slug for each in made.steps if each.most_times}
    free = {slug: targets - bounded for slug, targets in leads.items() if slug not in bounded}
    for number, step in enumerate(made.steps):
        if any(step.slug in _reached(free, each) for each in free.get(step.slug, ())):
            sentence = _(
                "Step “%(step)s”: it leads back to itself for ever. Give a step of the loop “most_times”."
            )
            yield Fault(f"steps.{number}", sentence % {"step": step.slug})


def _reached(leads: dict[str, set[str]], start: str) -> set[str]:
    """Everything one comes to from `start`, itself included."""
    found, front = {start}, [start]
    while front:
        new = leads.get(front.pop(), set()) - found
        found |= new
        front.extend(new)
    return found
