"""A cast at a store's doors: Anna tends the first store, Boris the second, Carmen directs, Dasha tends none, and a stranger."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse

from guinda.catalog.models import Lot
from guinda.catalog.recalls import recall
from guinda.delivery.models import Courier
from guinda.journal.models import Event
from guinda.orders.services import cancel, hand_over
from guinda.stock.models import Movement
from guinda.stores.models import Keeper, Packing
from guinda.stores.queries import bags
from guinda.stores.services import pack, send
from guinda.stores.tests.cast import LATER, queries_of, signed_in, tasked
from guinda.stores.urls import urlpatterns
from tests.world import NOW, World, build


def addresses(world: World) -> list[str]:
    parts = {"store_id": world.store.pk, "code": world.lots["kordia"].code, "order_id": 1, "transfer_id": 1}
    return [
        reverse(each.name, kwargs={name: parts[name] for name in each.pattern.converters})
        for each in urlpatterns
        if each.pattern.converters
    ]


def test_a_store_s_pages_are_its_keeper_s_and_nobody_else_s(world, anna, boris):
    carmen = signed_in("carmen", permissions=("tend_every_store", "recall_lot"))
    dasha = signed_in("dasha", permissions=("recall_lot", "view_holding", "view_store"))
    assert len(addresses(world)) == len(urlpatterns) - 1
    for path in addresses(world):
        assert anna.get(path).status_code in {200, 404, 405}, path
        assert carmen.get(path).status_code in {200, 404, 405}, path
        for other in (boris, dasha):
            assert other.get(path).status_code == 404, path
            assert (
                other.post(path, {"weight_g": "1", "reason": "mould", "key": str(uuid4())}).status_code == 404
            ), path
        for answer in (Client().get(path), Client().post(path)):
            assert answer.status_code == 302, path
            assert answer["Location"].startswith("/accounts/login/")
    assert not Movement.objects.exclude(reason="receipt").exists()
    assert not Lot.objects.exclude(recalled_at=None).exists()


def test_whoever_tends_one_store_lands_in_it(world, anna):
    both = signed_in("vera", *world.stores)
    assert anna.get("/store/")["Location"] == f"/store/{world.store.pk}/"
    assert b"Which store?" in both.get("/store/").content
    assert signed_in("dasha").get("/store/").status_code == 403
    world.store.active = False
    world.store.save()
    assert anna.get(f"/store/{world.store.pk}/").status_code == 404


def test_a_recall_needs_its_permission(world, boris):
    path = f"/store/{world.stores[1].pk}/lots/{world.lots['kordia'].code}/recall/"
    for answer in (boris.get(path), boris.post(path), boris.get(f"{path}clients.csv")):
        assert answer.status_code == 403
    assert not Lot.objects.exclude(recalled_at=None).exists()


def test_no_page_asks_more_when_there_is_more(world, anna):
    lot = f"lots/{world.lots['kordia'].code}/"
    paths = ["", "shelf/", "count/", "transfers/", "receive/", lot, f"{lot}sign/"]
    grow(world)  # so that there is one of everything
    few = [queries_of(anna, f"/store/{world.store.pk}/{path}") for path in paths]
    grow(world)
    assert [queries_of(anna, f"/store/{world.store.pk}/{path}") for path in paths] == few
    assert max(few) <= 10, few


def grow(world: World) -> None:
    lots = [world.add_lot("rainier", weight_g=3_000) for _each in range(6)]
    for weight_g in (200, 300, 400):
        order = tasked(world, {"kordia": weight_g, "rainier": weight_g})
        pack(store=world.store, order_id=order.pk, by="x", now=NOW)
        tasked(world, {"kordia": weight_g})
    for lot in lots:
        send(source=world.store, target=world.stores[1], lot=lot, weight_g=100, by="x", now=NOW, key=uuid4())


def test_bags_stand_in_the_order_in_which_couriers_leave(world, anna):
    courier = Courier.objects.create(
        user=User.objects.create_user("lena"), name="Lena", city=world.city, home_store=world.store
    )
    gives = {"courier": courier, "state": "assigned"}
    late, early = (tasked(world, leaves_at=NOW + timedelta(minutes=minutes), **gives) for minutes in (14, 4))
    nobody_s = tasked(world, ready_at=NOW + timedelta(minutes=9))
    gone, elsewhere = tasked(world), tasked(world, store=world.stores[1])
    hand_over(order=gone, by="courier:1", now=NOW)
    cancel(order=tasked(world), reason="", by="client", now=NOW)
    found = bags(store=world.store, now=NOW)
    assert [bag.order for bag in found] == [early, nobody_s, late]
    assert [bag.hurry for bag in found] == ["soon", "", ""]
    assert [bag.planned for bag in found] == [True, False, True]
    page = anna.get(f"/store/{world.store.pk}/").content.decode()
    assert "Lena takes it" in page
    assert str(elsewhere.spoken_code) not in page


def test_packed_is_one_tap_with_its_author_and_can_be_taken_back(world, anna):
    order = tasked(world)
    path = f"/store/{world.store.pk}/bags/{order.pk}"
    for _twice in range(2):
        assert anna.post(f"{path}/packed/").status_code == 302
    packing = Packing.objects.get()
    assert (packing.by, packing.at) == ("staff:anna", LATER)
    assert Event.objects.filter(kind="bag.packed", ref=order.code).count() == 1
    for _twice in range(2):
        assert anna.post(f"{path}/unpacked/").status_code == 302
    assert not Packing.objects.exists()
    assert Event.objects.filter(kind="bag.unpacked", ref=order.code).count() == 1


def test_a_cancelled_bag_is_said_until_it_is_unpacked(world, anna):
    order = tasked(world)
    pack(store=world.store, order_id=order.pk, by="x", now=NOW)
    cancel(order=order, reason="", by="client", now=NOW)
    page = f"/store/{world.store.pk}/"
    assert "Unpack: the client has cancelled" in anna.get(page).content.decode()
    assert anna.post(f"{page}bags/{order.pk}/packed/").status_code == 409
    anna.post(f"{page}bags/{order.pk}/unpacked/")
    assert "Unpack" not in anna.get(page).content.decode()


def test_a_recalled_bag_is_not_packed(world, anna):
    order = tasked(world)
    recall(lots=Lot.objects.filter(variety="kordia"), by="x", now=NOW)
    answer = anna.post(f"/store/{world.store.pk}/bags/{order.pk}/packed/")
    assert answer.status_code == 409
    assert "Leave it" in answer.content.decode()
    assert not Packing.objects.exists()


def test_the_sign_says_what_a_buyer_asks(world, anna):
    path = f"/store/{world.store.pk}/lots/{world.lots['kordia'].code}/sign/"
    for paper, sheet_name in (("", "sign-a5"), ("?paper=a4", "sign-a4"), ("?paper=../x", "sign-a5")):
        page = anna.get(path + paper).content.decode()
        for word in ("Kordia", "19.0", "₽890", "qr.svg", sheet_name):
            assert word in page, (paper, word)


def test_the_label_is_of_a_bag_that_is_to_be_packed(world, anna):
    order = tasked(world)
    path = f"/store/{world.store.pk}/bags/{order.pk}/label/"
    page = anna.get(path).content.decode()
    assert order.spoken_code in page
    hand_over(order=order, by="courier:1", now=NOW)
    assert anna.get(path).status_code == 404


def test_a_store_keeper_s_role_may_recall_and_a_seller_s_may_not(db):
    from guinda.stores.queries import stores_of

    world = build()
    user = User.objects.create_user("vera")
    user.groups.add(Group.objects.get_or_create(name="store keeper")[0])
    assert not stores_of(user).exists(), "the role alone tends no store"
    Keeper.objects.create(user=user, store=world.store)
    assert list(stores_of(User.objects.get(pk=user.pk))) == [world.store]
