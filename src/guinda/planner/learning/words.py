"""What was learned, how it does and what moved since, in the reader's words."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import date
from typing import Any

from babel.numbers import format_decimal, format_percent
from django.utils.formats import date_format
from django.utils.functional import Promise as LazyText
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from guinda.base.texts import pick
from guinda.offers.models import Tool
from guinda.planner.learning.versions import Kind
from guinda.planner.models import Learned
from guinda.plays.facts import EVERY
from guinda.plays.models import Play
from guinda.solvers.drift import MOVED_INDEX

FACTS_NAMED = 4
PEOPLE_AND_COMPANIES = {"people": gettext_lazy("People"), "companies": gettext_lazy("Companies")}
LABELS: Mapping[str, str | LazyText] = {
    "purchases": gettext_lazy("purchases"),
    "last_week": gettext_lazy("week of the last purchase"),
    "watched_weeks": gettext_lazy("weeks since the first purchase"),
    "mean_minor": gettext_lazy("mean of a purchase"),
    "months": gettext_lazy("months as a client"),
    "log_months": gettext_lazy("months as a client"),
    "first_6": gettext_lazy("a client for at most six months"),
    "first_12": gettext_lazy("a client for at most a year"),
    "log_monthly": gettext_lazy("pays a month"),
    "log_size": gettext_lazy("how many people work there"),
    "size_known": gettext_lazy("its size is known"),
    "bound": gettext_lazy("bound by a contract"),
    "things": gettext_lazy("how many things it buys"),
}
WHY: Mapping[tuple[str, str], str | LazyText] = {
    ("uplift", "better"): gettext_lazy("It orders clients better than chance, and no worse than the version before it."),
    ("uplift", "few"): gettext_lazy(
        "Too few data to tell clients apart: the rarest outcome of either group has %(cases)s clients, and it takes about "
        "%(wanted)s. All get the mean, drawn towards what is assumed."
    ),
    ("uplift", "chance"): gettext_lazy(
        "No order of clients that was tried does surely better than chance. All get the mean, drawn towards what is assumed."
    ),
    ("uplift", "worse"): gettext_lazy("The version in use orders the same clients better: it was kept beside it."),
    ("lifetime", "better"): gettext_lazy("It errs less than the plain guess, on what it had not seen."),
    ("lifetime", "plain"): gettext_lazy("It errs more than the plain guess, on what it had not seen: it was kept aside."),
    ("stay", "better"): gettext_lazy("Of companies it had not seen it tells the stay better than one chance for all months does."),
    ("stay", "plain"): gettext_lazy("Of companies it had not seen one chance for all months tells the stay better: it was kept aside."),
    ("churn", "better"): gettext_lazy("It orders companies it has not seen better than chance, and no worse than the version before it."),
    ("churn", "chance"): gettext_lazy("It does not order companies surely better than chance: it was kept aside."),
    ("churn", "worse"): gettext_lazy("The version in use orders companies better: it was kept beside it."),
}  # fmt: skip


def why(version: Learned) -> str:
    """Why it came into use, or did not."""
    report = version.report
    is_stay = version.kind == Kind.LIFETIME and version.subject == "companies"
    said = str(WHY["stay" if is_stay else version.kind, report["why"]])
    if report["why"] == "few":
        said %= {"cases": number(report["cases"]), "wanted": number(report["wanted"])}
    if report["why"] in {"few", "chance"} and version.kind == Kind.UPLIFT and not report["fit"]:
        said = f"{said} " + _("The version in use tells clients apart, and stays.")
    if report.get("held"):
        said = f"{said} " + _(
            "A person went back to an older version, which stays in use until a person takes another."
        )
    return said


def beats(version: Learned) -> Iterator[str]:
    """Whether its order beats chance, the likeliest first and the unlikeliest first, each in a plain sentence."""
    report = version.report
    if version.kind != Kind.UPLIFT or "qini" not in report:
        return
    means = {name: mean for name, (mean, _deviation) in report["qini"].items()}
    figures = {
        "ours": number(means["learned"], 3),
        "likeliest": number(means["likeliest"], 3),
        "unlikeliest": number(means["unlikeliest"], 3),
    }
    if report["sure"]:
        yield _("It beats chance: Qini %(ours)s, where chance has 0.") % figures
    else:
        yield _("It does not surely beat chance: Qini %(ours)s, where chance has 0.") % figures
    if report["beats_likeliest"]:
        yield _("It beats offering to whoever is likeliest to come anyway (Qini %(likeliest)s).") % figures
    else:
        yield (
            _("It does not surely beat offering to whoever is likeliest to come anyway (Qini %(likeliest)s).")
            % figures
        )
    if report["beats_unlikeliest"]:
        yield (
            _("It beats offering to the riskiest, who are the least likely to come (Qini %(unlikeliest)s).")
            % figures
        )
    else:
        yield (
            _(
                "It does not surely beat offering to the riskiest, who are the least likely to come (Qini %(unlikeliest)s)."
            )
            % figures
        )


def moved(version: Learned) -> Iterator[str]:
    """What the last weekly look found, in sentences; nothing before the first look."""
    drift = version.drift
    if not drift:
        return
    facts = [label(name) for name, index in drift["inputs"] if index > MOVED_INDEX]
    if facts:
        named = ", ".join(dict.fromkeys(facts[:FACTS_NAMED]))
        yield _("Clients are no longer like those it was learned from: %(facts)s.") % {"facts": named}
    weeks = [week for week in drift["weeks"] if week["moved"]]
    if weeks:
        last = weeks[-1]
        yield _("In the week of %(day)s %(seen)s was seen where %(foretold)s was foretold: more than chance does.") % {
            "day": day(last["week"]), "seen": shown(version, last["seen"]), "foretold": shown(version, last["foretold"]),
        }  # fmt: skip
    if not facts and not weeks:
        yield _("Nothing has moved since it was learned.")


def shown(version: Learned, value: float) -> str:
    """A week's figure: purchases of a client, or a share."""
    is_count = version.kind == Kind.LIFETIME
    return number(value, 3) if is_count else percent(value)


