"""What the JSON doors of several rooms take: texts that can be written down, and places on earth."""

from __future__ import annotations

import unicodedata
from typing import Annotated

from pydantic import AfterValidator, Field

UNPRINTABLE = {"Cc", "Cs", "Cn", "Co"}


def _plain(text: str) -> str:
    """Refuse control characters (NUL among them), lone surrogates and unassigned code points."""
    if text.isprintable():
        return text  # nearly every text there is
    if any(unicodedata.category(each) in UNPRINTABLE for each in text):
        raise ValueError("contains a character that can't be written down")
    return text


PLAIN = AfterValidator(_plain)
Latitude = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
Longitude = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
