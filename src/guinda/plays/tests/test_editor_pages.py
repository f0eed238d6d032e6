"""The form and the TOML are the same thing both ways; what is wrong stands beside its field; saving makes a version and loses nothing."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse
from hypothesis import assume, given, settings

from guinda.plays import services
from guinda.plays.definition import from_plain, parse, plain, write
from guinda.plays.drawing import draw
from guinda.plays.editing import tree
from guinda.plays.models import Play, PlayVersion, Run
from guinda.plays.tests.cast import EXAMPLE, NOW, city, on, people
from guinda.plays.tests.test_definition import plays

FILTERED = EXAMPLE.replace(
    'when = [{fact = "delivered_orders", is = "exactly", value = 1}]',
    'when = [{fact = "delivered_orders", is = "exactly", value = 1}, {any = [{fact = "language", is = "one of", value = ["ru", "es"]},'
    ' {not = {fact = "has_standing_order", is = "yes"}}]}]',
)


@pytest.fixture
def editor(client, db, django_user_model):
    """Signed in, with every permission on plays."""
    user = django_user_model.objects.create_user("vera")
    user.user_permissions.set(Permission.objects.filter(content_type__app_label="plays"))
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def flat(value: Any, path: str = "") -> dict[str, str]:
    """What a browser sends of a form."""
    if isinstance(value, dict):
        rows = [flat(each, f"{path}.{name}" if path else name) for name, each in value.items()]
    elif isinstance(value, list):
        rows = [flat(each, f"{path}.{number}") for number, each in enumerate(value)]
    else:
        return {path: value}
    return {name: each for row in rows for name, each in row.items()}


def through_the_form(text: str) -> Any:
    sent = flat(tree.tree_of(plain(parse(text))))
    return from_plain(tree.plain(tree.posted(sent)))


@settings(deadline=None, max_examples=50)
@given(made=plays())
def test_any_play_comes_through_the_form_as_it_was(made):
    assume("\\r\\n" not in repr(made))  # a browser's own line ends, which a form can't tell from a text's
    assert through_the_form(write(made)) == made


def test_conditions_within_each_other_come_through_too():
    assert through_the_form(FILTERED) == parse(FILTERED)


def fields_of(page: str) -> dict[str, str]:
    """What a browser would send of this page."""
    form = page[page.index('<form class="card play-form"') :]
    found = dict(re.findall(r'<input id="[^"]*" name="([^"]+)" value="([^"]*)"', form))
    found |= dict(re.findall(r'<textarea id="[^"]*" name="([^"]+)"[^>]*>(.*?)</textarea>', form, re.DOTALL))
    for name, options in re.findall(r'<select id="[^"]*" name="([^"]+)">(.*?)</select>', form, re.DOTALL):
        chosen = re.findall(r'<option value="([^"]*)" selected>', options)
        found[name] = chosen[0] if chosen else re.findall(r'<option value="([^"]*)"', options)[0]
    return {name: unescape(value) for name, value in found.items()}


def test_the_page_sends_back_the_play_it_shows_and_the_same_makes_no_new_version(editor):
    city()
    services.save(text=FILTERED, by="test", now=NOW)
    url = reverse("play", args=["come-back"])
    page = editor.get(url).content.decode()
    assert editor.post(url, {**fields_of(page), "do": "save"}).status_code == 302
    assert {each.text for each in PlayVersion.objects.all()} == {write(parse(FILTERED))}
    turned = editor.post(url, {**fields_of(page), "do": "toml"}).content.decode()
    assert parse(fields_of(turned)["text"]) == parse(FILTERED)
    back = editor.post(url, {"text": fields_of(turned)["text"], "do": "form"}).content.decode()
    assert fields_of(back) == fields_of(page)


def test_saving_makes_a_version_and_whoever_is_on_the_way_keeps_theirs(editor):
    city()
    on(EXAMPLE)
    first = PlayVersion.objects.get()
    run = Run.objects.create(
        play=first.play, version=first, client=people(1)[0], city_id="moscow", entry_key="k", entered_at=NOW,
        step="fresh", step_at=NOW, due_at=NOW, deadline_at=NOW,
    )  # fmt: skip
    url = reverse("play", args=["come-back"])
    sent = fields_of(editor.get(url).content.decode())
    assert editor.post(url, {**sent, "name.en": "Come again", "do": "save"}).status_code == 302
    play = Play.objects.select_related("version").get()
    assert (play.version.number, play.version.by, play.name["en"]) == (2, "staff:vera", "Come again")
    run.refresh_from_db()
    assert run.version == first


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"steps.0.branches.0.target": "nowhere"}, "there is no step “nowhere”"),
        ({"goal.within": "soon"}, "write a time such as"),
        ({"entry.when.0.fact": "shoe_size"}, "there is no fact “shoe_size”"),
        ({"steps.0.message.ru": ""}, "write the text in each language"),
        ({"slug": "another"}, "The short name of a play stays"),
        ({"steps.0.message.en": "Good morning, {name}!"}, "put what needs a field in brackets"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_saved(editor, change, sentence):
    city()
    services.save(text=EXAMPLE, by="test", now=NOW)
    url = reverse("play", args=["come-back"])
    sent = {**fields_of(editor.get(url).content.decode()), **change, "do": "save"}
    page = editor.post(url, sent)
    assert page.status_code == 422
    text = unescape(page.content.decode())
    assert sentence in text
    assert 'class="book-wrong"' in text or "entry.when.0.fact" in change
    assert fields_of(page.content.decode())[next(iter(change))] == next(iter(change.values()))
    assert PlayVersion.objects.count() == 1


def test_rows_come_go_and_move_and_nothing_else_changes(editor):
    city()
    services.save(text=EXAMPLE, by="test", now=NOW)
    url = reverse("play", args=["come-back"])
    sent = fields_of(editor.get(url).content.decode())
    more = fields_of(editor.post(url, {**sent, "do": "add:steps"}).content.decode())
    assert "steps.1.slug" in more
    assert {name: more[name] for name in sent} == sent
    moved = fields_of(editor.post(url, {**more, "do": "up:steps.1"}).content.decode())
    assert moved["steps.1.slug"] == "fresh"
    less = fields_of(editor.post(url, {**moved, "do": "remove:steps.0"}).content.decode())
    assert less == sent
    assert PlayVersion.objects.count() == 1


@pytest.mark.parametrize(
    "button",
    [
        "add:",
        "add:slug",
        "remove:steps.99",
        "up:steps.x",
        "remove:name.en",
        "add:steps.0.name",
        "x",
        "add:a.b.c",
    ],
)
def test_a_button_that_is_none_changes_nothing(editor, button):
    services.save(text=EXAMPLE, by="test", now=NOW)
    url = reverse("play", args=["come-back"])
    sent = fields_of(editor.get(url).content.decode())
    assert fields_of(editor.post(url, {**sent, "do": button}).content.decode()) == sent


@pytest.mark.parametrize(
    "text", ["", "a = ", "slug = 1", "[[steps]]\n" * 300, "x = " + "[" * 5000, "name = '\\u0000'"]
)
def test_text_that_is_no_play_is_told_in_sentences(editor, text):
    page = editor.post(reverse("play_new"), {"text": text, "do": "save"})
    assert page.status_code == 422
    assert 'role="alert"' in page.content.decode()
    assert not Play.objects.exists()


def test_it_says_at_once_how_many_clients_match_with_examples(editor):
    city()
    people(7)
    sent = flat(
        tree.tree_of(plain(parse(EXAMPLE.replace('is = "exactly", value = 1', 'is = "exactly", value = 0'))))
    )
    page = editor.post(reverse("play_matching"), sent).content.decode()
    assert "7 clients match today" in page
    assert page.count("Anna") == 5
    sent["entry.when.0.value"] = "1"
    assert "0 clients match today" in editor.post(reverse("play_matching"), sent).content.decode()


def test_the_drawing_has_every_step_and_way():
    text = (
        EXAMPLE.replace('sent = "end"', 'sent = "wait"\nheld_back = "wait"').replace(
            "[[steps]]", "[[steps]]", 1
        )
        + """
