"""Small files that are whole or not there: a crash in the middle of writing leaves the one before."""

from __future__ import annotations

import os
from pathlib import Path


def write(file: Path, text: str, *, mode: int = 0o644) -> None:
    """Replace `file` by `text` in one step; with mode 0o600 nobody else can read it at any moment."""
    file.parent.mkdir(parents=True, exist_ok=True)
    beside = file.with_name(f".{file.name}.{os.getpid()}")
    beside.unlink(missing_ok=True)
    with os.fdopen(
        os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w", encoding="utf-8"
    ) as handle:
        handle.write(text)
        handle.flush()
        os.fsync(handle.fileno())
    beside.replace(file)
