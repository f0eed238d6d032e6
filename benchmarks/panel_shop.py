"""The shop of `panel.py`: fills the empty database of `DATABASE_URL` with the demo's city and every fruit, and prints its facts as JSON."""

from __future__ import annotations

import json
import os
from datetime import timedelta


def main() -> None:
    """The tests' shop, with the whole map and the whole catalogue around it."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "guinda.config.settings")
    django.setup()
    from guinda.base import clock
    from guinda.catalog.services import FRUIT, load_fruit
    from guinda.places.services import MOSCOW, load_city
    from tests.shop import build

    facts = build()
    city = load_city(file=MOSCOW)
    load_fruit(file=FRUIT, city=city, now=clock.now() - timedelta(hours=1))
    print(json.dumps(facts))


if __name__ == "__main__":
    main()
