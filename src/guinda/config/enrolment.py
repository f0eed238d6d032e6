"""`guinda enrol`: a key for a panel."""

from __future__ import annotations

import argparse
import getpass

from guinda.config.cli import Mistake, set_up


def run(chosen: argparse.Namespace) -> None:
    """Make the key and print the address that puts it on the device."""
    set_up()
    from django.conf import settings

    from guinda.base import clock
    from guinda.panels.services import enrol
    from guinda.places.models import Station

    found = list(Station.objects.filter(slug=chosen.station)[:2])
    if len(found) != 1:
        raise Mistake(
            f"There is no station {chosen.station!r} here. The admin's page of stations lists the short names."
        )
    key = enrol(station=found[0], label=chosen.label, by=f"command:{getpass.getuser()}", now=clock.now())
    print(
        "This address is the panel's key: whoever opens it becomes this panel. Revoke the panel in the admin if it leaks."
    )
    print(f"Open this on the panel: {settings.SITE_URL}/panels/enrol/{key}/")
