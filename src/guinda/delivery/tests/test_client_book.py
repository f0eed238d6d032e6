"""What a client's page shows of deliveries: how they felt, in the reader's own figures; erased, the grade stays and the word goes."""

from __future__ import annotations

from django.utils.translation import override

from guinda.clients.models import Client
from guinda.clients.rooms import Who
from guinda.delivery.client_book import DeliveryRoom
from guinda.delivery.models import Rating
from guinda.orders import promise
from guinda.orders.models import Order
from tests.world import NOW, build


def test_the_feeling_is_the_mean_and_the_word_is_forgotten(db, settings):
    settings.PROMISER = "tests.world.HalfHour"
    promise.promiser.cache_clear()
    order = build().order()
    promise.promiser.cache_clear()
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
