"""The demo's corporate side, on demand: an operator's accounts, sellers, tools, two million numbers, an attack that forms."""

from __future__ import annotations

import tomllib
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID, uuid5

from django.contrib.auth.models import Group

import guinda.offers
from guinda.clients.models import ChannelPrice, Client, Consent
from guinda.config.operator import COMPETITORS, TERRITORIES
from guinda.config.seeding import sellers
from guinda.offers import operator, rivals
from guinda.offers.imports import bring_in, numbering_from
from guinda.offers.models import Account, Allowance, Number, Tool
from guinda.places.models import City
from guinda.plays import services
from guinda.plays.models import Play

KEYS = UUID("0e8f3c1a-94c1-4f0e-8f21-66c08e3f2b10")
RANGE = (2_000_000, 3_999_999)
ROUBLES = Decimal(90)
"""Roubles for a dollar of the file, about: the demo's city pays in roubles."""
WEEKS = (1, 0, 1, 0, 0, 1, 0, 1, 0, 1, 6, 9)
"""How many accounts one competitor has approached, week by week, the newest last."""
CHANNELS = (("call", 1_500, 0), ("message", 0, 300))
"""What a minute on the telephone and a message cost, minor units."""
TOOLS = Path(__file__).resolve().parent / "tools.toml"


def fill(*, file: Path, password: str, now: datetime) -> None:
    """Make what is missing of it; twice is the same as once."""
    city = City.objects.order_by("pk")[0]
    users = sellers(password=password, count=len(TERRITORIES))
    if not Account.objects.exists():
        setting = operator.Setting(
            city=city,
            competitors=COMPETITORS,
            territories={name: user.pk for name, user in zip(TERRITORIES, users, strict=True)},
            agreed=Consent.How.CONTRACT,
            times=ROUBLES,
            language="ru",
        )
        operator.bring_in(file, setting=setting, by="demo", now=now)
        _attack(now)
    if not Number.objects.exists():
        numbering = numbering_from(Path(guinda.offers.__file__).parent / "operators" / "demo.toml")
        bring_in(numbering=numbering, first=RANGE[0], last=RANGE[1], by="demo", now=now)
    _tools(city, now)
    for channel, minute_minor, each_minor in CHANNELS:
        price = {"minute_minor": minute_minor, "each_minor": each_minor}
        facts = {"channel": channel, "currency": city.currency, "from_date": now.date()}
        if not ChannelPrice.objects.filter(channel=channel).exists():
            ChannelPrice.objects.create(**facts, **price)
    for play in Play.objects.filter(slug="planned-offer", state=Play.State.DRAFT):
        services.switch(slug=play.slug, to=Play.State.ON, by="demo", now=now)


def _tools(city: City, now: datetime) -> None:
    for slug, told in tomllib.loads(TOOLS.read_text(encoding="utf-8")).items():
        facts = {**told, "currency": city.currency, "from_date": now.date()}
        most = {role: facts.pop(f"{role}_most_minor") for role in ("seller", "director")}
        tool, made = Tool.objects.get_or_create(slug=slug, defaults=facts)
        if made:
            Allowance.objects.bulk_create(
                Allowance(tool=tool, role=Group.objects.get(name=role), most_minor=minor)
                for role, minor in most.items()
            )


def _attack(now: datetime) -> None:
    """Accounts of one district whose contracts end soon have told us what a competitor offers them."""
    today = now.date()
    likely = Client.objects.filter(account__territory__name=TERRITORIES[1], supplies__competitor=None)
    soon = likely.filter(supplies__ends_date__lte=today + timedelta(days=90)).distinct().order_by("pk")
    approached = [(ago, each) for ago, count in enumerate(reversed(WEEKS)) for each in range(count)]
    for (ago, each), client in zip(approached, soon[: len(approached)], strict=False):
        rivals.tell(
            key=uuid5(KEYS, f"{ago}:{each}"),
            client=client,
            competitor=COMPETITORS[2],
            what="The same services, three months free, and a number of their choice",
            approached_date=today - timedelta(days=7 * ago + each % 6),
            by="demo",
            now=now,
        )
