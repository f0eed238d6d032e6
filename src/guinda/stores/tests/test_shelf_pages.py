"""What is received, written off, sent, weighed in and counted at a store's pages."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from guinda.catalog.models import Evidence, Lot
from guinda.journal.models import Event
from guinda.orders.services import hand_over
from guinda.stock.models import Holding, Movement
from guinda.stores.models import Count, Receipt, Transfer
from guinda.stores.queries import orders_short
from guinda.stores.tests.cast import LATER, picture, signed_in
from tests.world import NOW, World


def form(**changed) -> dict[str, str]:
    typed = {
        "key": str(uuid4()), "variety": "kordia", "weight_g": "12,5", "cost": "5250.00", "grower": "Orchard on the hill",
        "origin": "Krasnodar", "picked_at": "2026-06-24T05:00", "brix": "19.3", "inspected_by": "Anna", "inspected_at": "2026-06-24T11:00",
        "washed_by": "Anna", "washed_at": "2026-06-24T11:30", "expires_at": "2026-06-27T22:00",
    }  # fmt: skip
    return {**typed, **changed}


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
