"""A small operator: ten thousand numbers, sellers and clients."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model

from guinda.clients.models import Client
from guinda.offers.imports import bring_in, numbering_from
from guinda.offers.models import Numbering

NOW = datetime(2026, 6, 24, 9, 0, tzinfo=UTC)
OPERATORS = Path(__file__).resolve().parents[1] / "operators"


def operator() -> Numbering:
    """A1's classes over the numbers 777-00-00 to 777-99-99."""
    numbering = numbering_from(OPERATORS / "a1.toml")
    bring_in(numbering=numbering, first=7_770_000, last=7_779_999, by="test", now=NOW)
    return numbering


def people(count: int) -> tuple[list[int], list[int]]:
    """Ids of sellers and of clients."""
    users = get_user_model().objects
    sellers = [users.create_user(f"seller{each}", password=None).pk for each in range(count)]
    clients = [
        Client.objects.create(phone=f"+3752900000{each:02d}", since_at=NOW).pk for each in range(count)
    ]
    return sellers, clients


@pytest.fixture
def numbering(db) -> Numbering:
    return operator()
