"""The words of a step for each client, and its messages put into the outbox by set."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from guinda.base.texts import pick
from guinda.clients.messages import Letter, enqueue_many
from guinda.clients.models import Channel, Message
from guinda.clients.touching import cost_minor
from guinda.places.models import City
from guinda.plays import texts
from guinda.plays.definition import Definition, Step, Texts
from guinda.plays.hashing import variant_of
from guinda.plays.hushing import key
from guinda.plays.moving import Done

NO_PHONE = "no_phone"
"""What holds a message back besides the rules of contacting: there is nowhere to send it."""
LONGEST = 600
"""Characters of a message: what the outbox holds. A long name never stops the batch it is in."""
HOLDS = timedelta(days=1)
"""A message that says nothing of how long it holds."""
WHO = """
SELECT c.id, c.phone, c.language, coalesce(c.time_zone, ''), c.name, coalesce(city.name, ''){fruit_column}
FROM clients_client c LEFT JOIN places_city city ON city.slug = c.city_id {fruit} WHERE c.id = ANY(%(ids)s)
"""
FRUIT = """
LEFT JOIN LATERAL (
    SELECT variety.name FROM orders_order o JOIN orders_line line ON line.order_id = o.id
    JOIN catalog_lot lot ON lot.id = line.lot_id JOIN catalog_variety variety ON variety.slug = lot.variety_id
    WHERE o.client_id = c.id AND o.state = 'delivered' ORDER BY o.placed_at DESC, line.weight_g DESC, line.id LIMIT 1
) AS bag ON true
"""
COMPANY = """
SELECT c.id, coalesce((SELECT k.name FROM clients_contact k WHERE k.company_id = c.id ORDER BY k.decides DESC, k.id LIMIT 1), ''),
       coalesce(s.competitor, ''), coalesce(s.ends_date::text, '')
FROM clients_client c LEFT JOIN LATERAL (
    SELECT rival.name AS competitor, supply.ends_date FROM clients_supply supply
    LEFT JOIN clients_competitor rival ON rival.id = supply.competitor_id
    WHERE supply.company_id = c.id ORDER BY supply.ends_date NULLS LAST, supply.id LIMIT 1
) AS s ON true WHERE c.id = ANY(%(ids)s)
"""


@dataclass(frozen=True)
class Person:
    """Whom a message is for, and what its fields stand for."""

    phone: str | None
    language: str
    zone: str
    facts: Mapping[str, str]


def words_of(play: Definition, step: Step, client_id: int) -> tuple[str, Texts]:
    """The variant this client gets, and its words in each language."""
    slug = variant_of(play, step, client_id)
    if slug:
        return slug, next(each.text for each in step.variants if each.slug == slug)
    return "", step.message or step.script or {}


def people(ids: Collection[int], *, fields: Collection[str]) -> dict[int, Person]:
    """Who they are, with the fields that are needed."""
    fruit = "fruit" in fields
    sql = WHO.format(fruit_column=", bag.name" if fruit else "", fruit=FRUIT if fruit else "")
    with connection.cursor() as cursor:
        cursor.execute(sql, {"ids": list(ids)})
        rows = cursor.fetchall()
    more = _company_facts(ids) if {"contact", "competitor", "ends_date"} & set(fields) else {}
    found = {}
    for pk, phone, language, zone, name, city, *bag in rows:
        facts = {"name": name, "city": city, "fruit": _named(bag[0], language) if fruit else ""}
        found[pk] = Person(phone, language, zone, facts | more.get(pk, {}))
    return found


def say(
    play: Definition, step: Step, runs: Mapping[int, tuple[int, int, str]], *, now: datetime
) -> tuple[dict[int, Done], dict[int, str]]:
    """Put the step's message to each run's client into the outbox: what was done by run, and by which rule others were held back.

    `runs` are client, number and city by run. The key names run and number, so that a step is said once whatever happens.
    """
    known = people([client for client, _number, _city in runs.values()], fields=fields_of(step))
    cities = City.objects.in_bulk({city for _client, _number, city in runs.values()})
    letters, done, held = {}, {}, {}
    costs = {
        slug: cost_minor(channel=Channel.MESSAGE, minutes=0, city=city, now=now)
        for slug, city in cities.items()
    }
    for run_id, (client_id, number, city_id) in runs.items():
        person = known[client_id]
        variant, words = words_of(play, step, client_id)
        if not person.phone:
            held[run_id] = NO_PHONE
            continue
        letters[run_id] = Letter(
            key=key(run_id, number),
            client_id=client_id,
            phone=person.phone,
            language=person.language,
            text=texts.render(pick(words, person.language), person.facts)[:LONGEST],
            city=cities[city_id],
            zone=person.zone,
        )
        done[run_id] = Done(variant, {}, costs[city_id], cities[city_id].currency)
    lapses_at = now + (step.holds or HOLDS)
    rules = enqueue_many(
        list(letters.values()), purpose=Message.Purpose(play.purpose), lapses_at=lapses_at, now=now
    )
    held |= {run_id: rules[each.client_id] for run_id, each in letters.items() if each.client_id in rules}
    return {run_id: each for run_id, each in done.items() if run_id not in held}, held


def fields_of(step: Step) -> set[str]:
    """The fields in any of a step's words."""
    words = [step.message, step.script, *(each.text for each in step.variants)]
    return {field for each in words if each for text in each.values() for field in texts.fields(text)}


def _named(name: str | None, language: str) -> str:
    """A name in each language, as a raw cursor gives it, in one of them."""
    return pick(json.loads(name), language) if name else ""


def _company_facts(ids: Collection[int]) -> dict[int, dict[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(COMPANY, {"ids": list(ids)})
        return {
            pk: {"contact": contact, "competitor": competitor, "ends_date": ends_date}
            for pk, contact, competitor, ends_date in cursor.fetchall()
        }
