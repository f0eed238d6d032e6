"""Where the stations' names go on the map: the important ones first, never over another name or a dot."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from guinda.places.projection import XY

LETTER = 0.56  # mean width of a letter, in shares of the letters' height
MARGIN = 6.0


@dataclass(frozen=True)
class Box:
    """A rectangle on the map."""

    left: float
    top: float
    right: float
    bottom: float

    def touches(self, other: Box) -> bool:
        """Whether the two overlap."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )

    def holds(self, xy: XY) -> bool:
        """Whether a place lies in it."""
        return self.left < xy.x < self.right and self.top < xy.y < self.bottom

    def within(self, width: float, height: float) -> bool:
        """Whether it lies on the map, a margin away from the edge."""
        return (
            self.left >= MARGIN
            and self.top >= MARGIN
            and self.right <= width - MARGIN
            and self.bottom <= height - MARGIN
        )


@dataclass(frozen=True)
class Label:
    """A name placed: the baseline's start, middle or end (`anchor`) at `xy`."""

    text: str
    xy: XY
    anchor: str


@dataclass(frozen=True)
class Wish:
    """A name to place beside its dot, the important ones first; `gap` is the dot's radius and some air."""

    text: str
    at: XY
    gap: float


def place(
    wishes: Iterable[Wish],
    taken: Sequence[Box],
    crossings: Sequence[XY],
    *,
    size: float,
    width: float,
    height: float,
) -> list[Label]:
    """Place as many names as fit, in order, `size` units high, where they cover the fewest `crossings`."""
    boxes = list(taken)
    labels = []
    for wish in wishes:
        free = [
            (label, box)
            for label, box in _candidates(wish, size)
            if box.within(width, height) and not any(box.touches(each) for each in boxes)
        ]
        if free:
            near = [xy for xy in crossings if abs(xy.y - wish.at.y) < 3 * size]
            label, box = min(free, key=lambda each: sum(each[1].holds(xy) for xy in near))
            labels.append(label)
            boxes.append(box)
    return labels


def _candidates(wish: Wish, size: float) -> Iterable[tuple[Label, Box]]:
    """Right, left, above, below, then the four corners."""
    long = len(wish.text) * size * LETTER
    near = wish.gap * 0.75
    for anchor, dx, dy in (
        ("start", wish.gap, size * 0.34),
        ("end", -wish.gap, size * 0.34),
        ("middle", 0.0, -wish.gap - size * 0.1),
        ("middle", 0.0, wish.gap + size * 0.78),
        ("start", near, -near),
        ("end", -near, -near),
        ("start", near, near + size * 0.7),
        ("end", -near, near + size * 0.7),
    ):
        x, y = wish.at.x + dx, wish.at.y + dy
        left = x - {"start": 0.0, "middle": long / 2, "end": long}[anchor]
        yield Label(wish.text, XY(x, y), anchor), Box(left, y - size * 0.78, left + long, y + size * 0.22)
