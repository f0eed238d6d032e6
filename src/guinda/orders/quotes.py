"""Quotes: what a bowl costs and when it can be at the door, signed and good for a few minutes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta

from django.core import signing
from django.utils.translation import gettext as _

from guinda.base.money import price_minor
from guinda.base.points import Point, distance_m
from guinda.base.refusals import Refusal
from guinda.catalog.queries import prices
from guinda.orders.promise import Promise, promiser
from guinda.places.models import City, Store
from guinda.stock.queries import Shelf, allocate, shelves

HOLDS_S = 5 * 60
"""How long a quote's price and time hold."""
STEP_G, LEAST_G, MOST_G = 10, 50, 10_000
"""A bowl's weights are multiples of 10 g; each variety from 50 g; the whole bowl at most 10 kg, what a courier on foot carries."""
MOST_VARIETIES = 12
FARTHEST_M = 12_000
"""No door farther than this from every store is served."""
WISHED_CHANCE = 0.95
"""The chance stated with a wished hour. An assumption: a day's notice lets the bag leave as early as it needs to."""
SALT = "guinda.orders.quote"


@dataclass(frozen=True)
class QuotedLine:
    """A variety's weight and price, with the lots it will come from as (lot id, grams)."""

    variety_id: str
    weight_g: int
    per_kg_minor: int
    price_minor: int
    lots: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Quote:
    """Everything `services.place` needs to know was promised."""

    city_id: str
    store_id: int
    lat: float
    lon: float
    lines: tuple[QuotedLine, ...]
    total_minor: int
    currency: str
    door_at: datetime
    chance: float
    quoted_at: datetime
    expires_at: datetime

    @property
    def weight_g(self) -> int:
        """The bowl's weight."""
        return sum(line.weight_g for line in self.lines)

    def token(self) -> str:
        """The quote as a signed text."""
        plain = asdict(self)
        for name in ("door_at", "quoted_at", "expires_at"):
            plain[name] = plain[name].isoformat()
        return signing.dumps(plain, salt=SALT, compress=True)

    @classmethod
    def from_token(cls, token: str) -> Quote:
        """Read a token of ours; anything else is refused. Whether it still holds is for `place` to say."""
        try:
            plain = signing.loads(token, salt=SALT)
        except (signing.BadSignature, UnicodeError):
            raise Refusal(
                "bad_quote", _("This quote is not one of ours. Choose your fruit again, please."), status=422
            ) from None
        plain["lines"] = tuple(
            QuotedLine(**{**line, "lots": tuple((lot, grams) for lot, grams in line["lots"])})
            for line in plain["lines"]
        )
        for name in ("door_at", "quoted_at", "expires_at"):
            plain[name] = datetime.fromisoformat(plain[name])
        return cls(**plain)


@dataclass(frozen=True)
class Shop:
    """What can be had at a door: the stores near it, today's prices by variety, and what each store has on sale."""

    stores: Mapping[int, Store]
    by_kg: Mapping[str, int]
    on_sale: Mapping[int, list[Shelf]]

    def able(self, bowl: Mapping[str, int]) -> dict[int, Store]:
        """The stores that have all of the bowl, priced, by id."""
        return {
            pk: store
            for pk, store in self.stores.items()
            if _lots(self.on_sale[pk], bowl) is not None and bowl.keys() <= self.by_kg.keys()
        }


def quote(*, city: City, bowl: Mapping[str, int], door: Point, now: datetime) -> Quote:
    """Price the bowl (grams by variety slug) and promise a time at the door, from the store that can be there first.

    Refuses an empty, too small or too large bowl, a door too far away, what is sold out everywhere, and when nobody can bring it.
    """
    check_bowl(bowl)
    shop = shop_for(city=city, door=door, good_at=now, now=now)
    able = _able(shop, bowl)
    promises = promiser().promise(
        city_id=city.pk,
        stores={pk: Point(store.lat, store.lon) for pk, store in able.items()},
        door=door,
        weight_g=sum(bowl.values()),
        now=now,
    )
    if not promises:
        raise Refusal(
            "no_courier",
            _(
                "No courier is free just now, so we can't promise a time. Your bowl is kept: try again in a few minutes."
            ),
            status=503,
        )
    store_id, promise = min(promises.items(), key=lambda each: (each[1].door_at, each[0]))
    return _quote(
        city=city,
        store_id=store_id,
        door=door,
        lines=_lines(bowl, shop.by_kg, shop.on_sale[store_id]),
        promise=promise,
        now=now,
    )


def quote_for(
    *, city: City, bowl: Mapping[str, int], door: Point, wished_at: datetime, now: datetime
) -> Quote:
    """Price the bowl for a wished hour, from the nearest store that has all of it in fruit still good then.

    Nobody needs to be on duty yet. Refuses what `quote` refuses, but for couriers.
    """
    check_bowl(bowl)
    shop = shop_for(city=city, door=door, good_at=wished_at, now=now)
    able = _able(shop, bowl)
    store_id = min(able, key=lambda pk: (distance_m(able[pk].point, door), pk))
    lines = _lines(bowl, shop.by_kg, shop.on_sale[store_id])
    promise = Promise(wished_at, WISHED_CHANCE)
    return _quote(city=city, store_id=store_id, door=door, lines=lines, promise=promise, now=now)


