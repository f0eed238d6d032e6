"""A cast at a store's doors: Anna tends the first store, Boris the second; and what several tests of the pages do."""

from __future__ import annotations

import io
from datetime import timedelta

from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from PIL import Image

from guinda.delivery.models import Task
from guinda.journal.services import announce
from guinda.orders.models import Order
from guinda.stores.models import Keeper
from tests.world import NOW, World

LATER = NOW + timedelta(minutes=1)


def signed_in(name: str, *stores, permissions: tuple[str, ...] = ()) -> Client:
    user = User.objects.create_user(name)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    for store in stores:
        Keeper.objects.create(user=user, store=store)
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def queries_of(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(path).status_code == 200
    return len(queries)


def tasked(world: World, bowl=None, **facts) -> Order:
    """An order with the task that its announcement makes."""
    order = world.order(bowl or {"kordia": 500}, phone="+79161234567")
    announce(now=NOW)
    Task.objects.filter(order=order).update(**facts)
    return order


def picture(kind: str = "PNG") -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (300, 200), "#b3132b").save(written, kind)
    return written.getvalue()
