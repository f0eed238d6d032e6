"""The plays that come with the house, and plays from files."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from django.db import transaction

from guinda.plays import services
from guinda.plays.models import Play, PlayVersion

LIBRARY = Path(__file__).resolve().parent / "library"


def files() -> list[Path]:
    """The plays of the house, by name."""
    return sorted(LIBRARY.glob("*.toml"))


@transaction.atomic
def load(paths: Iterable[Path], *, by: str, now: datetime) -> list[PlayVersion]:
    """Bring plays in from files, all or none, as drafts; a play that is there gets a new version where its text differs."""
    return [services.save(text=path.read_text(), by=by, now=now) for path in paths]


def load_new(*, whom: str, by: str, now: datetime) -> int:
    """Bring in the house's plays that are not there yet, and switch on those for a kind of client; returns how many were new.

    What somebody has edited or switched off stays as it is.
    """
    known = set(Play.objects.values_list("slug", flat=True))
    new = load([path for path in files() if path.stem not in known], by=by, now=now)
    for each in new:
        if each.play.whom == whom:
            services.switch(slug=each.play.slug, to=Play.State.ON, by=by, now=now)
    return len(new)
