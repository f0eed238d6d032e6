"""Who may use which street, in which direction, and how fast: one frozen profile for each way of moving.

Access and one-way rules are OpenStreetMap's documented ones (wiki pages "Key:access", "Key:oneway", "Bicycle").
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from guinda.places.travel import Mode

Tags = Mapping[str, str]
NO_ACCESS = frozenset(
    {"no", "private", "agricultural", "forestry", "military", "emergency", "use_sidepath", "bus", "psv"}
)
YES, NO, AGAINST = (
    frozenset({"yes", "1", "true"}),
    frozenset({"no", "0", "false"}),
    frozenset({"-1", "reverse"}),
)
ROUND = frozenset({"roundabout", "circular"})
MPH = 1.609344


class Speeds(NamedTuple):
    """Metres a second with the way's drawing and against it; 0 where it may not be used."""

    forward_m_s: float
    backward_m_s: float


NOWHERE = Speeds(0.0, 0.0)


@dataclass(frozen=True)
class Profile:
    """One way of moving. `access_keys` go from the most particular to the most general; the first found decides."""

    mode: Mode
    speeds_m_s: Mapping[str, float]  # by the way's `highway`
    access_keys: Sequence[str]
    oneway_keys: Sequence[str]
    surfaces: Mapping[str, float]  # the share of its speed that a surface leaves
    limit_share: float | None = None  # of the posted limit that is driven; None: limits don't bind
    pushed_m_s: float | None = None  # where a vehicle may only be pushed
    welcome_m_s: float | None = None  # on ways of other kinds that are signed for this mode

    def __post_init__(self) -> None:
        if not self.speeds_m_s or min(self.speeds_m_s.values()) <= 0:
            raise ValueError("A profile needs at least one kind of street, and every speed above 0.")
        if any(not 0 < share <= 1 for share in (*self.surfaces.values(), self.limit_share or 1)):
            raise ValueError("A share is above 0 and at most 1.")

    def speeds(self, tags: Tags) -> Speeds:
        """How fast one goes along a way with these tags, each way round."""
        access = next((tags[key] for key in self.access_keys if key in tags), "")
        if access in NO_ACCESS or "yes" in (tags.get("area"), tags.get("impassable")):
            return NOWHERE
        if self.mode != Mode.CAR and tags.get("motorroad") == "yes":
            return NOWHERE
        speed_m_s = self._speed_m_s(tags, access)
        if speed_m_s == 0:
            return NOWHERE
        way = self._direction(tags)
        return Speeds(speed_m_s if way >= 0 else 0.0, speed_m_s if way <= 0 else 0.0)

    def _speed_m_s(self, tags: Tags, access: str) -> float:
        speed_m_s = self.speeds_m_s.get(tags.get("highway", ""), 0.0)
        if self.welcome_m_s and access in {"yes", "designated"}:
            speed_m_s = max(speed_m_s, self.welcome_m_s) if tags.get("highway") in SHARED else speed_m_s
        if self.pushed_m_s and access == "dismount":
            speed_m_s = self.pushed_m_s
        speed_m_s *= self.surfaces.get(tags.get("surface", ""), 1.0)
        limit_m_s = posted_m_s(tags.get("maxspeed", ""))
        if self.limit_share and limit_m_s and speed_m_s:
            speed_m_s = min(speed_m_s, limit_m_s * self.limit_share)
        return speed_m_s

    def _direction(self, tags: Tags) -> int:
        """1 with the drawing only, -1 against it only, 0 both."""
        if "oneway:bicycle" in self.oneway_keys and _contraflow(tags):
            return 0
        for key in self.oneway_keys:
            value = tags.get(key, "")
            if value in YES:
                return 1
            if value in AGAINST:
                return -1
            if value in NO:
                return 0
        implied = tags.get("junction") in ROUND or tags.get("highway") in {"motorway", "motorway_link"}
        return 1 if implied and "oneway" in self.oneway_keys else 0


SHARED = frozenset({"footway", "pedestrian", "path", "track", "bridleway"})
"""Ways that belong to walkers unless a sign says otherwise."""


