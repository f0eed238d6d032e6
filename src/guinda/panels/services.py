"""Enrol and revoke devices."""

from __future__ import annotations

import hmac
from datetime import datetime
from hashlib import sha256

from django.conf import settings
from django.db import transaction

from guinda.base import codes
from guinda.journal.services import record
from guinda.panels.models import Panel
from guinda.places.models import Station


@transaction.atomic
def enrol(*, station: Station, label: str, by: str, now: datetime) -> str:
    """A new device at a station; returns its key, which is kept nowhere but on the device."""
    key = codes.secret_code()
    panel = Panel.objects.create(
        station=station, label=label[:80], key_digest=codes.digest(key), enrolled_at=now, enrolled_by=by
    )
    record(kind="panel.enrolled", ref=f"panel:{panel.pk}", by=by, at=now, data={"station": station.slug})
    return key


@transaction.atomic
def revoke(*, panel: Panel, by: str, now: datetime) -> bool:
    """From this instant the device's key opens nothing. False when it was revoked before."""
    revoked = Panel.objects.filter(pk=panel.pk, revoked_at=None).update(revoked_at=now, revoked_by=by)
    if revoked:
        record(kind="panel.revoked", ref=f"panel:{panel.pk}", by=by, at=now, data={})
    return bool(revoked)


def demo_key(station: Station) -> str:
    """The key every visitor's browser gets at a station of the demo: the same each time, so that visits don't add devices."""
    said = f"demo panel of {station.city_id}/{station.slug}"
    return hmac.new(settings.SECRET_KEY.encode(), said.encode(), sha256).hexdigest()


@transaction.atomic
def enrol_demo(*, station: Station, now: datetime) -> Panel:
    """The station's demo device, made when it is first asked for; revoked it stays revoked."""
    panel, made = Panel.objects.get_or_create(
        key_digest=codes.digest(demo_key(station)),
        defaults={"station": station, "label": "demo", "enrolled_at": now, "enrolled_by": "demo"},
    )
    if made:
        record(
            kind="panel.enrolled", ref=f"panel:{panel.pk}", by="demo", at=now, data={"station": station.slug}
        )
    return panel
