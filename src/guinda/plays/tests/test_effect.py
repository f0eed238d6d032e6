"""The effect is told as it is: first runs alone, both sides alike, with doubt where there is doubt, and a warning of a broken split."""

from __future__ import annotations

import csv
import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override

from guinda.clients.models import Client
from guinda.journal.services import record
from guinda.plays import effect_words, services
from guinda.plays.effect import effect_of
from guinda.plays.models import Run, StepDone
from guinda.plays.tests.cast import DAY, HOUR, NOW, WAVED, city, message, people, step, written
from guinda.solvers.effect import Group

pytestmark = pytest.mark.django_db
LATER = NOW + 30 * DAY
REAL = (
    Path(os.environ.get("GUINDA_DATA") or Path(__file__).parents[4] / "../shared/data")
    / "clients"
    / "hillstrom.csv"
)
HILLSTROM = """
WITH told AS (SELECT * FROM unnest(%(alone)s::bool[], %(visit)s::int[]) WITH ORDINALITY AS t (alone, visit, n)),
     made AS (INSERT INTO clients_client (phone, name, language, since_at)
              SELECT '+1' || (5550000000 + n), '', 'en', %(then)s FROM told RETURNING id, right(phone, 10)::bigint - 5550000000 AS n)
INSERT INTO plays_run (play_id, version_id, client_id, city_id, entry_key, entered_at, holdout, state, step, number, step_at, due_at,
                       waits_for, tries, deadline_at, goal_at, ended_at, why)
SELECT %(play)s, %(version)s, made.id, 'moscow', 'real:' || n, %(then)s, alone, 'done', '', 1, %(then)s, %(then)s, '', 0, %(until)s,
       CASE WHEN visit = 1 THEN %(until)s::timestamptz END, %(until)s, 'end' FROM made JOIN told USING (n)
"""
VARIANTS = "variants = [{slug = 'a', share = 0.5, message = %s}, {slug = 'b', share = 0.5, message = %s}]" % (
    ('{en = "A", es = "A", ru = "A"}',) * 2
)


class Trial:
    """A play with a holdout of a fifth, and runs written as they were."""

    def __init__(self) -> None:
        self.city = city()
        text = written(
            step("say", 'sent = "more"', more=VARIANTS), message("more", 'sent = "end"'), holdout=0.2
        ).replace("client.nodded", "order.delivered")
        self.version = services.save(text=text, by="x", now=NOW)
        self.play = self.version.play

    def group(
        self, clients: int, reached: int, *, alone: bool = False, at=NOW, who=None, variant="", **facts
    ) -> list[Run]:
        who = who or people(clients, agreed=False, since=Client.objects.count())
        runs = Run.objects.bulk_create(
            Run(
                play=self.play, version=self.version, client=each, city=self.city, entry_key=f"{at}:{each.pk}",
                entered_at=at, holdout=alone, state="done", why="end", step_at=at, due_at=at, ended_at=at,
                deadline_at=at + 7 * DAY, goal_at=at + 3 * DAY if number < reached else None, **facts,
            )
            for number, each in enumerate(who)
        )  # fmt: skip
        if not alone:
            self.does(runs, "say", HOUR, 42, variant)
        return runs

    def does(self, runs, step: str, after: timedelta, cost_minor: int, variant: str = "") -> None:
        StepDone.objects.bulk_create(
            StepDone(
                run=run, number=0 if step == "say" else 1, step=step, variant=variant, outcome="sent", by="system",
                at=run.entered_at + after, cost_minor=cost_minor, currency="RUB",
            )
            for run in runs
        )  # fmt: skip

    def effect(self):
        return effect_of(self.play, now=LATER)


@pytest.fixture
def trial() -> Trial:
    return Trial()


def test_the_plain_sentence_in_three_languages(trial):
    trial.group(992, 308)
    trial.group(248, 60, alone=True)
    found, play = trial.effect(), trial.version.read()
    assert (found.treated, found.alone) == (Group(308, 992), Group(60, 248))
    said = {}
    for language in ("en", "es", "ru"):
        with override(language):
            said[language] = effect_words.sentences(play, found)
    assert said["en"][0] == (
        "Came back within 7 days: 31.0\u00a0% against 24.2\u00a0% without the play; 1,240 clients; "
        "costs ₽0.42 a client, gained 6.9 per 100 (between 0.5 and 12.6)."
    )
    assert "31,0\u00a0%" in said["es"][0]
    assert "24,2\u00a0%" in said["ru"][0]
    assert len({tuple(each) for each in said.values()}) == 3
    assert said["en"][1].startswith("One gained cost ₽6.13, between ₽3.")
    assert len(said["en"]) == 2, "sure: no word of doubt"


def test_doubt_and_harm_are_said(trial):
    trial.group(99, 31)
    trial.group(25, 6, alone=True)
    said = effect_words.sentences(trial.version.read(), trial.effect())
    assert "at least" in said[1], "no upper bound where the bad end gains nothing"
    assert any("chance" in each for each in said)
    assert any("would be sure with about" in each for each in said)
    trial.group(900, 50)
    trial.group(225, 80, alone=True)
    said = effect_words.sentences(trial.version.read(), trial.effect())
    assert "−" in said[0]
    assert said[-1] == "The play does harm. Switch it off and change it."


def test_only_first_runs_whose_time_is_over_count_and_both_sides_alike(trial):
    trial.group(40, 10)
    trial.group(10, 2, alone=True)
    again = list(Client.objects.filter(runs__holdout=False))
    trial.group(40, 40, at=NOW + 12 * DAY, who=again)
    trial.group(8, 8, at=LATER - DAY)
    trial.group(3, 3, at=NOW)[0]
    Run.objects.filter(client__in=list(Client.objects.order_by("-pk")[:3])).update(why="gone", state="left")
    found = trial.effect()
    assert (found.treated, found.alone, found.waiting) == (Group(10, 40), Group(2, 10), 8)


