"""Today's list: what is due, worth most first, no more than the day; a step is done in two taps, or says what is missing."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission, User
from django.urls import reverse

from guinda.base import clock
from guinda.clients.models import Touch
from guinda.offers.models import Account, Territory
from guinda.plays import today
from guinda.plays.definition import Faults
from guinda.plays.models import Play, Run, StepDone
from guinda.plays.tests.cast import (
    DAY,
    NOW,
    TEXTS,
    WAVED,
    call,
    city,
    go,
    happens,
    on,
    people,
    step,
    written,
)  # fmt: skip

EVIDENCE = """
standard = [{en = "Asked first", es = "Preguntó", ru = "Спросил"}, {en = "Listened", es = "Escuchó", ru = "Слушал"}]
[[steps.evidence]]
field = "need"
label = {en = "The need", es = "La necesidad", ru = "Потребность"}
outcomes = ["agreed"]
[[steps.objections]]
said = {en = "Too dear", es = "Caro", ru = "Дорого"}
answer = {en = "Taste one", es = "Pruebe una", ru = "Попробуйте"}
"""


def priced(worth: int, minutes: int, more: str = "") -> str:
    text = call(
        "call",
        'agreed = "goal", no_answer = "end", later = "end"',
        more=f"worth_minor = {worth}\nminutes = {minutes}",
    )
    return text + more


@pytest.fixture
def now(monkeypatch):
    """The clock of the pages; `now.at` moves it."""

    class Hand:
        at = NOW + timedelta(hours=1)

    monkeypatch.setattr(clock, "now", lambda: Hand.at)
    return Hand


@pytest.fixture
def seller(client, db, django_user_model):
    """Signs a seller in by name."""

    def sign_in(name: str):
        user = django_user_model.objects.create_user(name)
        user.user_permissions.set(Permission.objects.filter(codename__in=["do_step", "view_client"]))
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return sign_in


def enter(play: str, clients) -> None:
    """These clients and no others come into this play and no other."""
    Play.objects.update(state=Play.State.PAUSED)
    on(play)
    happens(WAVED, clients)
    go(NOW)
    Play.objects.update(state=Play.State.ON)


def names(page) -> list[str]:
    return re.findall(r"<b>(.*?)</b>", page.content.decode())


def test_worth_per_minute_first_and_never_more_than_the_day_holds(seller, now, settings):
    settings.SELLER_HOURS = 1
    city()
    dear, quick, rest = people(1), people(1, since=10), people(30, since=100)
    enter(written(priced(9000, 20), slug="dear"), dear)
    enter(written(priced(5000, 5), slug="quick"), quick)
    enter(written(priced(10, 10), slug="rest"), rest)
    page = seller("vera").get(reverse("today"))
    assert names(page)[:2] == ["Anna 10", "Anna 0"]
    assert len(names(page)) == 5  # 5 + 20 + 3 times 10 minutes
    assert "27 more wait for tomorrow" in page.content.decode()
    run = Run.objects.get(client=dear[0])
    done = {"key": uuid4(), "step": "call", "minutes": 58, "outcome": "agreed"}
    assert page.client.post(reverse("today_step", args=[run.pk]), done).status_code == 302
    page = page.client.get(reverse("today"))
    assert names(page) == []
    assert "1 step done" in page.content.decode()
    assert "Your day is full" in page.content.decode()


def test_done_in_two_taps_with_what_it_must_prove(seller, now):
    city()
    (buyer,) = people(1)
    enter(written(priced(9000, 5, EVIDENCE)), [buyer])
    vera, run = seller("vera"), Run.objects.get()
    url = reverse("today_step", args=[run.pk])
    assert url in vera.get(reverse("today")).content.decode()
    page = vera.get(url).content.decode()
    for word in (
        "Hello",
        "Too dear",
        "Taste one",
        "Listened",
        "The need",
        f"tel:{buyer.phone}",
        "Needed for: agreed",
    ):
        assert word in page, word
    said = {
        "key": str(uuid4()),
        "step": "call",
        "minutes": 4,
        "outcome": "agreed",
        "note": "kept",
        "tick": ["2"],
    }
    refused = vera.post(url, said)
    assert refused.status_code == 422
    assert "Write down first: The need." in refused.content.decode()
    assert 'value="kept"' in refused.content.decode()
    assert not StepDone.objects.exists()
    said["evidence-need"] = "jam for the winter"
    assert vera.post(url, said).url == reverse("today")
    made = StepDone.objects.get()
    assert made.evidence == {"need": "jam for the winter", "ticks": {"1": False, "2": True}, "_note": "kept"}
    assert (made.by, made.minutes, Touch.objects.get().by) == ("staff:vera", 4, "staff:vera")
    again = vera.post(url, said)
    assert again.status_code == 409
    assert "fell away meanwhile" in again.content.decode()
    assert StepDone.objects.count() == 1


def test_put_off_it_comes_back_on_its_day(seller, now):
    city()
    enter(written(priced(9000, 5)), people(1))
    vera, run = seller("vera"), Run.objects.get()
    url = reverse("today_put_off", args=[run.pk])
    assert vera.post(url, {"step": "call", "date": "2026-06-23", "time": "10:00"}).status_code == 422
    assert vera.post(url, {"step": "call", "date": "soon", "time": "10:00"}).status_code == 422
    assert vera.post(url, {"step": "call", "date": "9999-12-31", "time": "23:00"}).status_code == 422
    assert vera.post(url, {"step": "call", "date": "2026-06-26", "time": "10:00"}).status_code == 302
    assert names(vera.get(reverse("today"))) == []
    now.at = NOW + 2 * DAY
    assert names(vera.get(reverse("today"))) == ["Anna 0"]


def test_nobody_is_called_while_it_is_night_where_they_live(seller, now):
    city()
    anna, _other = people(2)
    enter(written(priced(9000, 5)), [anna, _other])
    anna.time_zone = "America/Bogota"
    anna.save()
    vera, hers = seller("vera"), Run.objects.get(client=anna)
    assert names(vera.get(reverse("today"))) == ["Anna 1"]
    assert "tel:" not in vera.get(reverse("today_step", args=[hers.pk])).content.decode()
    now.at = NOW.replace(hour=15)  # ten in Bogota, six in the evening in Moscow
    assert sorted(names(vera.get(reverse("today")))) == ["Anna 0", "Anna 1"]
    assert "tel:" in vera.get(reverse("today_step", args=[hers.pk])).content.decode()


def test_two_sellers_never_have_the_same_client_and_together_have_all(seller, now):
    city()
    enter(written(priced(10, 1)), people(40))
    first = seller("vera")
    alone = names(first.get(reverse("today")))
    second = seller("boris")
    his, hers = names(second.get(reverse("today"))), None
    everybody = names(second.get(reverse("today"), {"everybody": ""}))
    first.force_login(User.objects.get(username="vera"), backend="django.contrib.auth.backends.ModelBackend")
    hers = names(first.get(reverse("today")))
    assert len(alone) == len(everybody) == 40
    assert sorted(his + hers) == sorted(alone)
    assert his
    assert hers


def test_an_account_is_its_territorys_sellers_while_that_one_does_steps(seller, now):
    city()
    some = people(12)
    enter(written(priced(10, 1)), some)
    seller("vera")
    page = seller("boris")
    boris = User.objects.get(username="boris")
    east = Territory.objects.create(name="East", seller=boris)
    Account.objects.bulk_create(Account(client=each, number=f"{each.pk}", territory=east) for each in some)
    assert len(names(page.get(reverse("today")))) == 12
    boris.user_permissions.clear()
    assert today.sellers() == ["vera"]
    assert len(today._listed("vera", now.at)[0]) == 12, (
        "nobody's clients are forgotten when their seller goes"
    )


def test_a_paused_play_and_a_client_who_is_gone_are_on_no_list(seller, now):
    city()
    (a, b) = people(2)
    enter(written(priced(10, 1)), [a, b])
    vera = seller("vera")
    b.phone, b.name, b.erased_at = None, "", NOW
    b.save()
    assert names(vera.get(reverse("today"))) == ["Anna 0"]
    Play.objects.update(state=Play.State.PAUSED)
    assert names(vera.get(reverse("today"))) == []


def test_nobody_without_the_permission_sees_or_does(seller, now):
    city()
    enter(written(priced(10, 1), step("panel", 'shown = "end"', who="panel", more='message = {en = "a", es = "a", ru = "a"}'))
          .replace('later = "end"', 'later = "panel"'), people(1))  # fmt: skip
    vera = seller("vera")
    url = reverse("today_step", args=[Run.objects.get().pk])
    User.objects.get(username="vera").user_permissions.clear()
    assert (
        vera.get(reverse("today")).status_code
        == vera.get(url).status_code
        == vera.post(url).status_code
        == 403
    )
    assert not StepDone.objects.exists()


def test_the_list_asks_no_more_when_there_is_more(seller, now, django_assert_max_num_queries):
    city()
    on(written(priced(10, 1)))
    vera = seller("vera")
    counts = []
    for n in (2, 20):
        happens(WAVED, people(n, since=n * 100))
        go(NOW)
        vera.get(reverse("today"))
        with django_assert_max_num_queries(counts[0] if counts else 15) as asked:
            assert vera.get(reverse("today")).status_code == 200
        counts.append(len(asked))


def test_no_page_shows_the_code_of_an_outcome_and_a_play_that_would_is_not_saved(seller, now):
    city()
    told = """[steps.outcomes.took_home]
