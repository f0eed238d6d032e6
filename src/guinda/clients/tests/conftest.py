"""The office, for whoever works there."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission


@pytest.fixture
def office(client, db, django_user_model):
    """Signed in, with the permissions named."""

    def sign_in(*names: str):
        user = django_user_model.objects.create_user("vera", is_staff=True)
        user.user_permissions.set(Permission.objects.filter(codename__in=names))
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return sign_in
