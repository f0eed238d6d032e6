"""Fills the demo's city: places, fruit, staff, couriers, panels. Done twice it is the same as done once."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from datetime import datetime
from itertools import cycle
from pathlib import Path
from typing import Any

from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.models import Group, User
from django.db import transaction

from guinda.base import files
from guinda.catalog.services import FRUIT, load_fruit
from guinda.config import growers, stalls_seeding
from guinda.config.cityclock import KEYS
from guinda.delivery.models import Courier
from guinda.panels.services import demo_key, enrol_demo
from guinda.places.models import City, Store
from guinda.places.services import MOSCOW, load_city
from guinda.places.travel import Mode
from guinda.stores.models import Keeper

PER_STORE = 8
MODES = (Mode.BICYCLE,) * 5 + (Mode.CAR, Mode.FOOT, Mode.BICYCLE)
CARRIES_G = {Mode.BICYCLE: 12_000, Mode.CAR: 40_000, Mode.FOOT: 8_000}
GUEST = "courier"
"""The login of a courier whom the twin leaves alone: for whoever looks at the demo."""
OFFICE = {"director": "director", "keeper": "store keeper", "seller": "seller", "support": "support"}
"""Login and role."""
NAMES = (
    "Alyona", "Timur", "Vera", "Ilya", "Zarina", "Pavel", "Nadya", "Rustam", "Marina", "Gleb",
    "Aigul", "Fyodor", "Lyuba", "Arsen", "Tonya", "Yegor", "Dilya", "Maxim", "Sonya", "Anton",
    "Ksenia", "Bulat", "Raya", "Stepan", "Nina", "Aslan", "Polina", "Matvey", "Gulya", "Roman",
    "Zoya", "Kirill", "Emma", "Tagir", "Asya", "Savva", "Lilia", "Denis", "Mila", "Yura",
)  # fmt: skip
Progress = Callable[[str], None]


def fill(*, home: Path, now: datetime, progress: Progress = lambda _step: None) -> dict[str, Any]:
    """Make what is missing of the demo's city; returns what the twin and the welcome need to know, kept in the data folder as well."""
    progress("the city's lines, stations and stores")
    city = load_city(file=MOSCOW)
    progress("the fruit and its prices")
    load_fruit(file=FRUIT, city=city, now=now)
    progress("deliveries from growers")
    growers.deliver(city=city, now=now, days_back=1)
    growers.clear_away(city=city, now=now)
    progress("couriers and the office")
    kept = _kept(home)
    password = {
        name: kept.get("passwords", {}).get(name) or secrets.token_urlsafe(6)
        for name in ("courier", "office")
    }
    _office(password["office"])
    _keepers(city)
    _couriers(city, password["courier"])
    stalls_seeding.fill(city=city, users=_accounts(stalls_seeding.logins(), password["courier"]))
    progress("a panel at each station")
    facts = {"passwords": password, **_facts(city, now)}
    if facts != kept:
        files.write(home / KEYS, json.dumps(facts, ensure_ascii=False, indent=1), mode=0o600)
    return facts


def _kept(home: Path) -> dict[str, Any]:
    try:
        kept: dict[str, Any] = json.loads((home / KEYS).read_text())
    except FileNotFoundError:
        return {}
    return kept


@transaction.atomic
def _office(password: str) -> None:
    """One account for each role of the office; the director's opens everything."""
    from guinda.config import roles  # deferred: roles ask for permissions, which exist once the tables do

    roles.sync()
    users = _accounts(tuple(OFFICE), password)
    for name, role in OFFICE.items():
        User.objects.filter(pk=users[name].pk).update(is_staff=True, is_superuser=name == "director")
        users[name].groups.set(Group.objects.filter(name=role))


@transaction.atomic
def sellers(*, password: str, count: int) -> list[User]:
    """The office's seller and colleagues, `seller-2` and on, each with the seller's role."""
    logins = ("seller", *(f"seller-{number}" for number in range(2, count + 1)))
    users = _accounts(logins, password)
    for user in users.values():
        user.groups.set(Group.objects.filter(name="seller"))
    User.objects.filter(username__in=logins).update(is_staff=True)
    return [users[login] for login in logins]


def _keepers(city: City) -> None:
    """The demo's one keeper tends every store of the city."""
    user = User.objects.get(username="keeper")
    rows = [Keeper(user=user, store=store) for store in Store.objects.filter(city=city).order_by("pk")]
    Keeper.objects.bulk_create(rows, ignore_conflicts=True)


@transaction.atomic
def _couriers(city: City, password: str) -> None:
    stores = list(Store.objects.filter(city=city).order_by("slug"))
    logins = {name.lower(): name for name in NAMES[: PER_STORE * len(stores)]} | {GUEST: "Masha"}
    users = _accounts(tuple(logins), password)
    known = set(Courier.objects.filter(user__in=users.values()).values_list("user_id", flat=True))
    role = Group.objects.get_or_create(name="courier")[0]
    for (login, name), store, mode in zip(logins.items(), cycle(stores), _modes(len(stores)), strict=False):
        user = users[login]
        if user.pk in known:
            continue
        user.groups.add(role)
        Courier.objects.create(
            user=user, name=name, city=city, home_store=store, mode=mode.value, carries_g=CARRIES_G[mode]
        )


def _modes(stores: int) -> cycle[Mode]:
    """Each store gets the same mix: the couriers are dealt out store by store."""
    return cycle([mode for mode in MODES for _store in range(stores)])


def _accounts(logins: tuple[str, ...], password: str) -> dict[str, User]:
    """Accounts with one password; it is hashed once for all of them, because a good hash is slow on purpose."""
    users = {user.username: user for user in User.objects.filter(username__in=logins)}
    missing = [login for login in logins if login not in users]
    sample = next(iter(users.values()), None)
    changed = sample is not None and not check_password(password, sample.password)
    if missing or changed:
        coded = make_password(password)
        User.objects.filter(username__in=list(users)).update(password=coded)
        User.objects.bulk_create(User(username=login, password=coded) for login in missing)
        users = {user.username: user for user in User.objects.filter(username__in=logins)}
    return {login: users[login] for login in logins}


def _facts(city: City, now: datetime) -> dict[str, Any]:
    stations = list(city.stations.order_by("slug"))
    for station in stations:
        enrol_demo(station=station, now=now)
    couriers = Courier.objects.filter(city=city).select_related("user", "home_store").order_by("pk")
    return {
        "city": {"slug": city.slug, "time_zone": city.time_zone, "bounds": list(city.bounds)},
        "panels": [
            {
                "station": each.slug,
                "name": each.name_latin,
                "key": demo_key(each),
                "at": [each.lat, each.lon],
                "entries": each.yearly_entries,
            }
            for each in stations
        ],
        "couriers": [
            {
                "login": each.user.username,
                "name": each.name,
                "mode": each.mode,
                "store": list(each.home_store.point),
            }
            for each in couriers
            if each.user.username != GUEST
        ],
        "stalls": stalls_seeding.facts(city),
    }
