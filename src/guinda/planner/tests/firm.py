"""A small house that plans its day: companies with bills, people who agreed, two sellers, tools, prices of channels."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from uuid import uuid4

from django.contrib.auth.models import Group, Permission, User

from guinda import plays
from guinda.clients.models import ChannelPrice, Client
from guinda.journal.services import announce
from guinda.offers.models import Account, Allowance, Offer, Territory, Tool
from guinda.offers.tests.offering import company, supplied, tool
from guinda.orders.models import Order
from guinda.planner import keeping, making
from guinda.planner.asking import Asked
from guinda.planner.models import Choice, Plan
from guinda.plays import bundled, engine, hearing, services
from tests.world import NOW, World, build

LIBRARY = Path(plays.__file__).parent / "library"
DAY = timedelta(days=1)
ASKED = Asked(budget_minor=100_000, seller_minutes=80, messages=3, learning_percent=0)


def sellers(*names: str) -> list[User]:
    """Who may do steps, and give anything."""
    role = Group.objects.get_or_create(name="sellers")[0]
    role.permissions.add(Permission.objects.get(codename="do_step"))
    found = [User.objects.get_or_create(username=name)[0] for name in names]
    for each in found:
        each.groups.add(role)
    return found


def given_freely(of: Tool) -> Tool:
    """A tool that every seller may give."""
    Allowance.objects.create(tool=of, role=Group.objects.get(name="sellers"), most_minor=10**9)
    return of


def firms(world: World, count: int, *, monthly_minor: int = 100_000) -> list[Client]:
    """Companies that pay us, the later ones more."""
    made = [company(f"Firm {each}", city=world.city) for each in range(count)]
    for place, each in enumerate(made, start=1):
        supplied(each, monthly_minor=monthly_minor * place)
    return made


def shared_out(of: list[Client], among: list[User]) -> None:
    """Each in turn has an account; without one, whose a client is depends on its number, which no test chooses."""
    for place, each in enumerate(of):
        seller = among[place % len(among)]
        territory = Territory.objects.get_or_create(name=seller.username, defaults={"seller": seller})[0]
        Account.objects.create(client=each, number=str(each.pk), territory=territory)


def people(world: World, count: int) -> list[Client]:
    """People who bought once and agreed to be offered things by message."""
    made = []
    for each in range(count):
        made.append(company(f"Person {each}", kind="person", phone=f"+79161111{each:03d}", city=world.city))
        order = world.order({"kordia": 1000}, client_id=made[-1].pk)
        Order.objects.filter(pk=order.pk).update(state="delivered", placed_at=NOW - DAY, total_minor=500_000)
    return made


def house(*, firm_count: int = 6, people_count: int = 4) -> tuple[Tool, Tool]:
    """All of it: a service for companies, a gift for people."""
    world = build()
    both = sellers("anna", "boris")
    for channel, minute, each in (("call", 100, 0), ("message", 0, 50)):
        ChannelPrice.objects.create(
            channel=channel, currency="RUB", from_date=date(2026, 1, 1), minute_minor=minute, each_minor=each
        )
    service = given_freely(
        tool("service", currency="RUB", for_kind="company", slug="care", month_minor=100, months=12)
    )
    gift = given_freely(tool("gift", currency="RUB", for_kind="person", slug="bowl", of_stock_minor=300))
    shared_out(firms(world, firm_count), both)
    people(world, people_count)
    return service, gift


def planned_offer_on() -> None:
    """The play by which a company's offer becomes a seller's step."""
    bundled.load([LIBRARY / "planned-offer.toml"], by="test", now=NOW)
    services.switch(slug="planned-offer", to="on", by="test", now=NOW)


def asked(currency: str = "RUB", now=NOW, **changes) -> Plan:
    """A plan asked for by a person, not made yet."""
    told = Asked(**{**ASKED.__dict__, **changes})
    return making.ask(key=uuid4(), asked=told, currency=currency, by="staff:olga", now=now)


def made(**changes) -> Plan:
    """A plan that is ready."""
    plan = asked(**changes)
    making.make_this(plan, now=changes.get("now", NOW))
    plan.refresh_from_db()
    assert plan.state == Plan.State.READY, plan.fault
    return plan


def kept(**changes) -> Plan:
    """A plan in force, given out, and what listens has heard."""
    plan = keeping.keep(plan_id=made(**changes).pk, by="staff:olga", now=NOW)
    settle()
    return plan


def settle(now=NOW) -> None:
    """The worker, until there is nothing left to do."""
    while keeping.give(now=now) or announce(now=now) or hearing.look(now=now) or engine.tick(now=now):
        pass


def spent(plan: Plan) -> Mapping[str, int]:
    """What a plan's choices take, added up by hand."""
    found: dict[str, int] = {}
    for each in Choice.objects.filter(plan=plan):
        for name, use in (
            ("budget", each.cost_minor),
            ("messages", int(each.channel == "message")),
            (f"seller:{each.seller}", each.minutes),
        ):
            found[name] = found.get(name, 0) + use
    return {name: use for name, use in found.items() if use}


def presented() -> list[int]:
    """Whose offers were presented."""
    return list(
        Offer.objects.filter(state="presented").order_by("client_id").values_list("client_id", flat=True)
    )
