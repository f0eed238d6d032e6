"""An office with rows in every room, and people who work there."""

from __future__ import annotations

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.models import Group
from django.db import transaction

from guinda.config import roles
from guinda.config.tests import busy


@pytest.fixture(autouse=True)
def plain_static(settings):
    """Pages are looked at without collecting static files first."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # quick, for tests only
    settings.STORAGES = {
        **django_settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


@pytest.fixture(scope="module")
def house(django_db_setup, django_db_blocker):
    """A small city after a few busy days; each test undoes what it changed in the rows."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield busy.city(orders=40)
        transaction.set_rollback(True)


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
