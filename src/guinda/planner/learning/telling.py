"""A version's report and drift as rows of words and figures, and its curves as pictures: what its page shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from guinda.planner.learning.versions import Kind
from guinda.planner.learning.words import day, label, number, percent, shown
from guinda.planner.models import Learned
from guinda.solvers.drift import MOVED_INDEX
from guinda.solvers.uplift.judging import FIRST_TENTHS

WIDE, HIGH = 1000, 320
"""The pictures' own units."""
Row = dict[str, Any]


@dataclass(frozen=True)
class Picture:
    """Two lines in the picture's units, the height of nothing, and what stands at the right ends."""

    line: str
    beside: str
    zero: int
    most: str
    least: str


def of_uplift(version: Learned) -> dict[str, Any]:
    """Qini with its curve, the first tenths, what policies are worth, and whether what is foretold is seen."""
    report = version.report
    told: dict[str, Any] = {"every": _range(report["all"])}
    if "pooled" in report:
        told["pooled"] = percent(report["pooled"])
    if version.content.get("reached", 1.0) < 1.0:
        told["reached"] = percent(version.content["reached"], 0)
    if "qini" not in report:
        return told
    shares = [
        _("first %(share)s of clients by score") % {"share": percent(share, 0)} for share in FIRST_TENTHS
    ]
    groups = [_("fifth %(n)s") % {"n": at} for at in range(1, 6)]
    return told | {
        "curve": _qini_picture(report["curve"]),
        "splits": report["splits"],
        "qinis": list(_qinis(report)),
        "tried": [
            (Learned(method=name).spoken_method, number(mean, 4), number(deviation, 4))
            for name, mean, deviation in _best_first(report["tried"])
        ],
        "first": [(name, *_range(each)) for name, each in zip(shares, report["first"], strict=True)],
        "policy": [(name, *_range(each)) for name, each in zip(_policies(), report["policy"], strict=True)],
        "groups": _beside(groups, report["groups_foretold"], [each[0] or 0.0 for each in report["groups"]]),
    }  # fmt: skip


def _best_first(tried: Sequence[Sequence[Any]]) -> list[Sequence[Any]]:
    return sorted(tried, key=lambda each: -each[1])


def _qinis(report: Row) -> Any:
    names = {
        "learned": _("this version"),
        "likeliest": _("the likeliest to come first"),
        "unlikeliest": _("the riskiest first: the least likely to come"),
        "in_use": _("the version that was in use"),
        "beside": _("this version, on the same clients as the one in use"),
    }
    for name, (mean, deviation) in report["qini"].items():
        yield names[name], number(mean, 4), number(deviation, 4)
        if name == "learned":
            yield _("chance"), number(0, 4), "–"


def _policies() -> list[str]:
    return [
        _("the better half, by inverse propensity"),
        _("the better half, doubly robust"),
        _("everybody"),
        _("nobody"),
    ]


def _range(each: Sequence[float | None]) -> tuple[str, str]:
    """A share and its interval."""
    value, low, high = each
    ends = f"{percent(low)}\u00a0… {percent(high)}" if low is not None and high is not None else "–"
    return percent(value or 0.0), ends


def of_people(version: Learned) -> dict[str, Any]:
    """The models that were tried beside the plain guess, and whether what was foretold came."""
    report = version.report
    names = {"plain": _("as before: the plain guess")}
    rows = sorted(report["tried"].items(), key=lambda each: each[1]["root"])
    groups = report["tried"][report["best"]]["groups"]
    return {
        "weeks": report["ahead_weeks"],
        "errors": [
            (names.get(name, name), name == report["best"], *_errors(each)) for name, each in rows
        ],
        "groups": _beside([_("fifth %(n)s") % {"n": at + 1} for at in range(len(groups))], *zip(*groups, strict=True), count=True),
    }  # fmt: skip


def _errors(each: Row) -> tuple[str, str, str, str]:
    return number(each["foretold"]), number(each["seen"]), number(each["mean"], 3), number(each["root"], 3)


