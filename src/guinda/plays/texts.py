"""What a play says to one client: a text with fields, of which a part in brackets is left out when its field is not known.

    Good morning[, {name}]! Your {fruit} is in.

A text may hold several parts in brackets, none within another.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

FIELDS = ("name", "city", "fruit", "contact", "competitor", "ends_date")
"""The client's name; their city; the fruit of their last bag; who decides at a company; whom it buys from, and until when."""
FIELD = re.compile(r"\{([a-z_]*)\}")
PART = re.compile(r"\[([^\[\]]*)\]")


def fields(template: str) -> list[str]:
    """The fields of a text, in its order."""
    return FIELD.findall(template)


def unknown_fields(template: str) -> list[str]:
    """The fields that no client has."""
    return [each for each in fields(template) if each not in FIELDS]


def is_balanced(template: str) -> bool:
    """Whether each bracket and brace has its other half, none within another of its kind."""
    bare = FIELD.sub("", PART.sub(r"\1", template))
    return not any(each in bare for each in "[]{}")


def certain_fields(template: str) -> list[str]:
    """The fields outside brackets: for whom one of them is unknown the text would have a hole."""
    return fields(PART.sub("", template))


def render(template: str, facts: Mapping[str, str]) -> str:
    """The text for one client."""
    whole = PART.sub(lambda part: part[1] if _knows(part[1], facts) else "", template)
    return FIELD.sub(lambda field: facts.get(field[1], ""), whole).strip()


def _knows(part: str, facts: Mapping[str, str]) -> bool:
    return all(facts.get(each) for each in fields(part))
