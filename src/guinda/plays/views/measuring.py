"""Before and after: a play tried on the past days, and what it changed since it is on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _

from guinda.base import clock
from guinda.base.shown import amount
from guinda.base.staff_pages import READ, staff_page
from guinda.base.texts import pick
from guinda.clients.models import Channel, Client, Rule
from guinda.plays import effect_words
from guinda.plays.definition import DESK, Definition
from guinda.plays.effect import Effect, effect_of
from guinda.plays.models import Play
from guinda.plays.rehearsing import DAYS, MOST_DAYS, Rehearsal, rehearse
from guinda.plays.speaking import NO_PHONE

SHOWN = 40
"""Contacts and refusals named one by one; the counts are of all."""


@staff_page("plays.view_play", *READ)
def effect(request: HttpRequest, slug: str) -> HttpResponse:
    """The goal's share with and without the play, what it cost, and each step's part."""
    play = _play(slug)
    found, definition = effect_of(play, now=clock.now()), _definition(play)
    facts = {
        "play": play,
        "page": "effect",
        "effect": found,
        "sentences": effect_words.sentences(definition, found),
        "warning": effect_words.warning(found),
        "bars": effect_words.bars(found) if found.found else [],
        "steps": list(_steps(definition, found)),
    }
    return render(request, "plays/effect.html", facts)


@staff_page("plays.view_play", *READ)
def rehearsal(request: HttpRequest, slug: str) -> HttpResponse:
    """How the play would have gone over the past days; asked for by the button, because it may take a while."""
    play = _play(slug)
    asked = request.GET.get("days", "")
    days = (
        int(asked[:9]) if asked.isascii() and asked.isdecimal() and 1 <= int(asked[:9]) <= MOST_DAYS else DAYS
    )
    facts: dict[str, Any] = {
        "play": play,
        "page": "rehearsal",
        "days": days,
        "most": MOST_DAYS,
        "shown": SHOWN,
    }
    if asked:
        facts |= _rehearsed(rehearse(_definition(play), now=clock.now(), days=days))
    return render(request, "plays/rehearsal.html", facts)


def _rehearsed(found: Rehearsal) -> dict[str, Any]:
    """What the page shows; each time by the client's own clock."""
    latest = list(found.latest(SHOWN))
    clients = Client.objects.in_bulk({way.client_id for way, _each in latest})
    most = max((day.contacts + day.held for day in found.days()), default=0)
    return {
        "found": found,
        "rules": [(_rule(rule), count) for rule, count in found.rules()],
        "table": [(day, *_part(day.contacts, day.held, most)) for day in reversed(found.days())],
        "steps": [(pick(step.name), made, held) for step, made, held in found.steps()],
        "latest": [
            (
                clients[way.client_id],
                each.at.astimezone(ZoneInfo(way.zone)).replace(tzinfo=None),
                pick(each.step.name),
                _channel(each.channel),
                _rule(each.rule),
            )
            for way, each in latest
        ],
    }


def _part(contacts: int, held: int, most: int) -> tuple[int, int]:
    """A day's bar: where its contacts end and where what was held back ends, of a hundred."""
    return (round(100 * contacts / most), round(100 * (contacts + held) / most)) if most else (0, 0)


def _rule(rule: str) -> str:
    if rule == NO_PHONE:
        return _("has no telephone")
    return str(Rule(rule).label) if rule else ""


def _channel(channel: str) -> str:
    return _("at the desk") if channel == DESK else str(Channel(channel).label)


def _steps(play: Definition, found: Effect) -> Iterator[dict[str, Any]]:
    """The steps in the play's order; those of older versions after them, by their short name."""
    names = {each.slug: pick(each.name) for each in play.steps}
    order = {slug: number for number, slug in enumerate(names)}
    for did in sorted(found.steps, key=lambda did: order.get(did.step, len(order))):
        beside = did.beside
        yield {
            "name": did.variant or names.get(did.step, did.step),
            "is_variant": bool(did.variant),
            "clients": did.group.clients,
            "rate": effect_words.percent(did.group.reached / did.group.clients),
            "gained": effect_words.per_hundred(beside.gained) if beside else "",
            "low": effect_words.per_hundred(beside.low) if beside else "",
            "high": effect_words.per_hundred(beside.high) if beside else "",
            "is_sure": bool(beside and beside.is_sure),
            "minutes": did.minutes,
            "cost": amount(did.cost_minor, found.cost[0]) if found.cost else "",
        }


def _play(slug: str) -> Play:
    play = get_object_or_404(Play.objects.select_related("version"), slug=slug)
    if play.version is None:
        raise Http404
    return play


def _definition(play: Play) -> Definition:
    assert play.version  # noqa: S101 - looked at in _play
    return play.version.read()
