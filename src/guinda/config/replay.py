"""`guinda replay DAY`: a recorded day planned again with other couriers or other parameters, and what that would have changed."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from guinda.config.cli import Mistake, set_up

if TYPE_CHECKING:
    from guinda.delivery.replay import Outcome

ROWS = (
    ("orders", "orders", 1, "{:.0f}"),
    ("delivered", "delivered", 1, "{:.0f}"),
    ("kept", "promise kept, %", 100, "{:.1f}"),
    ("late_minutes", "late ones late by, min", 1, "{:.1f}"),
    ("door_minutes", "click to door, min", 1, "{:.1f}"),
    ("within_30", "within 30 minutes, %", 100, "{:.1f}"),
)


def run(chosen: argparse.Namespace) -> int:
    """Print the recorded day, its replay as it was and, when something was changed, the replay with the change and the difference."""
    set_up()
    from guinda.delivery import replay  # deferred: `guinda replay --help` needs no database
    from guinda.places.models import City

    city = City.objects.order_by("slug").first()
    if city is None:
        raise Mistake("There is no city in this database.")
    since = datetime.combine(chosen.day, datetime.min.time(), ZoneInfo(city.time_zone))
    day = replay.read(city_id=city.pk, since=since, until=since + timedelta(days=1))
    if not day.work:
        raise Mistake(f"No orders were placed in {city.name_latin} on {chosen.day}.")
    try:
        rules, weights = replay.parameters(dict(chosen.parameter or []))
    except ValueError as wrong:
        raise Mistake(str(wrong)) from None
    columns = {
        "recorded": replay.outcome(day, day.came_at),
        "replayed": replay.outcome(day, replay.run(day)),
    }
    if chosen.couriers or chosen.parameter:
        other = replay.with_couriers(day, chosen.couriers) if chosen.couriers else day
        columns["changed"] = replay.outcome(other, replay.run(other, rules=rules, weights=weights))
    print("\n".join(table(columns, shifts=len(day.duties))))
    return 0


def table(columns: dict[str, Outcome], *, shifts: int) -> Sequence[str]:
    """The day as people read it."""
    heads = [*columns, "difference"] if "changed" in columns else list(columns)
    made = [f"{shifts} shifts", " " * 24 + "".join(f"{each:>12}" for each in heads)]
    for name, title, scale, form in ROWS:
        values = [getattr(each, name) * scale for each in columns.values()]
        if "changed" in columns:
            values.append(values[-1] - values[-2])
        made.append(f"{title:24}" + "".join(f"{form.format(each):>12}" for each in values))
    return made


def day(text: str) -> date:
    """A day as `2026-07-01`."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("write the day as 2026-07-01.") from None


def parameter(text: str) -> tuple[str, float]:
    """One of the planner's parameters as `late=2`."""
    name, _, value = text.partition("=")
    try:
        return name.strip(), float(value)
    except ValueError:
        raise argparse.ArgumentTypeError("write a parameter as name=number, for example bundle=2.") from None
