"""A street for this room's tests: one stall, a seller with an account, and a store with fruit."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

from django.contrib.auth.models import User
from django.db.models import Sum

from guinda.base.money import price_minor
from guinda.stalls.models import Bag, Seller, Stall
from guinda.stalls.services import Missed, Sold, close, issue, take_in
from guinda.stock.models import Holding, Movement
from tests.world import NOW, build

PER_KG = 89_000
FLOAT = 50_000


def after(**passed: float):
    return NOW + timedelta(**passed)


class Street:
    """Every row by its short name, and the verbs with what most tests don't care about filled in."""

    def __init__(self) -> None:
        self.world = build()
        self.kordia, self.rainier = self.world.lots["kordia"], self.world.lots["rainier"]
        store = self.world.store
        self.stall = Stall.objects.create(
            city=self.world.city,
            station=self.world.stations[0],
            store=store,
            name="Курская, выход к площади",
            name_latin="Kurskaya, by the square",
            lat=55.758,
            lon=37.66,
        )
        self.seller = self.new_seller("dasha", "Dasha")

    def new_seller(self, login: str, name: str) -> Seller:
        user = User.objects.create_user(login, password="red-cherries-42")
        return Seller.objects.create(user=user, name=name, city=self.world.city)

    def issue(self, wants_g: dict[int, int] | None = None, *, key=None, seller=None, now=NOW) -> Bag:
        return issue(
            seller=seller or self.seller,
            stall=self.stall,
            wants_g=wants_g or {self.kordia.pk: 5_000, self.rainier.pk: 3_000},
            float_minor=FLOAT,
            key=key or uuid4(),
            by="staff:keeper",
            now=now,
        )

    def sold(self, weight_g: int, lot=None, *, key=None, at=None, price=None) -> Sold:
        price = price_minor(weight_g, PER_KG) if price is None else price
        return Sold(key or uuid4(), (lot or self.kordia).pk, weight_g, price, at or after(hours=1))

    def missed(self, kind: str, *, key=None) -> Missed:
        return Missed(key or uuid4(), kind, after(hours=1))

    def take_in(self, bag: Bag, *sales: Sold, tallies=(), seller=None, now=None):
        return take_in(
            seller=seller or self.seller,
            bag_id=bag.pk,
            sales=sales,
            tallies=tallies,
            now=now or after(hours=2),
        )

    def close(self, bag: Bag, counted_g: dict[int, int], cash_minor: int, reasons=None, *, now=None) -> Bag:
        return close(
            bag=bag,
            counted_g=counted_g,
            cash_minor=cash_minor,
            reasons=reasons or {},
            by="staff:keeper",
            now=now or after(hours=9),
        )

    def held_g(self, bag: Bag) -> dict[int, int]:
        return dict(Holding.objects.filter(holder=bag.holder).values_list("lot_id", "on_hand_g"))

    def free_g(self, lot) -> int:
        return Holding.objects.get(holder__store=self.world.store, lot=lot).on_hand_g

    def taken_minor(self, bag: Bag) -> int:
        return bag.sales.aggregate(taken=Sum("price_minor"))["taken"] or 0

    def add_up(self, bag: Bag) -> None:
        """A closed bag's books, anew from the movements: nothing is left in it, and neither a gram nor a cent is unexplained."""
        bag.refresh_from_db()
        rows = list(bag.differences.all())
        assert set(self.held_g(bag).values()) == {0}
        over_minor = sum(each.over_minor or 0 for each in rows)
        assert bag.float_minor + self.taken_minor(bag) + over_minor == bag.cash_minor
        for load in bag.loads.all():
            moved = Movement.objects.filter(lot_id=load.lot_id, ref=bag.ref)
            into = moved.filter(to_holder=bag.holder)
            sold_g, back_g, lost_g, issued_g, found_g = (
                sum(each.weight_g for each in part)
                for part in (
                    moved.filter(reason="sale"),
                    moved.filter(to_holder__kind="store"),
                    moved.filter(reason="count", from_holder=bag.holder),
                    into.filter(reason="transfer"),
                    into.filter(reason="count"),
                )
            )
            assert sold_g == sum(bag.sales.filter(lot_id=load.lot_id).values_list("weight_g", flat=True))
            assert (issued_g, back_g) == (load.weight_g, load.counted_g)
            over_g = sum(each.over_g or 0 for each in rows if each.lot_id == load.lot_id)
            assert found_g - lost_g == over_g
            assert issued_g + over_g == sold_g + back_g