def label(fact: str) -> str:
    """A fact that something learned reads, as people call it."""
    if fact.startswith("buys:"):
        return _("buys %(what)s") % {"what": fact.removeprefix("buys:")}
    return str(EVERY[fact].label) if fact in EVERY else str(LABELS.get(fact, fact))


def names(subjects: Collection[str]) -> dict[str, str]:
    """Subjects as people call them; two queries."""
    slugs: dict[str, list[str]] = {"play": [], "tool": []}
    for subject in subjects:
        of, colon, slug = subject.partition(":")
        if colon:
            slugs[of].append(slug)
    found: dict[str, Any] = {
        f"play:{each.slug}": each.name for each in Play.objects.filter(slug__in=slugs["play"])
    }
    found |= {f"tool:{each.slug}": each.name for each in Tool.objects.filter(slug__in=slugs["tool"])}
    return {
        subject: pick(found[subject])
        if subject in found
        else str(PEOPLE_AND_COMPANIES.get(subject, subject.partition(":")[2]))
        for subject in subjects
    }


def number(value: float, digits: int = 0) -> str:
    """A number in the reader's way of writing."""
    return str(
        format_decimal(
            value, format="#,##0" + ("." + "0" * digits if digits else ""), locale=get_language() or "en"
        )
    ).replace("-", "−")


def percent(value: float, digits: int = 1) -> str:
    """A share in the reader's way of writing."""
    return str(
        format_percent(value, format="#,##0." + "0" * digits + "\u00a0%", locale=get_language() or "en")
    ).replace("-", "−")


def day(iso: str) -> str:
    """A day in the reader's way of writing."""
    return date_format(date.fromisoformat(iso), "j E Y")
