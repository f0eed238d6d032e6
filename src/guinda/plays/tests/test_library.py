"""The plays that come with the house: they can be loaded, are whole in three languages, and every way through them ends."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.db import transaction

from guinda.base.texts import LANGUAGES
from guinda.clients.models import Message
from guinda.plays import bundled, entering, services
from guinda.plays.knowing import definition_of
from guinda.plays.models import Play, Run, StepDone
from guinda.plays.speaking import fields_of, words_of
from guinda.plays.tests.cast import DAY, NOW, city, go, people

pytestmark = pytest.mark.django_db
EXPECTED = {
    "active-offer", "apology", "apology-late", "approached", "come-back", "contract-ends", "first-contact",
    "missing-client", "planned-offer", "standing-order", "welcome",
}  # fmt: skip


def test_they_load_once_and_the_persons_ones_can_be_switched_on():
    city()
    assert bundled.load_new(whom="person", by="test", now=NOW) == len(EXPECTED)
    assert (
        set(Play.objects.values_list("slug", flat=True))
        == EXPECTED
        == {path.stem for path in bundled.files()}
    )
    assert set(Play.objects.values_list("whom", "state")) == {("person", "on"), ("company", "draft")}
    assert bundled.load_new(whom="person", by="test", now=NOW) == 0
    assert {made.number for made in bundled.load(bundled.files(), by="test", now=NOW)} == {1}


def test_a_sellers_step_has_its_words_and_a_message_fits_the_telephone():
    for version in bundled.load(bundled.files(), by="test", now=NOW):
        for step in version.read().steps:
            words = words_of(version.read(), step, 1)[1]
            assert step.kind in ("until", "question", "wait") or set(words) == set(LANGUAGES), step.slug
            assert step.who != "seller" or ((step.minutes and step.within) or step.slug == "prepare"), (
                step.slug
            )
            assert fields_of(step) <= {"name", "fruit", "contact", "competitor", "ends_date"}


def test_every_way_through_them_ends_however_it_is_answered(settings):
    settings.CONTACT_CAPS = {}
    city()
    for version in bundled.load(bundled.files(), by="test", now=NOW):
        play = services.switch(slug=version.play.slug, to="on", by="test", now=NOW)
        kind = {"kind": play.whom}
        several = people(4, since=play.pk * 10, **kind)
        coming = [entering.Coming(each.pk, None, f"{play.slug}:{each.pk}", NOW) for each in several]
        with transaction.atomic():
            entering.enter(play, coming, now=NOW, matched=True)
    for day in range(130):
        go(NOW + day * DAY)
        for number, run in enumerate(Run.objects.filter(state__in=["listed", "asked"]).order_by("pk")):
            _answer(run, number + day)
    assert not Run.objects.filter(state__in=Run.ACTIVE).exists()
    said = set(StepDone.objects.values_list("run__play__slug", "step").distinct())
    steps = {
        (play.slug, step.slug) for play in Play.objects.all() for step in definition_of(play.version_id).steps
    }
    assert len(steps - said) < len(steps) / 4, steps - said
    assert all("[" not in text and "{" not in text for text in Message.objects.values_list("text", flat=True))


def _answer(run: Run, number: int) -> None:
    step = definition_of(run.version_id).step(run.step)
    outcomes = [each for each in step.branches if each not in ("held_back", "lapsed")]
    services.done(
        key=uuid4(),
        run_id=run.pk,
        step=run.step,
        outcome=outcomes[number % len(outcomes)],
        by="user:1",
        now=NOW + run.number * DAY,
        evidence={each.field: "written" for each in step.evidence},
        minutes=step.minutes,
    )
