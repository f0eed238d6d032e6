"""How the outcomes of steps read: those that many share have their words here, and a step brings its own for whatever else it has."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from guinda.base.texts import pick
from guinda.plays.definition import Step
from guinda.plays.definition.checks import HELD_BACK, LAPSED

LABELS: dict[str, Any] = {
    "reached": pgettext_lazy("outcome", "talked"),
    "no_answer": pgettext_lazy("outcome", "no answer"),
    "agreed": pgettext_lazy("outcome", "agreed"),
    "declined": pgettext_lazy("outcome", "declined"),
    "refused": pgettext_lazy("outcome", "declined"),
    "later": pgettext_lazy("outcome", "another time"),
    "done": pgettext_lazy("outcome", "done"),
    "ready": pgettext_lazy("outcome", "ready"),
    "sent": pgettext_lazy("outcome", "sent"),
    "came": pgettext_lazy("outcome", "it came"),
    "did_not_come": pgettext_lazy("outcome", "it did not come"),
    "yes": pgettext_lazy("outcome", "yes"),
    "no": pgettext_lazy("outcome", "no"),
    "passed": pgettext_lazy("outcome", "the time has passed"),
    "need_found": pgettext_lazy("outcome", "need found"),
    "no_need": pgettext_lazy("outcome", "no need"),
    "shown": pgettext_lazy("outcome", "shown"),
    "taken": pgettext_lazy("outcome", "taken"),
    "no_reason": pgettext_lazy("outcome", "no reason to call"),
    "stays": pgettext_lazy("outcome", "stays with us"),
    "not_for_us": pgettext_lazy("outcome", "not for us"),
    "said_yes": pgettext_lazy("outcome", "said yes"),
    "said_no": pgettext_lazy("outcome", "said no"),
    "found": pgettext_lazy("outcome", "need found"),
    "none": pgettext_lazy("outcome", "no need"),
    "doubts": pgettext_lazy("outcome", "has doubts"),
    HELD_BACK: _("may not be contacted"),
    LAPSED: _("time is over"),
}


def label(outcome: str, step: Step) -> str:
    """The outcome as people read it; a version from before words were asked for shows its name."""
    if outcome in step.outcomes:
        return pick(step.outcomes[outcome])
    return str(LABELS.get(outcome) or outcome.replace("_", " "))


def is_told(outcome: str, step: Step) -> bool:
    """Whether there are words for it."""
    return outcome in step.outcomes or outcome in LABELS


def of_hand(step: Step) -> list[str]:
    """The outcomes that a person can choose, in the play's order."""
    return [each for each in step.branches if each not in (HELD_BACK, LAPSED)]
