"""What an allocation is asked and what it answers: plain arrays and whole numbers, each refused early where it makes no sense."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Whole = NDArray[Any]
"""An array of whole numbers, 32 or 64 bits each: half the bytes are half the time."""
NEVER = -(2**31)
"""The value of an offer that this client may not get."""
NOTHING = -1
"""The choice of no offer."""
OFFERS_MAX = 127
LIMITS_MAX = 64
SIZE_MAX = 2**31 - 1
"""No value, amount or use of one offer is larger."""


@dataclass(frozen=True)
class Limit:
    """At most `most` and at least `least` of something: money, a channel's messages, a seller's minutes, a segment's contacts.

    `uses` says by group of clients and offer (both may be broadcast: shapes (groups, offers), (offers,) and (groups, 1) will do) what
    one such offer takes. With `amount`, a row of the problem's amounts, that is multiplied by the pair's own amount: its price, say.
    """

    name: str
    uses: Whole
    most: int | None = None
    least: int | None = None
    amount: int | None = None

    def __post_init__(self) -> None:
        if self.most is None and self.least is None:
            raise ValueError(f"The limit {self.name} needs a most or a least.")
        if any(bound is not None and not 0 <= bound < 2**53 for bound in (self.most, self.least)):
            raise ValueError(f"The limit {self.name} lies between 0 and 2^53.")
        if self.most is not None and self.least is not None and self.most < self.least:
            raise ValueError(f"The limit {self.name} asks for at least {self.least} and at most {self.most}.")
        uses = np.asarray(self.uses)
        if uses.dtype.kind not in "iu" or (uses < 0).any() or (uses > SIZE_MAX).any():
            raise ValueError(f"The uses of the limit {self.name} are whole numbers from 0 to 2^31.")


@dataclass(frozen=True)
class Problem:
    """Clients (rows) and offers (columns): what each pair is worth, what it takes, and the limits over all.

    values: what the offer adds with this client, in minor units; NEVER where it may not be made; below 0 only a floor can ask for it.
    amounts: (kinds, clients, offers), what a pair takes that depends on both, as its cost in minor units.
    groups: the group of each client, 0 and up: whatever decides which limits a client falls under (seller, segment).
    each: how many offers each client may get at most; one number for all, or one for each.
    """

    values: Whole
    limits: Sequence[Limit]
    amounts: Whole = field(default_factory=lambda: np.zeros((0, 0, 0), dtype=np.int32))
    groups: Whole | None = None
    each: int | Whole = 1

    def __post_init__(self) -> None:
        values = self.values
        if values.ndim != 2 or values.dtype not in (np.dtype(np.int32), np.dtype(np.int64)):
            raise ValueError(
                "Values are whole numbers of 32 or 64 bits: a row for each client, a column for each offer."
            )
        if not (len(values) and 1 <= values.shape[1] <= OFFERS_MAX):
            raise ValueError(f"There is at least one client, and there are 1 to {OFFERS_MAX} offers.")
        if values.min() < NEVER or values.max() > SIZE_MAX:
            raise ValueError("A value lies between -2^31 (never) and 2^31.")
        if len(self.limits) > LIMITS_MAX:
            raise ValueError(f"There may be {LIMITS_MAX} limits; these are {len(self.limits)}.")
        self._complete()
        self._fitting()

    def _fitting(self) -> None:
        """Refuse limits that speak of what is not there, or that could overflow."""
        kinds = len(self.amounts)
        for limit in self.limits:
            if limit.amount is not None and not 0 <= limit.amount < kinds:
                raise ValueError(f"The limit {limit.name} names amounts that the problem does not have.")
            try:
                np.broadcast_to(limit.uses, (self.group_count, self.offers))
            except ValueError:
                raise ValueError(
                    f"The uses of the limit {limit.name} fit neither the groups nor the offers."
                ) from None
            largest = 1 if limit.amount is None else int(self.amounts[limit.amount].max())
            if self.clients * self.offers * int(np.max(limit.uses, initial=0)) * largest >= 2**62:
                raise ValueError(
                    f"The limit {limit.name} could add up beyond 2^62: give its uses in a larger unit."
                )

    def _complete(self) -> None:
        """Fill what was left out, and refuse what does not fit the clients and offers."""
        clients, offers = self.values.shape
        amounts = self.amounts if self.amounts.size else np.zeros((0, clients, offers), dtype=np.int32)
        if amounts.shape[1:] != (clients, offers) or amounts.dtype.kind != "i":
            raise ValueError("Amounts are whole numbers of the shape (kinds, clients, offers).")
        if amounts.size and (amounts.min() < 0 or amounts.max() > SIZE_MAX):
            raise ValueError("An amount lies between 0 and 2^31.")
        groups = (
            np.zeros(clients, dtype=np.int32)
            if self.groups is None
            else np.asarray(self.groups, dtype=np.int32)
        )
        if groups.shape != (clients,) or groups.min() < 0:
            raise ValueError("Each client has one group, 0 or above.")
        each = np.asarray(self.each)
        if (
            each.dtype.kind not in "iu"
            or each.min() < 0
            or each.max() > offers
            or each.shape not in {(), (clients,)}
        ):
            raise ValueError(
                "How many offers each client may get lies between 0 and their number: one for all, or one for each."
            )
        room = np.ascontiguousarray(np.broadcast_to(each.astype(np.uint8), (clients,)))
        for name, whole in (("amounts", amounts), ("groups", groups), ("each", room)):
            object.__setattr__(self, name, whole)

    @property
    def clients(self) -> int:
        """How many."""
        return int(self.values.shape[0])

    @property
    def offers(self) -> int:
        """How many."""
        return int(self.values.shape[1])

    @property
    def group_count(self) -> int:
        """As many as the limits speak of, and at least one more than the highest group of a client."""
        spoken = [int(np.shape(limit.uses)[0]) for limit in self.limits if np.ndim(limit.uses) == 2]
        return max([int(np.asarray(self.groups).max()) + 1, *spoken])

    def part(self, rows: NDArray[np.int64]) -> Problem:
        """The same of some clients, with the limits as they are."""
        groups, each = np.asarray(self.groups), np.asarray(self.each)
        return Problem(
            self.values[rows],
            self.limits,
            np.ascontiguousarray(self.amounts[:, rows]),
            groups[rows],
            each[rows],
        )


@dataclass(frozen=True)
class Price:
    """What one more unit of a limit would bring, in minor units: of the most, or one unit less of the least (`of_least`)."""

    limit: str
    of_least: bool
    per_unit: float
    used: int
    bound: int

    @property
    def binds(self) -> bool:
        """Whether the limit decides anything: moving it by a unit is worth something."""
        return self.per_unit > 0


@dataclass(frozen=True)
class Short:
    """A floor that was not reached: how much is reached at best, whether no plan can reach it, and which limits stand in its way."""

    limit: str
    least: int
    reached: int
    proved: bool
    because: tuple[str, ...]


@dataclass(frozen=True)
class Allocation:
    """Who gets what: for each client the chosen offers (NOTHING fills the row), in whole minor units with the proof beside them."""

    choices: NDArray[np.int8]
    value: int
    bound: int
    """No plan within the limits is worth more: Lagrange's relaxation, reckoned in whole numbers."""
    prices: tuple[Price, ...]
    shorts: tuple[Short, ...]
    passes: int
    """How many times all clients were looked at."""

    @property
    def gap(self) -> float:
        """How far below the bound the value is, in shares of the bound: 0 is proved best."""
        return 0.0 if self.bound <= self.value else (self.bound - self.value) / max(1, abs(self.bound))
