"""An operator's clients come in as accounts: tenure, contract, services, monthly charges, and whose territory they are in.

The file is a CSV with the columns of IBM's sample of a telephone company's clients. It names no competitor, no district and no seller:
those are dealt out by a hash of the account's number, so that the same file gives the same book. A known account is left as it is.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from itertools import islice
from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext as _

from guinda.base.money import from_major
from guinda.base.office import today_of
from guinda.base.refusals import Refusal
from guinda.clients.models import Client, Competitor, Consent, Supply
from guinda.journal.services import record
from guinda.offers.models import Account, Territory
from guinda.offers.terms import months_later
from guinda.places.models import City

ROWS_MAX = 1_000_000
BATCH = 2_000
MONTH_DAYS = 365.25 / 12
COLUMNS = ("customerID", "tenure", "Contract", "MonthlyCharges", "Churn", "PhoneService", "InternetService")
CONTRACTS = {"Month-to-month": 0, "One year": 12, "Two year": 24}
EXTRAS = {
    "MultipleLines": "Several lines",
    "OnlineSecurity": "Online security",
    "OnlineBackup": "Online backup",
    "DeviceProtection": "Device protection",
    "TechSupport": "Technical support",
    "StreamingTV": "Television",
    "StreamingMovies": "Films",
}
PLAN = "Plan"
"""What the monthly charge is for: the services together."""


@dataclass(frozen=True)
class Setting:
    """What the file does not say: whose money and clock, the competitors those who left went to, the territories, and the consent."""

    city: City
    competitors: Sequence[str]
    territories: Mapping[str, int | None]
    """Names, each with the account of its seller."""
    agreed: str = ""
    """Where all agreed to be offered things; empty: nobody did."""
    times: Decimal = Decimal(1)
    """A unit of the file's money in units of the city's."""
    language: str = "en"


@dataclass(frozen=True)
class Row:
    """One account of the file."""

    number: str
    months: int
    contract: str
    monthly: Decimal
    left: bool
    services: tuple[str, ...] = field(default_factory=tuple)


@dataclass(frozen=True)
class Among:
    """The keys of what is dealt out."""

    territories: Sequence[int]
    rivals: Sequence[int]


def bring_in(file: Path, *, setting: Setting, by: str, now: datetime) -> int:
    """Write all accounts of the file that are not known yet, or none; returns how many.

    Raises:
        Refusal: `file_unreadable` with the row that can't be read, and why.
    """
    try:
        with file.open(newline="", encoding="utf-8-sig") as handle, transaction.atomic():
            among = Among(
                [_territory(name, seller) for name, seller in setting.territories.items()],
                [Competitor.objects.get_or_create(name=name)[0].pk for name in setting.competitors],
            )
            rows, made = _rows(handle), 0
            while batch := list(islice(rows, BATCH)):
                made += _write(batch, setting, among, by=by, now=now)
            record(kind="operator.imported", ref=file.name[:64], by=by, at=now, data={"accounts": made})
    except (OSError, UnicodeError, csv.Error) as error:
        raise _unreadable(str(error)) from error
    return made


def _territory(name: str, seller: int | None) -> int:
    return Territory.objects.get_or_create(name=name, defaults={"seller_id": seller})[0].pk


def _rows(handle: Iterator[str]) -> Iterator[Row]:
    told = csv.DictReader(handle)
    missing = [name for name in COLUMNS if name not in (told.fieldnames or ())]
    if missing:
        raise _unreadable(_("column %(name)s is missing") % {"name": missing[0]})
    for line, each in enumerate(told, start=2):
        if line > ROWS_MAX:
            raise _unreadable(_("more than %(most)s rows") % {"most": ROWS_MAX})
        try:
            yield _row(each)
        except (KeyError, ValueError, TypeError, InvalidOperation) as error:
            raise _unreadable(_("row %(row)s: %(fault)s") % {"row": line, "fault": error}) from error


def _row(told: Mapping[str, str]) -> Row:
    services = [] if told["PhoneService"] != "Yes" else ["Telephone"]
    if told["InternetService"] not in ("No", ""):
        services.append(f"Internet ({told['InternetService'][:40]})")
    services += [name for column, name in EXTRAS.items() if told.get(column) == "Yes"]
    number, monthly, months = told["customerID"].strip(), Decimal(told["MonthlyCharges"]), int(told["tenure"])
    if not 0 < len(number) <= 40 or not number.isprintable():
        raise ValueError(f"{number!r} is no account's number")
    if not 0 <= monthly <= 10**9 or not 0 <= months <= 1200:
        raise ValueError(f"tenure {months}, charges {monthly}")
    if told["Contract"] not in CONTRACTS:
        raise KeyError(told["Contract"])
    return Row(number, months, told["Contract"], monthly, told["Churn"] == "Yes", tuple(services))


def _unreadable(fault: str) -> Refusal:
    return Refusal("file_unreadable", _("This file can't be read: %(fault)s.") % {"fault": fault}, status=400)


def _write(batch: Sequence[Row], setting: Setting, among: Among, *, by: str, now: datetime) -> int:
    known = set(
        Account.objects.filter(number__in=[row.number for row in batch]).values_list("number", flat=True)
    )
    fresh = list({row.number: row for row in batch if row.number not in known}.values())
    clients = Client.objects.bulk_create(
        Client(
            kind=Client.Kind.COMPANY,
            name=row.number,
            language=setting.language,
            since_at=now - timedelta(days=row.months * MONTH_DAYS),
            city=setting.city,
        )
        for row in fresh
    )
    pairs = list(zip(clients, fresh, strict=True))
    Account.objects.bulk_create(
        Account(
            client=client, number=row.number, territory_id=_dealt(row.number, "territory", among.territories)
        )
        for client, row in pairs
    )
    Supply.objects.bulk_create(
        supply for client, row in pairs for supply in _supplies(client, row, setting, among, now)
    )
    if setting.agreed:
        Consent.objects.bulk_create(_consent(client, setting.agreed, by, now) for client in clients)
    return len(fresh)


def _supplies(client: Client, row: Row, setting: Setting, among: Among, now: datetime) -> Iterator[Supply]:
    """The plan with its monthly charge, and what it is made of; of those who left (in such files, last month), from whom now."""
    term, ends = CONTRACTS[row.contract], None
    if term:
        begun = today_of(now) - timedelta(days=round(row.months * MONTH_DAYS))
        ends = months_later(begun, term * (row.months // term + 1))
    rival = _dealt(row.number, "competitor", among.rivals) if row.left and among.rivals else None
    of = {"company": client, "competitor_id": rival, "left_date": today_of(now) if rival else None}
    monthly_minor = from_major(row.monthly * setting.times, setting.city.currency)
    for what in (PLAN, *row.services):
        monthly = monthly_minor if what == PLAN else None
        yield Supply(what=what, monthly_minor=monthly, ends_date=ends, **of)


def _consent(client: Client, agreed: str, by: str, now: datetime) -> Consent:
    facts = {"purpose": Consent.Purpose.OFFER, "channel": Consent.EVERY, "given": True}
    return Consent(client=client, how=agreed[:200], by=by, at=now, **facts)


def _dealt(number: str, what: str, among: Sequence[int]) -> int:
    digest = hashlib.sha256(f"{what}:{number}".encode()).digest()
    return among[int.from_bytes(digest[:8]) % len(among)]
