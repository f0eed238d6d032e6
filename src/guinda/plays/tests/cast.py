"""A stage for plays: a city, clients who agreed to be contacted, a play that is on, and things that happen."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from guinda.clients.models import Channel, ChannelPrice, Client, Consent
from guinda.journal.services import record
from guinda.places.models import City
from guinda.plays import engine, events, hearing, services
from guinda.plays.models import Play, Run, StepDone

DOCS = Path(__file__).resolve().parents[4] / "docs" / "rooms" / "plays.md"
EXAMPLE = re.search(r"```toml\n(.*?)```", DOCS.read_text(), re.DOTALL)[1]
"""The example of the docs."""
NOW = datetime(2026, 6, 24, 9, 0, tzinfo=UTC)
"""Noon in Moscow."""
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WAVED, NODDED = "client.waved", "client.nodded"
"""Events that only tests know."""
HEAD = """
slug = "{slug}"
for = "person"
purpose = "offer"
priority = {priority}
holdout = {holdout}
name = {texts}
about = {texts}
entry = {{event = "client.waved", again_after = "10 days"}}
goal = {{event = "client.nodded", within = "7 days"}}
"""
STEP = """
[[steps]]
slug = "{slug}"
who = "{who}"
name = {texts}
{more}
branches = {{{branches}}}
"""
TEXTS = '{en = "Hello", es = "Hola", ru = "Привет"}'


def texts(text: str) -> dict[str, str]:
    return {"en": text, "es": text, "ru": text}


def step(slug: str, branches: str, *, who: str = "system", more: str = "") -> str:
    return STEP.format(slug=slug, who=who, texts=TEXTS, more=more, branches=branches)


def message(slug: str, branches: str, *, more: str = "") -> str:
    return step(slug, branches, more=f"message = {TEXTS}\n{more}")


def call(slug: str, branches: str, *, more: str = "") -> str:
    return step(slug, branches, who="seller", more=f'channel = "call"\nscript = {TEXTS}\n{more}')


def written(*steps: str, slug: str = "wave", holdout: float = 0.0, priority: int = 100) -> str:
    head = HEAD.format(slug=slug, holdout=holdout, priority=priority, texts=TEXTS)
    return head + "".join(steps)


def register() -> None:
    """Let plays know of the tests' events."""
    for name in (WAVED, NODDED):
        events.register(events.Kind(name, name, events.by_client))


def city() -> City:
    register()
    made = City.objects.create(
        slug="moscow", name="Москва", name_latin="Moscow", time_zone="Europe/Moscow", country="RU",
        currency="RUB", south=55.65, west=37.45, north=55.85, east=37.80, water=[],
    )  # fmt: skip
    for channel, each_minor, minute_minor in ((Channel.MESSAGE, 350, 0), (Channel.CALL, 200, 900)):
        ChannelPrice.objects.create(
            channel=channel,
            currency="RUB",
            from_date=date(2026, 1, 1),
            each_minor=each_minor,
            minute_minor=minute_minor,
        )
    return made


def people(count: int = 1, *, agreed: bool = True, since: int = 0, **facts) -> list[Client]:
    made = Client.objects.bulk_create(
        [
            Client(
                phone=f"+7916{since + n:07d}",
                name=f"Anna {since + n}",
                since_at=NOW,
                city_id="moscow",
                **facts,
            )
            for n in range(count)
        ]
    )
    if agreed:
        Consent.objects.bulk_create(
            [
                Consent(client=each, purpose="offer", channel="every", given=True, by="test", at=NOW)
                for each in made
            ]
        )
    return made


def on(text: str, *, now: datetime = NOW) -> Play:
    version = services.save(text=text, by="test", now=now)
    return services.switch(slug=version.play.slug, to=Play.State.ON, by="test", now=now)


def happens(kind: str, clients, *, at: datetime = NOW, now: datetime | None = None) -> None:
    for each in clients:
        hearing.note(record(kind=kind, ref=f"client:{each.pk}", by="test", at=at), at)
    hearing.look(now=now or at)


def go(now: datetime) -> int:
    return engine.tick(now=now)


def trail(run: Run) -> list[tuple[str, str]]:
    return list(StepDone.objects.filter(run=run).order_by("number").values_list("step", "outcome"))