en = "took some home"
es = "se llevó un poco"
ru = "взял с собой"
"""
    desk = step("call", 'took_home = "end"', who="seller", more=f'channel = "desk"\nscript = {TEXTS}')
    with pytest.raises(Faults, match="Step “call”, branch “took_home”: write under “outcomes” how it reads"):
        on(written(desk))
    with pytest.raises(Faults, match="no branch is called “gave_back”"):
        on(written(desk, told, told.replace("took_home", "gave_back")))
    (anna,) = people(1)
    enter(written(desk, told), [anna])
    vera, run = seller("vera"), Run.objects.get()
    vera.cookies["django_language"] = "es"
    url = reverse("today_step", args=[run.pk])
    assert "Se llevó un poco" in vera.get(url).content.decode()
    sent = {"key": uuid4(), "step": "call", "minutes": 4, "outcome": "took_home", "note": "dos kilos"}
    assert vera.post(url, sent).status_code == 302
    book = vera.get(anna.get_absolute_url()).content.decode()
    assert "se llevó un poco · dos kilos" in book
    user = User.objects.get(username="vera")
    user.user_permissions.add(*Permission.objects.filter(content_type__app_label="plays"))
    editor = vera.get(reverse("play", args=["wave"])).content.decode()
    assert "se llevó un poco → el final" in editor
