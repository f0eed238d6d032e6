"""What a cell may hold: read from text, checked, and written so that reading it again gives the same value."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, ClassVar

from django.utils.functional import Promise as LazyText
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guinda.base.schemas import UNPRINTABLE

FORMULA = re.compile(r"'*(\s*[=+\-@＝＋－＠]|[\t\r\n])")
"""A cell that begins so, also after blanks or in wide letters, is run by spreadsheets as a formula: written, it gets one apostrophe
more; read, it loses one."""
BREAKS = {"\n", "\r", "\t"}
NUMBER = re.compile(r"-?\d{1,15}(?:[.,]\d{1,9})?", re.ASCII)
FLOAT = re.compile(r"[-+]?\d{1,9}(?:[.,]\d{1,25})?(?:[eE][-+]?\d{1,3})?", re.ASCII)
FIRST, LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


def guarded(text: str) -> str:
    """What may be opened in a spreadsheet without being run: `=1+1` -> `'=1+1`."""
    return f"'{text}" if FORMULA.match(text) else text


def bare(text: str) -> str:
    """The reverse of `guarded`."""
    return text[1:] if text.startswith("'") and FORMULA.match(text) else text


@dataclass(frozen=True)
class Kind:
    """The base of all kinds. `parse` raises ValueError for what `expected` does not cover; `sql` is the type it has in PostgreSQL."""

    sql: ClassVar[str] = "text"
    is_number: ClassVar[bool] = False
    """Its texts are digits, signs and points by their own rules, so they need no guard against formulas."""

    @property
    def expected(self) -> str:
        """What the cell may hold, in words that follow "expected"."""
        raise NotImplementedError

    def parse(self, text: str) -> Any:
        """A cell's text, not empty, into the value."""
        raise NotImplementedError

    def show(self, value: Any) -> str:
        """The value as a cell's text, still without its guard."""
        return str(value)


@dataclass(frozen=True)
class Text(Kind):
    """Free text, kept to the letter: nothing is trimmed, so that what was exported comes back the same."""

    most: int = 120

    @property
    def expected(self) -> str:
        """Its length."""
        return _("a text of 1 to %(most)s printable characters") % {"most": self.most}

    def parse(self, text: str) -> str:
        """The text itself."""
        if len(text) > self.most or not text.strip():
            raise ValueError
        if not text.isprintable() and any(
            unicodedata.category(each) in UNPRINTABLE and each not in BREAKS for each in text
        ):
            raise ValueError
        return text


@dataclass(frozen=True)
class Word(Kind):
    """A short name, a code, a colour: text of a given form."""

    form: str
    said: str | LazyText

    @property
    def expected(self) -> str:
        """As declared."""
        return str(self.said)

    def parse(self, text: str) -> str:
        """Without the spaces around it."""
        found = text.strip()
        if not re.fullmatch(self.form, found, re.ASCII):
            raise ValueError
        return found


SLUG = Word(
    r"[-a-zA-Z0-9_]{1,50}",
    gettext_lazy("a short name of at most 50 Latin letters, digits, hyphens or underscores"),
)


@dataclass(frozen=True)
class Phone(Kind):
    """A telephone. In E.164 it is taken as it is; the table's rules bring any other writing into that form."""

    E164: ClassVar[re.Pattern[str]] = re.compile(r"\+[1-9][0-9]{6,14}")

    @property
    def expected(self) -> str:
        """The safest way to write it."""
        return _("a telephone number, for example +74951234567")

    def parse(self, text: str) -> str:
        """As written, at most 40 characters."""
        found = text.strip()
        if len(found) > 40 or not any(each.isdigit() for each in found):
            raise ValueError
        return found


@dataclass(frozen=True)
class Whole(Kind):
    """A whole number."""

    least: int = 0
    most: int = 32_767
    sql: ClassVar[str] = "integer"
    is_number: ClassVar[bool] = True

    @property
    def expected(self) -> str:
        """Its bounds."""
        return _("a whole number from %(least)s to %(most)s") % {"least": self.least, "most": self.most}

    def parse(self, text: str) -> int:
        """Digits and a sign."""
        found = text.strip()
        if not re.fullmatch(r"-?[0-9]{1,12}", found) or not self.least <= int(found) <= self.most:
            raise ValueError
        return int(found)