def shop_for(*, city: City, door: Point, good_at: datetime, now: datetime) -> Shop:
    """What can be had at a door, in fruit that is still good at `good_at`. Three queries; refuses a door too far away."""
    stores = _stores_near(city, door)
    by_kg = prices(city_id=city.pk, now=now)
    return Shop(stores, by_kg, _by_store(shelves(store_ids=list(stores), now=good_at)))


def _able(shop: Shop, bowl: Mapping[str, int]) -> dict[int, Store]:
    """The stores that have the whole bowl; refuses when none does."""
    able = shop.able(bowl)
    if not able:
        raise sold_out(bowl, shop.on_sale)
    return able


def sold_out(bowl: Mapping[str, int], on_sale: Mapping[int, list[Shelf]]) -> Refusal:
    """What there is of each wanted variety, at the store that has the most of it."""
    left: dict[str, int] = {}
    for variety_id in bowl:
        left[variety_id] = max((_free_g(rows, variety_id) for rows in on_sale.values()), default=0)
    short = {slug: left[slug] for slug, grams in bowl.items() if left[slug] < grams}
    if not short:
        return Refusal(
            "not_in_one_store",
            _(
                "No one store near you has all of this together. Take one kind less, please; your bowl is kept."
            ),
            left_g=left,
        )
    return Refusal(
        "sold_out",
        _("Some of this has just sold out. Your bowl is kept: take less of it or choose another."),
        left_g=short,
    )


def check_bowl(bowl: Mapping[str, int]) -> None:
    """Refuse a bowl that is empty, too large, or has a weight that nobody weighs."""
    if not bowl:
        raise Refusal("empty_bowl", _("The bowl is empty. Choose some fruit first."), status=422)
    if len(bowl) > MOST_VARIETIES or sum(bowl.values()) > MOST_G:
        raise Refusal(
            "bowl_too_large",
            _("A courier carries up to 10 kg at once. Take a little less, please."),
            status=422,
        )
    if any(grams < LEAST_G or grams % STEP_G for grams in bowl.values()):
        raise Refusal("bad_weight", _("Each kind starts at 50 g and goes in steps of 10 g."), status=422)


def _stores_near(city: City, door: Point) -> dict[int, Store]:
    stores = {
        store.pk: store
        for store in Store.objects.filter(city=city, active=True)
        if distance_m(Point(store.lat, store.lon), door) <= FARTHEST_M
    }
    if not stores:
        raise Refusal(
            "too_far",
            _("This door is farther than our couriers go. Choose a place nearer to the centre, please."),
            status=422,
        )
    return stores


def _by_store(rows: Iterable[Shelf]) -> dict[int, list[Shelf]]:
    found: dict[int, list[Shelf]] = defaultdict(list)
    for row in rows:
        found[row.store_id].append(row)
    return found


def _free_g(rows: Iterable[Shelf], variety_id: str) -> int:
    return sum(row.free_g for row in rows if row.variety_id == variety_id)


def _lots(rows: list[Shelf], bowl: Mapping[str, int]) -> dict[str, list[tuple[int, int]]] | None:
    found = {slug: allocate(shelves=rows, variety_id=slug, weight_g=grams) for slug, grams in bowl.items()}
    complete = {slug: lots for slug, lots in found.items() if lots is not None}
    return complete if len(complete) == len(bowl) else None


def _lines(bowl: Mapping[str, int], by_kg: Mapping[str, int], rows: list[Shelf]) -> tuple[QuotedLine, ...]:
    lots = _lots(rows, bowl) or {}
    return tuple(
        QuotedLine(slug, grams, by_kg[slug], price_minor(grams, by_kg[slug]), tuple(lots[slug]))
        for slug, grams in bowl.items()
    )


def _quote(
    *,
    city: City,
    store_id: int,
    door: Point,
    lines: tuple[QuotedLine, ...],
    promise: Promise,
    now: datetime,
) -> Quote:
    return Quote(
        city_id=city.pk,
        store_id=store_id,
        lat=door.lat,
        lon=door.lon,
        lines=lines,
        total_minor=sum(line.price_minor for line in lines),
        currency=city.currency,
        door_at=promise.door_at,
        chance=promise.chance,
        quoted_at=now,
        expires_at=now + timedelta(seconds=HOLDS_S),
    )


def reallocated(chosen: Quote, *, good_at: datetime) -> Quote | None:
    """The same quote from other lots of the same store, when a lot ran out meanwhile; None when the store can't."""
    rows = shelves(store_ids=[chosen.store_id], now=good_at)
    bowl = {line.variety_id: line.weight_g for line in chosen.lines}
    lots = _lots(rows, bowl)
    if lots is None:
        return None
    lines = tuple(
        QuotedLine(
            line.variety_id, line.weight_g, line.per_kg_minor, line.price_minor, tuple(lots[line.variety_id])
        )
        for line in chosen.lines
    )
    return replace(chosen, lines=lines)