def _contraflow(tags: Tags) -> bool:
    """A cycle lane against the one-way traffic, in any of the ways it is mapped."""
    if tags.get("oneway:bicycle", "") != "":
        return tags["oneway:bicycle"] in NO
    keys = ("cycleway", "cycleway:left", "cycleway:right", "cycleway:both")
    return any(
        tags.get(key, "").startswith("opposite") or tags.get(f"{key}:oneway", "") in {"no", "-1"}
        for key in keys
    )


def posted_m_s(text: str) -> float:
    """A posted limit ("50", "30 mph") in metres a second; 0 when there is none that we can read."""
    found = re.fullmatch(r"(\d{1,3})(?: ?(mph|km/h))?", text.strip())
    if not found:
        return 0.0
    return int(found[1]) * (MPH if found[2] == "mph" else 1.0) / 3.6


def _kinds(names: str, km_h: float) -> dict[str, float]:
    return dict.fromkeys(names.split(), km_h / 3.6)


WALK_KM_H = 1.34 * 3.6
FOOT = Profile(
    Mode.FOOT,
    # 1.34 m/s: mean free walking speed (U. Weidmann, Transporttechnik der Fussgänger, 1993). Stairs, in metres of the map:
    # 0.5 m/s, between his 0.61 up and what a bag costs.
    _kinds(
        "trunk trunk_link primary primary_link secondary secondary_link tertiary tertiary_link unclassified residential "
        "living_street service road pedestrian footway path track cycleway bridleway corridor platform",
        WALK_KM_H,
    )
    | _kinds("steps", 0.5 * 3.6),
    access_keys=("foot", "access"),
    oneway_keys=("oneway:foot",),
    surfaces={},
)
BICYCLE = Profile(
    Mode.BICYCLE,
    # 14.5 km/h: Lyon's shared bicycles when riders hurry (P. Jensen et al., Transportation Research D 15, 2010). Where a
    # bicycle is pushed: 4 km/h, paths and tracks in the proportion of OSRM's bicycle profile (13 and 12 to 15 km/h).
    _kinds(
        "primary primary_link secondary secondary_link tertiary tertiary_link unclassified residential living_street "
        "service road cycleway",
        14.5,
    )
    | _kinds("trunk trunk_link", 14.5)
    | _kinds("path", 12.5)
    | _kinds("track", 11.5)
    | _kinds("footway pedestrian platform", 4.0)
    | _kinds("steps", 2.0),
    access_keys=("bicycle", "vehicle", "access"),
    oneway_keys=("oneway:bicycle", "oneway"),
    # OSRM's bicycle profile again: sett 9, cobblestone 7, gravel 6 of 15 km/h.
    surfaces={"sett": 0.6, "cobblestone": 0.47, "unhewn_cobblestone": 0.47, "gravel": 0.4, "unpaved": 0.4,
              "dirt": 0.53, "ground": 0.67, "sand": 0.2, "mud": 0.2, "grass": 0.4},
    pushed_m_s=4.0 / 3.6,
    welcome_m_s=12.5 / 3.6,
)  # fmt: skip
DAYTIME_SHARE = 0.6
"""Of a free road's speed that lights, turns and traffic leave by day. Our assumption: an average car of a centre comes out
near the 20 km/h that distance times detour assumes; the journal's own rides will say better."""
CAR = Profile(
    Mode.CAR,
    # Free-flow speeds by kind of road as in OSRM's car profile.
    {
        kind: km_h * DAYTIME_SHARE / 3.6
        for kind, km_h in {
            "motorway": 90, "motorway_link": 45, "trunk": 85, "trunk_link": 40, "primary": 65, "primary_link": 30,
            "secondary": 55, "secondary_link": 25, "tertiary": 40, "tertiary_link": 20, "unclassified": 25,
            "residential": 25, "living_street": 10, "service": 15, "road": 25,
        }.items()
    },
    access_keys=("motorcar", "motor_vehicle", "vehicle", "access"),
    oneway_keys=("oneway:motor_vehicle", "oneway"),
    surfaces={"cobblestone": 0.6, "unpaved": 0.5, "gravel": 0.5, "dirt": 0.4, "sand": 0.3},
    limit_share=DAYTIME_SHARE,
)  # fmt: skip
PROFILES: Sequence[Profile] = (FOOT, BICYCLE, CAR)
