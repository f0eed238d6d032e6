from __future__ import annotations

import pytest

from guinda.places.models import City
from guinda.places.services import MOSCOW, load_city


@pytest.fixture
def moscow(db) -> City:
    return load_city(file=MOSCOW)
