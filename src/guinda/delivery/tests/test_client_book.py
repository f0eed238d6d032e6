"""What a client's page shows of deliveries: how they felt, in the reader's own figures; erased, the grade stays and the word goes."""

from __future__ import annotations

import pytest
from django.utils.translation import override

from guinda.clients.models import Client, Complaint
from guinda.clients.rooms import Who
from guinda.delivery.client_book import DeliveryRoom
from guinda.delivery.listeners import order_rated
from guinda.delivery.models import Rating
from guinda.journal.models import Event
from guinda.orders.models import Order
from tests.world import NOW, build


def test_the_feeling_is_the_mean_and_the_word_is_forgotten(db, settings):
    settings.PROMISER = "tests.world.HalfHour"
    order = build().order()
    buyer = Client.objects.create(phone="+79160000001", since_at=NOW)
    Order.objects.filter(pk=order.pk).update(client=buyer)
    who = Who([buyer.pk], [])
    assert DeliveryRoom().facts(who) == ()
    Rating.objects.create(order=order, fruit=2, kindness=3, word="too soft", rated_at=NOW)
    with override("ru"):
        (fact,) = DeliveryRoom().facts(who)
    assert (fact.value, fact.tone) == ("2,5 из 5 (оценок: 1)", "bad")
    DeliveryRoom().erase(who)
    assert Rating.objects.values_list("fruit", "word").get() == (2, "")


@pytest.mark.parametrize(("fruit", "word", "opened"), [(2, "too soft", 1), (2, "", 0), (3, "rather soft", 0)])
def test_a_low_grade_with_words_is_one_complaint(db, settings, fruit, word, opened):
    settings.PROMISER = "tests.world.HalfHour"
    order = build().order()
    buyer = Client.objects.create(phone="+79160000001", since_at=NOW)
    Order.objects.filter(pk=order.pk).update(client=buyer)
    Rating.objects.create(order=order, fruit=fruit, kindness=5, word=word, rated_at=NOW)
    event = Event(kind="order.rated", ref=order.code, at=NOW, by="client")
    for _again in range(2):
        order_rated(event, NOW)
    assert Complaint.objects.filter(about=order.spoken_code, words=word).count() == opened
    Client.objects.filter(pk=buyer.pk).update(phone=None, erased_at=NOW)
    Complaint.objects.all().delete()
    order_rated(event, NOW)
    assert not Complaint.objects.exists()
