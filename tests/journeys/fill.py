"""Fills the empty database of `DATABASE_URL` with the demo's city, and prints what the journeys need to know as JSON.

python -m tests.journeys.fill
"""

from __future__ import annotations

import json
import os
from typing import Any

RARE = "bergeron"
RARE_G = 1_000
"""All there is of one variety, in one store: what the journey that finds it sold out is about. Other journeys leave it alone."""


def build() -> dict[str, Any]:
    """The city of the demo, with one variety nearly gone; panels' keys, logins and passwords."""
    from guinda.base import clock, postgres
    from guinda.config import seeding
    from guinda.places.models import Store

    now = clock.now()
    facts = seeding.fill(home=postgres.home(), now=now)
    store = Store.objects.order_by("slug").first()
    assert store is not None
    _keep_little(store, now)
    return {
        "panels": {each["station"]: each["key"] for each in facts["panels"]},
        "passwords": facts["passwords"],
        "courier": seeding.GUEST,
    }


def _keep_little(store: Any, now: Any) -> None:
    """Take away all of the rare variety except RARE_G of its newest lot in `store`."""
    from guinda.stock.models import Holding
    from guinda.stock.services import write_off

    rows = Holding.objects.filter(lot__variety=RARE, holder__store__isnull=False).select_related(
        "holder__store"
    )
    newest = max(row.lot_id for row in rows)
    for row in rows:
        kept_g = RARE_G if (row.lot_id, row.holder.store) == (newest, store) else 0
        write_off(
            store=row.holder.store,
            lot_id=row.lot_id,
            weight_g=row.on_hand_g - kept_g,
            reason="test",
            by="test",
            at=now,
        )


def main() -> None:
    """The command."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "guinda.config.settings")
    django.setup()
    print(json.dumps(build()))


if __name__ == "__main__":
    main()