def of_staying(version: Learned) -> dict[str, Any]:
    """The share still there after each month, foretold and seen."""
    report = version.report
    seen = [1.0, *(share for _month, share in report["curve"])]
    return {
        "left": number(report["left"]),
        "curve": _picture(report["foretold"], seen, most=1.0),
        "months": len(seen) - 1,
    }


def of_leaving(version: Learned) -> dict[str, Any]:
    """How well leavers are ordered, and whether a chance means what it says."""
    report = version.report
    groups = [_("tenth %(n)s") % {"n": at + 1} for at in range(len(report["groups"]))]
    return {
        "left": number(report["left"]),
        "auc": number(report["auc"][0], 3),
        "deviation": number(report["auc"][1], 3),
        "by_stay": number(report["by_stay"], 3),
        "error": percent(report["calibration_error"]),
        "leaks": [label(name) for name in report["leaks"]],
        "groups": _beside(groups, *zip(*report["groups"], strict=True)),
    }


def _beside(
    names: Sequence[str], foretold: Sequence[float], seen: Sequence[float], *, count: bool = False
) -> list[Row]:
    """Foretold and seen of each group as figures and as bars, the longest the whole width."""
    most = max(1e-9, *foretold, *seen)
    tell = (lambda value: number(value, 2)) if count else percent
    return [
        {
            "name": name,
            "foretold": tell(one),
            "seen": tell(other),
            "long": round(WIDE * max(0.0, one) / most),
            "seen_long": round(WIDE * max(0.0, other) / most),
        }
        for name, one, other in zip(names, foretold, seen, strict=True)
    ]


def weeks(version: Learned) -> list[Row]:
    """Foretold and seen of each week, the newest first."""
    return [
        {
            "began": day(each["week"]),
            "clients": number(each["clients"]),
            "foretold": shown(version, each["foretold"]),
            "seen": shown(version, each["seen"]),
            "moved": each["moved"],
        }
        for each in reversed(version.drift.get("weeks", []))
    ]


def facts(version: Learned) -> list[tuple[str, str, bool]]:
    """The facts that it reads, the most moved first, each with its index where one was found and whether that is a shift."""
    found: dict[str, float] = dict(version.drift.get("inputs", []))
    order = sorted(dict.fromkeys(version.facts), key=lambda name: -found.get(name, 0.0))
    told: dict[str, tuple[str, str, bool]] = {}
    for name in order:
        index = number(found[name], 2) if name in found else ""
        told.setdefault(label(name), (label(name), index, found.get(name, 0.0) > MOVED_INDEX))
    return list(told.values())


def _qini_picture(curve: Sequence[float]) -> Picture:
    ends = [curve[-1] * at / (len(curve) - 1) for at in range(len(curve))]
    return _picture(curve, ends, most=max(*curve, 1e-9), least=min(0.0, *curve))


def _picture(line: Sequence[float], beside: Sequence[float], *, most: float, least: float = 0.0) -> Picture:
    def path(values: Sequence[float]) -> str:
        last = max(1, len(values) - 1)
        points = (f"{round(WIDE * at / last)} {height(value)}" for at, value in enumerate(values))
        return "M" + "L".join(points)

    def height(value: float) -> int:
        return round(HIGH * (1 - (value - least) / (most - least)))

    is_share = most == 1.0
    ends = [percent(each, 0) if is_share else number(each, 1) for each in (most, least)]
    return Picture(path(line), path(beside), height(0.0), *ends)


TELL = {
    (Kind.UPLIFT, False): ("planner/learned_uplift.html", of_uplift),
    (Kind.LIFETIME, True): ("planner/learned_people.html", of_people),
    (Kind.LIFETIME, False): ("planner/learned_staying.html", of_staying),
    (Kind.CHURN, False): ("planner/learned_leaving.html", of_leaving),
}
"""By kind and whether it is of people: the part of the page, and what it shows."""
