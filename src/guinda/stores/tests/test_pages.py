"""A cast at a store's doors: Anna tends the first store, Boris the second, Carmen directs, Dasha tends none, and a stranger."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from PIL import Image

from guinda.catalog.models import Evidence, Lot
from guinda.catalog.recalls import recall
from guinda.clients.models import Client as Buyer
from guinda.delivery.models import Courier, Task
from guinda.journal.models import Event
from guinda.journal.services import announce
from guinda.orders.models import Order
from guinda.orders.services import cancel, delivered, hand_over
from guinda.stock.models import Holding, Movement
from guinda.stores.models import Count, Keeper, Packing, Receipt, Transfer
from guinda.stores.queries import bags, orders_short
from guinda.stores.services import pack, send
from guinda.stores.sheets import sheet
from guinda.stores.urls import urlpatterns
from guinda.stores.views import recalls
from guinda.tables.kinds import bare, guarded
from tests.world import NOW, World, build

LATER = NOW + timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _at(monkeypatch):
    monkeypatch.setattr("guinda.base.clock.now", lambda: LATER)


def signed_in(name: str, *stores, permissions: tuple[str, ...] = ()) -> Client:
    user = User.objects.create_user(name)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    for store in stores:
        Keeper.objects.create(user=user, store=store)
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def anna(world) -> Client:
    return signed_in("anna", world.store, permissions=("recall_lot",))


@pytest.fixture
def boris(world) -> Client:
    return signed_in("boris", world.stores[1])


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


def queries_of(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(path).status_code == 200
    return len(queries)


def grow(world: World) -> None:
    lots = [world.add_lot("rainier", weight_g=3_000) for _each in range(6)]
    for weight_g in (200, 300, 400):
        order = tasked(world, {"kordia": weight_g, "rainier": weight_g})
        pack(store=world.store, order_id=order.pk, by="x", now=NOW)
        tasked(world, {"kordia": weight_g})
    for lot in lots:
        send(source=world.store, target=world.stores[1], lot=lot, weight_g=100, by="x", now=NOW, key=uuid4())


def tasked(world: World, bowl=None, **facts) -> Order:
    """An order with the task that its announcement makes."""
    order = world.order(bowl or {"kordia": 500}, phone="+79161234567")
    announce(now=NOW)
    Task.objects.filter(order=order).update(**facts)
    return order


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


def form(**changed) -> dict[str, str]:
    typed = {
        "key": str(uuid4()), "variety": "kordia", "weight_g": "12,5", "cost": "5250.00", "grower": "Orchard on the hill",
        "origin": "Krasnodar", "picked_at": "2026-06-24T05:00", "brix": "19.3", "inspected_by": "Anna", "inspected_at": "2026-06-24T11:00",
        "washed_by": "Anna", "washed_at": "2026-06-24T11:30", "expires_at": "2026-06-27T22:00",
    }  # fmt: skip
    return {**typed, **changed}


def picture(kind: str = "PNG") -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (300, 200), "#b3132b").save(written, kind)
    return written.getvalue()


def test_a_lot_is_received_once_with_everything_that_was_typed(world, anna):
    typed = form()
    for _twice in range(2):
        files = {"photograph": SimpleUploadedFile("../../a.html", picture(), "text/html")}
        answer = anna.post(f"/store/{world.store.pk}/receive/", {**typed, **files})
        assert answer.status_code == 302, answer.context["form"].errors
    receipt = Receipt.objects.select_related("lot").get()
    lot = receipt.lot
    assert answer["Location"] == f"/store/{world.store.pk}/lots/{lot.code}/"
    assert (receipt.weight_g, receipt.cost_minor, receipt.currency, receipt.by) == (
        12_500,
        525_000,
        "RUB",
        "staff:anna",
    )
    assert (lot.grower, lot.brix_tenths, lot.code[:14]) == ("Orchard on the hill", 193, "260624-kordia-")
    assert lot.picked_at.hour == 2, "five o'clock in Moscow"
    assert Holding.objects.get(lot=lot).on_hand_g == 12_500
    assert Evidence.objects.get(lot=lot).media_type == "image/jpeg"


def test_the_same_key_with_other_contents_is_refused(world, anna):
    typed = form()
    anna.post(f"/store/{world.store.pk}/receive/", typed)
    answer = anna.post(f"/store/{world.store.pk}/receive/", {**typed, "weight_g": "13"})
    assert answer.status_code == 422
    assert "Open a new one" in answer.content.decode()
    assert Receipt.objects.count() == 1


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"weight_g": "0"}, "greater than or equal"),
        ({"weight_g": "-5"}, "greater than or equal"),
        ({"weight_g": "1e9"}, "."),
        ({"weight_g": "NaN"}, "number"),
        ({"weight_g": "2001"}, "less than or equal"),
        ({"cost": "-1"}, "greater than or equal"),
        ({"brix": "99"}, "less than or equal"),
        ({"variety": "durian"}, "valid choice"),
        ({"grower": "x" * 121}, "at most 120"),
        ({"grower": "a\x00b"}, "Null characters"),
        ({"picked_at": "2026-06-25T05:00"}, "still to come"),
        ({"picked_at": "yesterday"}, "valid date"),
        ({"inspected_at": "2026-06-24T04:00"}, "before it was picked"),
        ({"expires_at": "2026-06-24T11:00"}, "past its time already"),
        ({"expires_at": "2026-12-24T11:00"}, "90 days"),
        ({"key": "x"}, ""),
    ],
)
def test_what_can_not_be_right_is_said_and_nothing_is_received(world, anna, changed, said):
    before = Lot.objects.count()
    answer = anna.post(f"/store/{world.store.pk}/receive/", form(**changed))
    assert answer.status_code == 422
    assert said in str(answer.context["form"].errors)
    assert Lot.objects.count() == before
    assert 'value="19.3"' in answer.content.decode() or "brix" in changed  # nothing typed is lost


def test_a_bad_file_stops_the_whole_receipt(world, anna):
    bad = SimpleUploadedFile("photo.jpg", b"<script>alert(1)</script>", "image/jpeg")
    answer = anna.post(f"/store/{world.store.pk}/receive/", form(photograph=bad))
    assert answer.status_code == 422
    assert "not a picture" in str(answer.context["form"].errors["photograph"])
    assert not Receipt.objects.exists()


def act(client: Client, world: World, verb: str, **typed):
    path = f"/store/{world.store.pk}/lots/{world.lots['kordia'].code}/{verb}/"
    return client.post(path, {"key": str(uuid4()), **typed})


def test_what_is_written_off_is_waste_once_and_never_more_than_is_free(world, anna):
    world.order({"kordia": 4_000})
    assert act(anna, world, "write-off", weight_g="6.001", reason="mould").status_code == 409
    key = str(uuid4())
    for _twice in range(2):
        assert act(anna, world, "write-off", weight_g="6", reason="mould", key=key).status_code == 302
    row = Movement.objects.get(reason="write_off")
    assert (row.weight_g, row.ref, row.by) == (6_000, "mould", "staff:anna")
    assert act(anna, world, "write-off", weight_g="1", reason="because").status_code == 422


def test_a_recalled_or_expired_lot_goes_to_no_other_store(world, anna):
    other = world.stores[1].pk
    assert act(anna, world, "send", weight_g="1", target=other).status_code == 302
    Lot.objects.update(recalled_at=NOW)
    assert act(anna, world, "send", weight_g="1", target=other).status_code == 409
    Lot.objects.update(recalled_at=None, expires_at=LATER)
    assert act(anna, world, "send", weight_g="1", target=other).status_code == 409
    assert act(anna, world, "send", weight_g="1", target=world.store.pk).status_code == 422
    assert Transfer.objects.count() == 1


def test_a_transfer_is_weighed_in_by_its_two_stores_only(world, anna, boris):
    act(anna, world, "send", weight_g="2", target=world.stores[1].pk)
    row = Transfer.objects.get()
    stranger = signed_in("fedor", other_store(world))
    path = "/store/{}/transfers/{}/"
    assert stranger.post(path.format(other_store(world).pk, row.pk), {"weighed_g": "2"}).status_code == 404
    answer = boris.post(path.format(world.stores[1].pk, row.pk), {"weighed_g": "1.9"})
    assert answer.status_code == 422
    assert "Weigh it again, or choose why" in answer.content.decode()
    typed = {"weighed_g": "1.9", "reason": "dried"}
    for _twice in range(2):
        assert boris.post(path.format(world.stores[1].pk, row.pk), typed).status_code == 302
    assert anna.post(path.format(world.store.pk, row.pk), {"weighed_g": "2"}).status_code == 409
    row.refresh_from_db()
    assert (row.arrived_g, row.reason, row.arrived_by) == (1_900, "dried", "staff:boris")
    assert "1.9 kg" in boris.get(f"/store/{world.stores[1].pk}/transfers/").content.decode().replace(
        "\xa0", " "
    )


def other_store(world: World):
    from guinda.places.models import Store

    facts = {"city": world.city, "name": "s", "name_latin": "s", "street": "s", "lat": 55.75, "lon": 37.62}
    return Store.objects.get_or_create(slug="third", defaults=facts)[0]


def counted(
    client: Client, world: World, weights: dict[str, str], reasons: dict[str, str] | None = None, **typed
):
    path = f"/store/{world.store.pk}/count/"
    page = client.get(path).context["form"]
    sent = {"key": str(page["key"].value())}
    for row, weight, seen, reason in page.lines():
        sent[seen.html_name] = str(seen.value())
        sent[weight.html_name] = weights.get(row.lot.variety_id, "")
        sent[reason.html_name] = (reasons or {}).get(row.lot.variety_id, "")
    sent |= typed
    return client.post(path, sent), sent


def test_the_count_is_blind_until_something_was_typed(world, anna):
    page = anna.get(f"/store/{world.store.pk}/count/").content.decode().replace("\xa0", " ")
    assert "10 kg" not in page
    assert "10000" not in page
    answer, _sent = counted(anna, world, {"kordia": "9.8", "rainier": "10"})
    text = answer.content.decode().replace("\xa0", " ")
    assert "The books say 10 kg" in text
    assert "200 g missing" in text
    assert not Count.objects.exists()


def test_a_difference_is_recorded_with_its_reason_and_once(world, anna):
    weights = {"kordia": "9.8", "rainier": "10,25", "lapins": "10"}
    answer, sent = counted(anna, world, weights, {"kordia": "dried", "rainier": "scale"})
    assert answer.status_code == 302
    assert anna.post(f"/store/{world.store.pk}/count/", sent).status_code == 302
    rows = dict(Count.objects.values_list("lot__variety", "difference_g"))
    assert rows == {"kordia": -200, "rainier": 250, "lapins": 0}
    assert sorted(Movement.objects.filter(reason="count").values_list("weight_g", "ref")) == [
        (200, "dried"),
        (250, "scale"),
    ]
    assert Event.objects.filter(kind="stock.counted").count() == 3


def test_what_orders_wait_for_is_not_counted_away_and_the_orders_are_named(world, anna):
    first, second, third = (world.order({"kordia": weight_g}) for weight_g in (3_000, 2_000, 1_000))
    answer, _sent = counted(
        anna, world, {"kordia": "4.5", "rainier": "9"}, {"kordia": "lost", "rainier": "lost"}
    )
    assert answer.status_code == 409
    text = answer.content.decode()
    assert f"for the orders {second.spoken_code}." in text
    assert not Count.objects.exists(), "all or nothing"
    assert orders_short(store=world.store, lot_id=world.lots["kordia"].pk, left_g=0) == [
        each.spoken_code for each in (first, second, third)
    ]


def test_a_lot_that_moved_while_it_was_counted_is_weighed_again(world, anna):
    order = world.order({"kordia": 500})
    _answer, sent = counted(anna, world, {"kordia": ""})
    hand_over(order=order, by="courier:1", now=NOW)
    weight = next(
        name for name in sent if name.startswith("weight-") and name.endswith(f"-{world.lots['kordia'].pk}")
    )
    sent |= {weight: "10", weight.replace("weight", "reason"): "scale"}
    answer = anna.post(f"/store/{world.store.pk}/count/", sent)
    assert answer.status_code == 409
    assert "while you counted" in answer.content.decode()
    assert not Count.objects.exists()


@pytest.fixture
def sold(world) -> Order:
    """A delivered order of somebody whose name is a formula."""
    buyer = Buyer.objects.create(
        phone="+79161110000", name='=HYPERLINK("http://x","y")', language="en", since_at=NOW
    )
    order = world.order({"kordia": 500}, client_id=buyer.pk)
    hand_over(order=order, by="courier:1", now=NOW)
    delivered(order=order, by="courier:1", now=NOW)
    Order.objects.filter(pk=order.pk).update(street="@SUM(1+1)*cmd|' /C calc'!A0")
    return order


def test_a_recall_lists_who_got_it_and_where_the_rest_lies(world, anna, boris, sold):
    path = f"/store/{world.store.pk}/lots/{world.lots['kordia'].code}/recall/"
    asked = anna.get(path).content.decode()
    assert "Yes, recall it" in asked
    assert sold.spoken_code not in asked
    for _twice in range(2):
        assert anna.post(path).status_code == 302
    page = anna.get(path).content.decode().replace("\xa0", " ")
    for word in ("+79161110000", sold.spoken_code, "500 g", "9.5 kg"):
        assert word in page
    assert Event.objects.filter(kind="lot.recalled").get().by == "staff:anna"
    carmen = signed_in("carmen", world.stores[1], permissions=("recall_lot",))
    other = carmen.get(
        path.replace(f"/store/{world.store.pk}/", f"/store/{world.stores[1].pk}/")
    ).content.decode()
    assert "+79161110000" not in other, "another store's clients"
    assert "1 more got it from other stores" in other


def test_no_cell_of_the_file_is_a_formula(world, anna, sold):
    path = f"/store/{world.store.pk}/lots/{world.lots['kordia'].code}/recall/clients.csv"
    answer = anna.get(path)
    assert answer["Content-Disposition"] == f'attachment; filename="recall-{world.lots["kordia"].code}.csv"'
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows[0][3:5] == ["Telephone", "Name"]
    assert rows[1][3:6] == ["'+79161110000", '\'=HYPERLINK("http://x","y")', "'@SUM(1+1)*cmd|' /C calc'!A0"]
    assert rows[1][7] == "500"


@pytest.mark.parametrize("start", [*"=+-@＝＋－＠\t\r\n", " =", "\u00a0+", "\n=", "'="])
def test_whatever_a_spreadsheet_calculates_is_made_text(start):
    assert guarded(f"{start}1+1") == f"'{start}1+1"
    assert bare(guarded(f"{start}1+1")) == f"{start}1+1"
    assert guarded("Pokrovka 1=2") == "Pokrovka 1=2"
    assert (
        next(csv.reader(io.StringIO(sheet([[f"{start}1", 'a"b,c']]).lstrip("\ufeff"), newline="")))[1]
        == 'a"b,c'
    )


def test_the_recall_s_page_asks_as_much_for_many_as_for_one(
    world, anna, sold, django_assert_max_num_queries, monkeypatch
):
    path = f"/store/{world.store.pk}/lots/{world.lots['kordia'].code}/recall/"
    recall(lots=Lot.objects.filter(variety="kordia"), by="x", now=NOW)
    with django_assert_max_num_queries(10):
        anna.get(path)
    for order in [world.order({"rainier": 200}) for _each in range(8)]:
        hand_over(order=order, by="courier:1", now=NOW)
        order.lines.update(lot=world.lots["kordia"])
    monkeypatch.setattr(recalls, "MOST_SHOWN", 5)
    with django_assert_max_num_queries(10):
        page = anna.get(path).content.decode()
    assert page.count("<tr>") == 6
    assert "9 clients got some" in page
    assert "The file has all of them" in page


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
