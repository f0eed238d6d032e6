"""An offer on paper: a PDF set by Typst, whose own fonts have Cyrillic. Values reach the page as data and never as markup."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

SHEET = Path(__file__).resolve().parent / "paper" / "offer.typ"


def pdf(values: Mapping[str, str | list[list[str]]]) -> bytes:
    """A page of A4. `values` are texts as they shall be read; whatever stands in them is set as text."""
    import typst  # deferred: the web and the worker start without it

    made: bytes = typst.compile(
        _sheet(), format="pdf", sys_inputs={"data": json.dumps(values)}, ignore_system_fonts=True
    )
    return made


@cache
def _sheet() -> bytes:
    return SHEET.read_bytes()
