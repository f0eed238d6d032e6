"""Plays for tests."""

from __future__ import annotations

import re
from pathlib import Path

DOCS = Path(__file__).resolve().parents[4] / "docs" / "rooms" / "plays.md"
EXAMPLE = re.search(r"```toml\n(.*?)```", DOCS.read_text(), re.DOTALL)[1]
"""The example of the docs."""


def texts(text: str) -> dict[str, str]:
    return {"en": text, "es": text, "ru": text}
