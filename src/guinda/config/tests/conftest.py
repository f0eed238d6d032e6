"""An office with rows in every room, and people who work there."""

from __future__ import annotations

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.models import Group

from guinda.config import roles
from guinda.config.tests import busy


@pytest.fixture(autouse=True)
def plain_static(settings):
    """Pages are looked at without collecting static files first."""
    settings.STORAGES = {
        **django_settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


@pytest.fixture
def house(db):
    """A small city after a few busy days."""
    return busy.city(orders=40)


@pytest.fixture
def worker(db, client, django_user_model):
    """`worker("support")` signs a person of that role in and gives their browser."""

    def sign_in(role: str, **more):
        roles.sync()
        user = django_user_model.objects.create_user(
            role.replace(" ", "-"), password="red-cherries-42", is_staff=True, **more
        )
        if role in roles.ROLES:
            user.groups.add(Group.objects.get(name=role))
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return sign_in
