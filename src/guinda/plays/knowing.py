"""Versions as definitions, read once per process: a version never changes."""

from __future__ import annotations

from functools import lru_cache

from guinda.plays.definition import Definition
from guinda.plays.models import PlayVersion


@lru_cache(maxsize=512)
def definition_of(version_id: int) -> Definition:
    """What a version says."""
    return PlayVersion.objects.get(pk=version_id).read()
