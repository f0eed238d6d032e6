"""From a client's facts to the numbers that a model reads, in a way that is kept with the model.

What is not known counts as 0, and where it was known of some clients only, a column says of whom. Amounts and days are taken by the
logarithm of their size: a few large ones would decide alone. Of words each that a hundredth of the clients have gets a column.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from guinda.plays.facts import EVERY, Kind
from guinda.plays.facts.numbers import Columns

Floats = NDArray[np.float64]
WORD_SHARE, WORDS_MOST = 0.01, 8


@dataclass(frozen=True)
class Column:
    """One number that a model reads: a fact's value, whether it is known, or whether it is a certain word."""

    fact: str
    asks: Literal["value", "known", "word"]
    word: str = ""

    def of(self, given: Columns) -> Floats:
        """The numbers of all clients."""
        if self.asks == "word":
            return np.asarray(given.words[self.fact] == self.word, dtype=np.float64)
        numbers = given.numbers[self.fact]
        if self.asks == "known":
            return (~np.isnan(numbers)).astype(np.float64)
        filled = np.nan_to_num(numbers, nan=0.0)
        if EVERY[self.fact].kind is Kind.YES_NO:
            return filled
        return np.asarray(np.sign(filled) * np.log1p(np.abs(filled)))


@dataclass(frozen=True)
class Encoding:
    """The columns of a model, in its order."""

    columns: tuple[Column, ...]

    @property
    def facts(self) -> list[str]:
        """The names of the facts that it reads."""
        return list(dict.fromkeys(column.fact for column in self.columns))

    def matrix(self, given: Columns) -> Floats:
        """A row for each client."""
        return np.column_stack([column.of(given) for column in self.columns])

    def plain(self) -> list[list[str]]:
        """As JSON can hold it."""
        return [[column.fact, column.asks, column.word] for column in self.columns]

    @classmethod
    def read(cls, said: Sequence[Sequence[Any]]) -> Encoding:
        """What `plain` wrote."""
        return cls(tuple(Column(*each) for each in said))


def encoding_of(given: Columns) -> Encoding:
    """The columns that tell these clients apart; at least one, so that there is something to read."""
    tried = list(chain.from_iterable(_asked(given, name) for name in (*given.numbers, *given.words)))
    telling = [column for column in tried if np.ptp(column.of(given)) > 0]
    return Encoding(tuple(telling or tried[:1]))


def _asked(given: Columns, name: str) -> list[Column]:
    if name in given.numbers:
        return [Column(name, "value"), Column(name, "known")]
    words, counts = np.unique(given.words[name], return_counts=True)
    often = [
        (-count, word)
        for word, count in zip(words, counts, strict=True)
        if word and count >= WORD_SHARE * counts.sum()
    ]
    return [Column(name, "word", str(word)) for _count, word in sorted(often)[:WORDS_MOST]]