[[steps]]
slug = "wait"
who = "system"
after = "1 day"
most_times = 3
name = {en = "Wait", es = "Esperar", ru = "Ждать"}
branches = {passed = "fresh"}
"""
    )
    drawn = draw(parse(text))
    assert [each.name for each in drawn.boxes] == ["What is fresh", "Wait"]
    assert [each.said for each in drawn.arrows] == ["sent, may not be contacted", "the time has passed"]
    assert all(0 < each.x < drawn.wide and 0 < each.y < drawn.tall for each in drawn.arrows)


def test_the_list_switches_and_asks_no_more_when_there_is_more(editor, django_assert_max_num_queries):
    city()
    on(EXAMPLE)
    url = reverse("plays")
    editor.get(url)
    with django_assert_max_num_queries(15) as few:
        assert "Come back tomorrow" in editor.get(url).content.decode()
    most = len(few)
    for number in range(4):
        on(EXAMPLE.replace('"come-back"', f'"come-back-{number}"'))
    editor.get(url)
    with django_assert_max_num_queries(most):
        editor.get(url)
    switch = reverse("play_switch", args=["come-back"])
    assert editor.post(switch, {"to": "paused"}).status_code == 302
    assert Play.objects.get(slug="come-back").state == "paused"
    assert editor.post(switch, {"to": "draft"}).status_code == 409


def test_who_only_looks_changes_nothing(editor):
    on(EXAMPLE)
    url = reverse("play", args=["come-back"])
    sent = fields_of(editor.get(url).content.decode())
    user = editor.get(url).wsgi_request.user
    user.user_permissions.set(Permission.objects.filter(codename="view_play"))
    page = editor.get(url).content.decode()
    assert "Save as a new version" not in page
    editor.post(url, {**sent, "name.en": "Mine", "do": "save"})
    assert editor.post(reverse("play_switch", args=["come-back"]), {"to": "off"}).status_code == 403
    assert editor.get(reverse("play_new")).status_code == 403
    assert (PlayVersion.objects.count(), Play.objects.get().state) == (1, "on")


def test_what_no_browser_sends_is_no_fault_of_the_page(editor):
    city()
    services.save(text=FILTERED, by="test", now=NOW)
    url = reverse("play", args=["come-back"])
    digits = "9" * 5000
    for sent in (
        {"goal.event.x": "1", "do": "form"},
        {"steps.0.slug": "a", "do": f"add:steps.{digits}"},
        {"text": f"slug = {digits}", "do": "save"},
        {"text": f"slug = {digits}", "do": "form"},
    ):
        assert editor.post(url, sent).status_code in (200, 422), sent.keys()
    assert services.Play.objects.get().versions.count() == 1
