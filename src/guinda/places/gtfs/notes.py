"""One sentence for each thing left out or inferred; nothing is said of what the feed has itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from guinda.places.gtfs import names
from guinda.places.gtfs.feed import Feed
from guinda.places.gtfs.lines import Drawn
from guinda.places.gtfs.stations import Group


@dataclass(frozen=True)
class Found:
    """All that the feed has, and what of it becomes the city."""

    feed: Feed
    groups: Sequence[Group]
    orphans: int
    lines: Sequence[Drawn]
    kept: Sequence[Drawn]
    stations: Sequence[Group]


def told(found: Found) -> list[str]:
    """The sentences, in the reader's language."""
    return [*_left_out(found), *_inferred_stations(found), *_inferred_lines(found)]


def latin_keys(group: Group) -> list[tuple[str, str]]:
    """Where translations.txt may have a station's English name."""
    return [("stops", key) for key in (group.key, *sorted(group.parents), *sorted(group.stops))]


def _left_out(found: Found) -> Iterator[str]:
    if found.feed.left_out:
        counts = ", ".join(f"{kind} {count}" for kind, count in sorted(found.feed.left_out.items()))
        yield _("Lines of other kinds left out: %(counts)s.") % {"counts": counts}
    outside = len(found.groups) - len(found.stations)
    if outside:
        yield _("Stations outside the bounds or without a line there, left out: %(count)d.") % {
            "count": outside
        }
    short = len(found.lines) - len(found.kept)
    if short:
        yield _("Lines with fewer than two stations there, left out: %(count)d.") % {"count": short}


def _inferred_stations(found: Found) -> Iterator[str]:
    if found.orphans:
        yield _("Stops without a parent station, joined by name within 400 m: %(count)d.") % {
            "count": found.orphans
        }
    if not any(each.entrances for each in found.stations):
        yield _("The feed has no entrances; couriers and panels know stations by their middle.")
    foreign = [each for each in found.stations if not names.is_latin(each.name)]
    spelt = [each for each in foreign if not any(key in found.feed.latin for key in latin_keys(each))]
    if spelt:
        yield _("Names put into Latin letters by us: %(count)d.") % {"count": len(spelt)}


def _inferred_lines(found: Found) -> Iterator[str]:
    for sentence, codes in (
        (
            _("Colours chosen by us for the lines: %(codes)s."),
            [each.code for each in found.kept if not each.colour_known],
        ),
        (
            _("Drawn from station to station for want of a shape: %(codes)s."),
            [each.code for each in found.kept if not each.path_known],
        ),
        (
            _("Branches put beside the longest run by their neighbours: %(codes)s."),
            [each.code for each in found.kept if not each.order_known],
        ),
    ):
        if codes:
            yield sentence % {"codes": ", ".join(codes)}