def test_a_broken_split_is_warned_of_and_an_honest_one_is_not(trial):
    trial.group(800, 100)
    trial.group(200, 20, alone=True)
    assert effect_words.warning(trial.effect()) == ""
    Run.objects.filter(
        pk__in=list(Run.objects.filter(holdout=True).values_list("pk", flat=True)[:60])
    ).update(why="gone", state="left")
    assert "140 clients were left alone where 188 were to be" in effect_words.warning(trial.effect())


def test_steps_stand_beside_those_left_alone_and_wordings_beside_each_other(trial):
    first = trial.group(200, 60, variant="a")
    trial.group(200, 20, variant="b")
    trial.group(100, 20, alone=True)
    early = trial.group(50, 50, alone=True, at=NOW + timedelta(minutes=1))
    Run.objects.filter(pk__in=[each.pk for each in early]).update(goal_at=NOW + timedelta(minutes=30))
    trial.does(first[60:], "more", 2 * DAY, 300)
    by = {(each.step, each.variant): each for each in trial.effect().steps}
    assert by["say", ""].group == Group(80, 400)
    assert by["say", ""].beside.alone == Group(20, 100), (
        "who had reached it before the step's hour is no comparison"
    )
    assert by["say", "a"].beside is None
    assert by["say", "b"].beside.alone == Group(60, 200)
    assert by["say", "b"].beside.is_sure
    assert by["more", ""].group == Group(0, 140)
    assert by["more", ""].cost_minor == 42_000


def staff(*words: str) -> User:
    user = User.objects.create_user("office", password="x", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=words))
    return user


@pytest.mark.parametrize("page", ["effect", "rehearse"])
def test_the_pages_are_for_whom_may_see_plays(trial, client, page):
    assert client.get(f"/plays/wave/{page}/").status_code == 302
    client.force_login(staff())
    assert client.get(f"/plays/wave/{page}/").status_code == 403
    User.objects.get().user_permissions.set(Permission.objects.filter(codename="view_play"))
    assert client.get(f"/plays/wave/{page}/").status_code == 200
    assert client.get(f"/plays/none/{page}/").status_code == 404


def test_the_pages_ask_the_same_whatever_their_size(trial, client, monkeypatch):
    monkeypatch.setattr("guinda.base.clock.now", lambda: LATER)
    client.force_login(staff("view_play", "view_client"))

    def asked(count: int) -> list[int]:
        trial.group(count, count // 3, variant="a")
        trial.group(count, count // 4, variant="b")
        for each in people(count, since=Client.objects.count()):
            record(kind=WAVED, ref=f"client:{each.pk}", by="x", at=NOW + DAY)
        seen = []
        for address in ("/plays/wave/effect/", "/plays/wave/rehearse/?days=40"):
            with CaptureQueriesContext(connection) as queries:
                page = client.get(address).content.decode()
            assert "Anna" in page or "effect" in address
            seen.append(len(queries))
        return seen

    trial.group(20, 5, alone=True)
    few = asked(10)
    assert asked(70) == few
    assert max(few) < 25


@pytest.mark.parametrize("days", ["0", "-1", "367", "x", "٣", "1e3", "9" * 5000])
def test_a_strange_number_of_days_is_the_usual_month(trial, client, days):
    client.force_login(staff("view_play"))
    page = client.get("/plays/wave/rehearse/", {"days": days})
    assert page.status_code == 200
    assert 'value="30"' in page.content.decode()


@pytest.mark.skipif(not REAL.exists(), reason=f"No trial at {REAL}: set GUINDA_DATA to check against it.")
def test_a_real_trial_told_by_the_same_report(trial):
    """Hillstrom, 2008: who visited within two weeks of the women's e-mail, and who without any."""
    with REAL.open(newline="") as file:
        told = [
            (row["segment"], int(row["visit"]))
            for row in csv.DictReader(file)
            if row["segment"] != "Mens E-Mail"
        ]
    facts = {
        "alone": [segment == "No E-Mail" for segment, _visit in told],
        "visit": [visit for _segment, visit in told],
        "then": NOW,
        "until": NOW + 14 * DAY,
        "play": trial.play.pk,
        "version": trial.version.pk,
    }
    with connection.cursor() as cursor:
        cursor.execute(HILLSTROM, facts)
    found = trial.effect()
    assert (found.treated, found.alone) == (Group(3238, 21387), Group(2262, 21306))
    assert (round(found.found.rate * 100, 2), round(found.found.rate_alone * 100, 2)) == (15.14, 10.62)
    assert (
        "15.1\u00a0% against 10.6\u00a0% without the play; 42,693 clients"
        in effect_words.sentences(trial.version.read(), found)[0]
    )
    assert found.split.is_broken, "half of them were left alone, and the play says a fifth"


def test_versions_that_left_other_shares_alone_are_not_put_together():
    trial = Trial()
    trial.group(90, 54)
    trial.group(10, 6, alone=True)
    text = trial.version.text.replace("holdout = 0.2", "holdout = 0.5")
    trial.version = services.save(text=text, by="x", now=NOW)
    trial.group(100, 20, at=NOW + DAY)
    trial.group(100, 20, alone=True, at=NOW + DAY)
    found = effect_of(trial.play, now=LATER)
    assert (found.treated, found.alone) == (Group(20, 100), Group(20, 100))
    assert found.found.gained == 0, "together it would be 74 of 190 against 26 of 110"
