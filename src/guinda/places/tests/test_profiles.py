"""Who may go where: OpenStreetMap's tags against each way of moving."""

from __future__ import annotations

import pytest

from guinda.places.streets.profiles import BICYCLE, CAR, DAYTIME_SHARE, FOOT, Profile, posted_m_s
from guinda.places.travel import PACES, Mode

STREET = {"highway": "residential"}


def ways(profile, **tags):
    """With the drawing and against it: whether one may go."""
    speeds = profile.speeds({**STREET, **{key.replace("__", ":"): value for key, value in tags.items()}})
    return speeds.forward_m_s > 0, speeds.backward_m_s > 0


BOTH, WITH, AGAINST, NEITHER = (True, True), (True, False), (False, True), (False, False)


@pytest.mark.parametrize(
    ("tags", "foot", "bicycle", "car"),
    [
        ({}, BOTH, BOTH, BOTH),
        ({"oneway": "yes"}, BOTH, WITH, WITH),
        ({"oneway": "1"}, BOTH, WITH, WITH),
        ({"oneway": "-1"}, BOTH, AGAINST, AGAINST),
        ({"oneway": "no", "junction": "roundabout"}, BOTH, BOTH, BOTH),
        ({"junction": "roundabout"}, BOTH, WITH, WITH),
        ({"oneway": "yes", "oneway__bicycle": "no"}, BOTH, BOTH, WITH),
        ({"oneway": "yes", "oneway__bicycle": "-1"}, BOTH, AGAINST, WITH),
        ({"oneway__bicycle": "yes"}, BOTH, WITH, BOTH),
        ({"oneway": "yes", "cycleway": "opposite_lane"}, BOTH, BOTH, WITH),
        ({"oneway": "yes", "cycleway__left": "opposite_track"}, BOTH, BOTH, WITH),
        ({"oneway": "yes", "cycleway__left": "lane", "cycleway__left__oneway": "-1"}, BOTH, BOTH, WITH),
        ({"oneway": "yes", "oneway__foot": "yes"}, WITH, WITH, WITH),
        ({"oneway": "yes", "oneway__motor_vehicle": "no"}, BOTH, WITH, BOTH),
        ({"access": "private"}, NEITHER, NEITHER, NEITHER),
        ({"access": "no", "foot": "yes"}, BOTH, NEITHER, NEITHER),
        ({"access": "bus"}, NEITHER, NEITHER, NEITHER),
        ({"access": "destination"}, BOTH, BOTH, BOTH),
        ({"motor_vehicle": "no"}, BOTH, BOTH, NEITHER),
        ({"vehicle": "no", "bicycle": "yes"}, BOTH, BOTH, NEITHER),
        ({"bicycle": "use_sidepath"}, BOTH, NEITHER, BOTH),
        ({"highway": "motorway"}, NEITHER, NEITHER, WITH),
        ({"highway": "trunk", "motorroad": "yes"}, NEITHER, NEITHER, BOTH),
        ({"highway": "footway"}, BOTH, BOTH, NEITHER),
        ({"highway": "steps"}, BOTH, BOTH, NEITHER),
        ({"highway": "construction"}, NEITHER, NEITHER, NEITHER),
        ({"highway": "pedestrian", "area": "yes"}, NEITHER, NEITHER, NEITHER),
    ],
)
def test_directions(tags, foot, bicycle, car):
    assert (ways(FOOT, **tags), ways(BICYCLE, **tags), ways(CAR, **tags)) == (foot, bicycle, car)


def test_speeds_agree_with_the_paces_of_the_plain_detour():
    assert FOOT.speeds(STREET).forward_m_s == pytest.approx(PACES[Mode.FOOT].speed_m_s)
    assert BICYCLE.speeds(STREET).forward_m_s == pytest.approx(PACES[Mode.BICYCLE].speed_m_s)


def test_limits_surfaces_and_signs_bind_those_they_are_for():
    slow = {"highway": "primary", "maxspeed": "30"}
    assert CAR.speeds(slow).forward_m_s == pytest.approx(30 / 3.6 * DAYTIME_SHARE)
    assert BICYCLE.speeds(slow) == BICYCLE.speeds({"highway": "primary"})
    stones = {"highway": "residential", "surface": "sett"}
    assert BICYCLE.speeds(stones).forward_m_s < BICYCLE.speeds(STREET).forward_m_s
    shared = {"highway": "footway", "bicycle": "designated"}
    assert BICYCLE.speeds(shared).forward_m_s > 2 * BICYCLE.speeds({"highway": "footway"}).forward_m_s
    pushed = {"highway": "residential", "bicycle": "dismount"}
    assert BICYCLE.speeds(pushed).forward_m_s == pytest.approx(4 / 3.6)


@pytest.mark.parametrize(
    ("text", "km_h"),
    [
        ("50", 50),
        ("30 mph", 48.28032),
        ("50 km/h", 50),
        ("none", 0),
        ("RU:urban", 0),
        ("", 0),
        ("9999", 0),
        ("-5", 0),
    ],
)
def test_posted_limits(text, km_h):
    assert posted_m_s(text) * 3.6 == pytest.approx(km_h)


@pytest.mark.parametrize(
    "wrong",
    [{"speeds_m_s": {}}, {"speeds_m_s": {"road": 0.0}}, {"surfaces": {"sand": 1.5}}, {"limit_share": 0.0}],
)
def test_a_profile_that_cannot_be_is_refused(wrong):
    right = {
        "mode": Mode.CAR,
        "speeds_m_s": {"road": 5.0},
        "access_keys": (),
        "oneway_keys": (),
        "surfaces": {},
    }
    if "limit_share" in wrong:
        wrong = {"limit_share": -0.1}
    with pytest.raises(ValueError, match="above 0"):
        Profile(**(right | wrong))
