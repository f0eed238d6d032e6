"""Everything that can be learned, by its subject: `play:NAME` and `tool:NAME`, `people`, `companies`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

from guinda.planner.learning import history
from guinda.planner.learning.buying import PEOPLE, learn_people
from guinda.planner.learning.leaving import COMPANIES, learn_leaving, learn_staying
from guinda.planner.learning.uplift import learn_uplift
from guinda.planner.models import Learned

Way = Callable[..., Learned]
"""Takes `now`, `by` and `progress`."""


def every(*, now: datetime) -> list[str]:
    """What there is: people and companies always, plays and tools of which chance decided something."""
    return [*history.subjects(now=now), PEOPLE, COMPANIES]


def ways(subject: str) -> Sequence[Way]:
    """What is learned of it, one version each; whoever stays is learned before whoever leaves."""
    if subject == PEOPLE:
        return [learn_people]
    if subject == COMPANIES:
        return [learn_staying, learn_leaving]
    return [partial(learn_uplift, subject)]
