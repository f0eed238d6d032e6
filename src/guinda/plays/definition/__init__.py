"""A play as data: frozen dataclasses, the TOML they are written in, and every fault as one sentence that names its place.

`parse(text)` reads TOML and `write(definition)` writes it back, so that `parse(write(d)) == d`. `plain` and `from_plain` do the same with
plain values, which is what the database keeps and what a form fills. What is wrong comes as `Faults`, all of it at once.
"""

from guinda.plays.definition.faults import Fault, Faults
from guinda.plays.definition.reading import from_plain, parse
from guinda.plays.definition.rows import (
    DESK,
    END,
    GOAL,
    Definition,
    Entry,
    Evidence,
    Filters,
    Goal,
    Objection,
    Step,
    Texts,
    Until,
    Variant,
)
from guinda.plays.definition.writing import plain, write

__all__ = [
    "DESK",
    "END",
    "GOAL",
    "Definition",
    "Entry",
    "Evidence",
    "Fault",
    "Faults",
    "Filters",
    "Goal",
    "Objection",
    "Step",
    "Texts",
    "Until",
    "Variant",
    "from_plain",
    "parse",
    "plain",
    "write",
]
