"""This room's fixtures."""

from __future__ import annotations

import pytest

from guinda.stalls.tests.street import Street


@pytest.fixture
def street(db) -> Street:
    return Street()


@pytest.fixture
def real_street(transactional_db) -> Street:
    """For tests with several connections."""
    return Street()
