"""Each role sees its own rooms, and is refused at the doors of the others."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, Permission, User
from django.urls import reverse

from guinda.catalog.models import Lot, Price
from guinda.config import roles
from guinda.config.tests.test_admin_pages import PAGES, url_of
from guinda.delivery.models import Courier, Task
from guinda.journal.models import Event
from guinda.orders.models import Order
from guinda.panels.models import Panel

SEES = {
    "director": {model._meta.label_lower for model in PAGES},
    "store keeper": {
        "catalog.lot", "catalog.price", "catalog.product", "catalog.variety", "orders.order", "places.store",
        "stock.holder", "stock.holding", "stock.movement",
    },
    "seller": {"catalog.lot", "catalog.price", "catalog.product", "catalog.variety", "clients.client", "offers.territory",
               "offers.tool", "orders.order", "orders.standingorder"},
    "support": {
        "clients.channelprice", "clients.client", "clients.competitor", "clients.message", "clients.phonecode",
        "delivery.courier", "delivery.rating", "delivery.shift", "delivery.task",
        "journal.event", "orders.order", "orders.payment", "orders.refund", "orders.standingorder", "panels.panel",
    },
}  # fmt: skip


@pytest.mark.parametrize("role", SEES)
def test_a_role_sees_exactly_its_rooms(house, worker, role):
    client = worker(role)
    index = client.get(reverse("admin:index"))
    assert index.status_code == 200
    shown = {
        entry["model"]._meta.label_lower for app in index.context_data["app_list"] for entry in app["models"]
    }
    assert shown == SEES[role]
    for model in PAGES:
        expected = 200 if model._meta.label_lower in SEES[role] else 403
        assert client.get(url_of(model, "changelist")).status_code == expected, model
        row = (
            model._default_manager.filter(**({"is_superuser": False} if model is User else {}))
            .order_by("-pk")
            .first()
        )
        if row:
            assert client.get(url_of(model, "change", row.pk)).status_code == expected, model


def test_a_seller_finds_the_numbers_in_the_menu_and_the_way_back(house, worker):
    seller = worker("seller")
    menu = seller.get(reverse("admin:index")).context_data["sidebar_navigation"]
    shown = {str(item["link"]) for group in menu for item in group["items"] if item["has_permission"]}
    assert reverse("numbers") in shown
    assert f'href="{reverse("admin:index")}"' in seller.get(reverse("numbers")).content.decode()


@pytest.mark.parametrize("role", SEES)
def test_the_menu_leads_only_where_one_may_go(house, worker, role):
    client = worker(role)
    menu = client.get(reverse("admin:index")).context_data["sidebar_navigation"]
    links = [str(item["link"]) for group in menu for item in group["items"] if item["has_permission"]]
    assert len(links) > 3
    for link in links:
        assert client.get(link).status_code == 200, link


def test_a_courier_has_nothing_to_do_here(worker, client, django_user_model):
    roles.sync()
    user = django_user_model.objects.create_user("lena", password="red-cherries-42")
    user.groups.add(Group.objects.get(name="courier"))
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(reverse("admin:index")).status_code in {302, 403}
    assert not user.get_all_permissions()


def test_twice_is_the_same_as_once_and_what_was_added_by_hand_is_put_right(db):
    roles.sync()
    first = {group.name: set(group.permissions.values_list("pk", flat=True)) for group in Group.objects.all()}
    assert set(first) == set(roles.ROLES)
    Group.objects.get(name="seller").permissions.set(first["director"])
    roles.sync()
    assert first == {
        group.name: set(group.permissions.values_list("pk", flat=True)) for group in Group.objects.all()
    }


def test_a_permission_that_is_not_there_is_a_fault(db, monkeypatch):
    monkeypatch.setitem(roles.ROLES, "seller", {"orders": ("eat_order",)})
    with pytest.raises(KeyError):
        roles.sync()


BOOKS = [
    "journal.event",
    "stock.movement",
    "stock.holding",
    "orders.order",
    "orders.payment",
    "orders.refund",
    "delivery.task",
    "delivery.tap",
]


@pytest.mark.parametrize("label", BOOKS)
def test_nobody_edits_a_book(house, worker, label):
    client = worker("boss", is_superuser=True)
    model = next(each for each in PAGES if each._meta.label_lower == label)
    row = model._default_manager.order_by("-pk").first()
    before = model._default_manager.count()
    assert client.get(url_of(model, "add")).status_code == 403
    assert client.post(url_of(model, "add"), {}).status_code == 403
    assert client.post(url_of(model, "change", row.pk), {"note": "x", "_save": "1"}).status_code == 403
    assert client.post(url_of(model, "delete", row.pk), {"post": "yes"}).status_code == 403
    client.post(
        url_of(model, "changelist"),
        {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"},
    )
    assert model._default_manager.count() == before


def cancel(client, order):
    return client.post(
        f"/admin/orders/order/{order.pk}/cancel_order/",
        {"_form_submitted": "True", "reason": "asked by telephone"},
        follow=True,
    )


def test_support_cancels_an_order_with_a_reason(house, worker):
    client = worker("support")
    order = house.order()
    answer = cancel(client, order)
    order.refresh_from_db()
    assert order.state == Order.State.CANCELLED
    assert "was cancelled" in answer.content.decode()
    event = Event.objects.get(ref=order.code, kind="order.cancelled")
    assert event.by == "staff:support"
    assert event.data["reason"] == "asked by telephone"


def test_what_the_courier_has_is_not_cancelled_and_the_page_says_so(house, worker):
    client = worker("support")
    order = house.order()
    Order.objects.filter(pk=order.pk).update(state="handed")
    answer = cancel(client, order)
    assert "already has your bag" in answer.content.decode()
    assert Order.objects.get(pk=order.pk).state == "handed"


def test_cancelling_needs_the_permission_and_a_post(house, worker):
    client = worker("store keeper")
    order = house.order()
    assert cancel(client, order).status_code == 403
    assert client.get(f"/admin/orders/order/{order.pk}/cancel_order/").status_code == 403
    assert Order.objects.get(pk=order.pk).state == "confirmed"


def test_looking_at_the_dialog_cancels_nothing(house, worker):
    client = worker("support")
    order = house.order()
    assert client.get(f"/admin/orders/order/{order.pk}/cancel_order/").status_code == 200
    assert Order.objects.get(pk=order.pk).state == "confirmed"


def test_several_orders_are_cancelled_from_the_list_and_each_refusal_is_said(house, worker):
    client = worker("support")
    first, second = house.order(), house.order()
    Order.objects.filter(pk=second.pk).update(state="delivered")
    chosen = {"action": "cancel_chosen", "_selected_action": [first.pk, second.pk]}
    page = client.post("/admin/orders/order/", chosen, follow=True).content.decode()
    assert Order.objects.get(pk=first.pk).state == "cancelled"
    assert second.spoken_code in page
    assert "1 order was cancelled" in page


def carried(house) -> Task:
    order = house.order()
    Order.objects.filter(pk=order.pk).update(state="handed")
    courier = Courier.objects.first()
    return Task.objects.create(
        order=order, city=order.city, store=order.store, lat=order.lat, lon=order.lon, weight_g=order.weight_g,
        ready_at=order.placed_at, promised_at=order.promised_at, state=Task.State.CARRIED, courier=courier,
    )  # fmt: skip


def end(client, task, verb, **typed):
    return client.post(
        f"/admin/delivery/task/{task.pk}/{verb}/", {"_form_submitted": "True", **typed}, follow=True
    )


@pytest.mark.parametrize("role", ["support", "director"])
@pytest.mark.parametrize(("verb", "state"), [("end_delivered", "delivered"), ("end_lost", "failed")])
def test_the_office_ends_a_bag_whose_courier_is_silent(house, worker, role, verb, state):
    client, task = worker(role), carried(house)
    assert verb in client.get(url_of(Task, "change", task.pk)).content.decode()
    end(client, task, verb, reason="")
    assert Task.objects.get(pk=task.pk).state == "carried"  # a reason is asked for
    answer = end(client, task, verb, reason="Her telephone is broken").content.decode()
    task.refresh_from_db()
    assert (task.state, task.by_office, task.note) == (state, True, "Her telephone is broken")
    assert Order.objects.get(pk=task.order_id).state == state
    assert "The bag is ended" in answer
    assert f"/{verb}/" not in answer  # nothing is left to end
    assert "No courier carries this bag now" in end(client, task, verb, reason="Once more").content.decode()


def test_ending_a_bag_needs_its_own_permission(house, worker):
    task = carried(house)
    client = worker("seller")
    client_user = User.objects.get(username="seller")
    client_user.user_permissions.add(Permission.objects.get(codename="view_task"))
    assert client.get(url_of(Task, "change", task.pk)).status_code == 200
    for verb in ("end_delivered", "end_lost"):
        assert end(client, task, verb, reason="Just so").status_code == 403
    assert Task.objects.get(pk=task.pk).state == "carried"


def test_a_store_keeper_recalls_a_lot_once(house, worker):
    client = worker("store keeper")
    lot = Lot.objects.first()
    for _twice in range(2):
        client.post(f"/admin/catalog/lot/{lot.pk}/recall_now/", {"_form_submitted": "True"}, follow=True)
    lot.refresh_from_db()
    assert lot.recalled_at is not None
    assert Event.objects.filter(kind="lot.recalled", ref=lot.code).count() == 1


def test_a_seller_recalls_nothing(house, worker):
    client = worker("seller")
    lot = Lot.objects.first()
    assert (
        client.post(f"/admin/catalog/lot/{lot.pk}/recall_now/", {"_form_submitted": "True"}).status_code
        == 403
    )
    assert Lot.objects.get(pk=lot.pk).recalled_at is None


def test_a_panels_address_is_shown_once_and_opens_the_panel(house, worker, client):
    director = worker("director")
    station = house.stations[0]
    page = director.post(
        "/admin/panels/panel/add/", {"station": station.pk, "label": "west hall"}, follow=True
    ).content.decode()
    panel = Panel.objects.get(label="west hall")
    assert panel.enrolled_by == "staff:director"
    assert "/panels/enrol/" in page
    key = page.split("/panels/enrol/")[1].split("/")[0]
    assert key not in director.get(f"/admin/panels/panel/{panel.pk}/change/").content.decode()
    director.post(f"/admin/panels/panel/{panel.pk}/revoke_now/", {"_form_submitted": "True"}, follow=True)
    panel.refresh_from_db()
    assert panel.revoked_at is not None
    assert panel.revoked_by == "staff:director"


def test_a_price_is_typed_in_money_and_added_only(house, worker):
    director = worker("director")
    typed = {
        "city": "moscow",
        "variety": "kordia",
        "per_kg": "890.50",
        "from_at_0": "2026-12-01",
        "from_at_1": "10:00:00",
    }
    answer = director.post("/admin/catalog/price/add/", typed)
    assert answer.status_code == 302, answer.context_data["adminform"].form.errors
    price = Price.objects.latest("pk")
    assert price.per_kg_minor == 89050
    assert price.from_at.hour == 7, "ten o'clock in Moscow"
    assert director.post(f"/admin/catalog/price/{price.pk}/change/", typed).status_code == 403


def test_texts_are_typed_per_language(house, worker):
    director = worker("director")
    typed = {
        "name_en": "Cherry",
        "name_es": "Cereza",
        "name_ru": "Черешня",
        "slug": "sweet-cherry",
        "position": "0",
    }
    answer = director.post("/admin/catalog/product/sweet-cherry/change/", typed)
    assert answer.status_code == 302, answer.context_data["adminform"].form.errors
    from guinda.catalog.models import Product

    assert Product.objects.get(slug="sweet-cherry").name == {"en": "Cherry", "es": "Cereza", "ru": "Черешня"}
    assert (
        director.post("/admin/catalog/product/sweet-cherry/change/", {**typed, "name_ru": ""}).status_code
        == 200
    )


def test_a_director_can_not_make_or_touch_a_superuser(house, worker):
    owner = User.objects.create_superuser("owner", password="x")
    director = worker("director")
    assert director.get(f"/admin/auth/user/{owner.pk}/change/").status_code == 302
    assert director.get(f"/admin/auth/user/{owner.pk}/password/").status_code in {302, 404}
    other = User.objects.create_user("vera")
    director.post(
        f"/admin/auth/user/{other.pk}/change/",
        {"username": "vera", "is_active": "on", "is_superuser": "on", "user_permissions": [1]},
    )
    other.refresh_from_db()
    assert not other.is_superuser
    assert not other.user_permissions.exists()


def test_every_registered_page_is_one_of_ours():
    from unfold.admin import ModelAdmin

    from guinda.base.admin_tools import Office

    for model, page in admin.site._registry.items():
        assert isinstance(page, ModelAdmin), model
        assert isinstance(page, Office) or model._meta.app_label == "places", model
