"""What is wrong with a play, each fault as one sentence that begins with its place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from guinda.base.refusals import Refusal


@dataclass(frozen=True)
class Fault:
    """One thing to put right: `where` is the place as a form names its fields (`steps.call.branches.refused`)."""

    where: str
    sentence: str


class Faults(Refusal):
    """A play that can't be used as it is written."""

    status = 422

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("play_faulty", faults[0].sentence, faults=[vars(each) for each in faults])
        self.faults = tuple(faults)

    def __str__(self) -> str:
        return " ".join(each.sentence for each in self.faults)
