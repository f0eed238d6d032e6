"""What the JSON doors of several rooms take: texts that can be written down, places on earth, instants and rows' numbers."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, Field

EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
UNPRINTABLE = {"Cc", "Cs", "Cn", "Co"}


def _plain(text: str) -> str:
    """Refuse control characters (NUL among them), lone surrogates and unassigned code points."""
    if text.isprintable():
        return text  # nearly every text there is
    if any(unicodedata.category(each) in UNPRINTABLE for each in text):
        raise ValueError("contains a character that can't be written down")
    return text


def _of_this_century(instant: datetime) -> datetime:
    if not EARLIEST <= instant <= LATEST:
        raise ValueError("is not an instant of this century")
    return instant


PLAIN = AfterValidator(_plain)
Latitude = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
Longitude = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
Instant = Annotated[AwareDatetime, AfterValidator(_of_this_century)]
RowId = Annotated[int, Field(strict=True, ge=1, lt=2**63)]