@dataclass(frozen=True)
class Scaled(Kind):
    """A decimal number kept as a whole one: 19.5 °Brix as 195 tenths. No more decimals than are kept, so nothing is rounded away."""

    places: int
    least: int = 0
    most: int = 32_767
    """Bounds of what is kept."""
    sql: ClassVar[str] = "integer"
    is_number: ClassVar[bool] = True

    @property
    def expected(self) -> str:
        """Its bounds and decimals."""
        return _("a number from %(least)s to %(most)s with at most %(places)s decimals") % {
            "least": self.show(self.least),
            "most": self.show(self.most),
            "places": self.places,
        }

    def parse(self, text: str) -> int:
        """With a point or a comma."""
        scaled = decimal(text).scaleb(self.places)
        if scaled != int(scaled) or not self.least <= scaled <= self.most:
            raise ValueError
        return int(scaled)

    def show(self, value: int) -> str:
        """With a point and all its decimals."""
        return f"{Decimal(value).scaleb(-self.places):.{self.places}f}"


@dataclass(frozen=True)
class Money(Kind):
    """An amount in the city's currency. The table's rules make it minor units, which is how it is kept."""

    sql: ClassVar[str] = "integer"
    is_number: ClassVar[bool] = True
    MOST: ClassVar[int] = 2_000_000_000

    @property
    def expected(self) -> str:
        """Said without naming a currency: a file may hold several."""
        return _(
            "an amount above 0 in the city's currency, for example 890.50, without spaces between thousands"
        )

    def parse(self, text: str) -> Decimal:
        """A comma before exactly three digits may mean thousands or decimals: it is refused, not guessed at."""
        if re.search(r",\d{3}$", text.strip()):
            raise ValueError
        return decimal(text)


@dataclass(frozen=True)
class Degrees(Kind):
    """A latitude or longitude."""

    most: int
    sql: ClassVar[str] = "double precision"
    is_number: ClassVar[bool] = True

    @property
    def expected(self) -> str:
        """Its bounds."""
        return _("degrees from -%(most)s to %(most)s, for example 55.7586") % {"most": self.most}

    def parse(self, text: str) -> float:
        """With a point or a comma."""
        found = text.strip()
        if (
            not FLOAT.fullmatch(found)
            or not -self.most <= (value := float(found.replace(",", "."))) <= self.most
        ):
            raise ValueError
        return value

    def show(self, value: float) -> str:
        """The shortest text that gives the same number again."""
        return repr(value)


@dataclass(frozen=True)
class Instant(Kind):
    """A day and time with its zone, shown in UTC."""

    sql: ClassVar[str] = "timestamp with time zone"
    is_number: ClassVar[bool] = True

    @property
    def expected(self) -> str:
        """The form of ISO 8601."""
        return _("a day and time with its zone, for example 2026-06-24T09:00+03:00")

    def parse(self, text: str) -> datetime:
        """One without a zone is refused: nobody can tell which instant was meant."""
        try:
            found = datetime.fromisoformat(text.strip())
            if found.tzinfo is None or not FIRST <= found < LAST:
                raise ValueError
            return found.astimezone(UTC)
        except OverflowError:
            raise ValueError from None

    def show(self, value: datetime) -> str:
        """In UTC, to the microsecond where there are any."""
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


@dataclass(frozen=True)
class Choice(Kind):
    """One of a few words."""

    values: Sequence[str]

    @property
    def expected(self) -> str:
        """All of them."""
        return _("one of: %(values)s") % {"values": ", ".join(self.values)}

    def parse(self, text: str) -> str:
        """In small letters or capitals."""
        found = text.strip().lower()
        if found not in self.values:
            raise ValueError
        return found


@dataclass(frozen=True)
class YesNo(Kind):
    """A yes or a no."""

    sql: ClassVar[str] = "boolean"
    WORDS: ClassVar[Mapping[str, bool]] = {
        **dict.fromkeys(("yes", "true", "1", "sí", "si", "да"), True),
        **dict.fromkeys(("no", "false", "0", "нет"), False),
    }

    @property
    def expected(self) -> str:
        """The two words that are written."""
        return _("yes or no")

    def parse(self, text: str) -> bool:
        """In any of our languages."""
        try:
            return self.WORDS[text.strip().lower()]
        except KeyError:
            raise ValueError from None

    def show(self, value: bool) -> str:
        """In English, like the names of the columns."""
        return "yes" if value else "no"


def decimal(text: str) -> Decimal:
    """A number as people write it, with a point or a comma and nothing between thousands."""
    found = text.strip()
    if not NUMBER.fullmatch(found):
        raise ValueError
    return Decimal(found.replace(",", "."))
