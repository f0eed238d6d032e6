"""The named facts of a client that a play's conditions may ask about, each found for a whole set of clients in one query."""

from __future__ import annotations

from guinda.plays.facts import buying, companies, people
from guinda.plays.facts.rows import Choices, Fact, Kind, Source

__all__ = ["EVERY", "Choices", "Fact", "Kind", "Source"]

EVERY: dict[str, Fact] = {each.name: each for each in (*people.FACTS, *buying.FACTS, *companies.FACTS)}
"""By name, in the order in which an editor offers them."""
