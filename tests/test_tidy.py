"""The house rules hold, and each rule can be seen to fail."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools import tidy

ROOT = Path(__file__).resolve().parent.parent
VIEW = "src/guinda/panels/views.py"
PAGE = "src/guinda/panels/templates/panels/panel.html"


def test_the_house_is_tidy() -> None:
    found = tidy.complaints(ROOT)
    assert not found, "\n" + "\n".join(found)


def test_each_exception_to_the_clock_rule_exists_and_is_justified() -> None:
    for file, why in tidy.CLOCK_READERS.items():
        assert (ROOT / file).exists(), f"{file} is gone: take it off CLOCK_READERS in tools/tidy.py."
        assert len(why) > 10, f"Say why {file} may read the clock."


def said_by(rule: tidy.Rule, file: str, text: str) -> str:
    return "\n".join(rule(file, text))


def function_of(lines: int) -> str:
    return "def long():\n" + "    x = 1\n" * (lines - 1)


def test_long_functions_are_named() -> None:
    assert not said_by(tidy.short_functions, VIEW, function_of(50))
    assert "long() has 51 lines" in said_by(tidy.short_functions, VIEW, function_of(51))
    assert "long() has 51 lines" in said_by(tidy.short_functions, VIEW, "async " + function_of(51))


@pytest.mark.parametrize("suffix", ["py", "html", "js", "css"])
def test_long_files_are_named(suffix: str) -> None:
    assert not said_by(tidy.short_files, f"a.{suffix}", "x\n" * 400)
    assert "401 lines" in said_by(tidy.short_files, f"a.{suffix}", "x\n" * 401)


def test_files_that_are_data_may_be_long() -> None:
    assert not said_by(tidy.short_files, "stations.csv", "x\n" * 401)
    assert not said_by(tidy.short_files, "src/guinda/orders/migrations/0001_initial.py", "x\n" * 401)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("<style>a{}</style>", "<style>"),
        ("<script>alert(1)</script>", "<script>"),
        ('<script type="module">\nimport "x"</script>', "<script>"),
        ('<p class="a"\n   style="color: red">', "style attribute"),
        ('<button onclick="pay()">', "event handler"),
        ("<a href='javascript:pay()'>", "javascript:"),
        ('node.setAttribute("style", "width: 1px")', "element.style"),
    ],
)
def test_inline_code_is_refused_outside_the_admin(text: str, what: str) -> None:
    assert what in said_by(tidy.no_inline_code, PAGE, text)
    assert not said_by(tidy.no_inline_code, "src/guinda/config/templates/admin/base.html", text)


@pytest.mark.parametrize(
    "text",
    [
        '<script type="module" src="{% static "panels/bowl.js" %}"></script>',
        '<script id="facts" type="application/json">{}</script>',
        '{# never <style> here #}<p class="style" data-on="1">',
        "bowl.style.width = '1px'",
    ],
)
def test_what_the_policy_allows_is_allowed(text: str) -> None:
    assert not said_by(tidy.no_inline_code, PAGE, text)


@pytest.mark.parametrize(
    "text",
    [
        "from datetime import datetime\nmade_at = datetime.now(UTC)",
        "import datetime\nmade_at = datetime.datetime.utcnow()",
        "from django.utils import timezone\nmade_at = timezone.now()",
        "import time\nmade_at = time.time()",
        "from django.utils import timezone\ntoday = timezone.localtime()",
        "class Order(Model):\n    made_at = DateTimeField(auto_now_add=True)",
        "made_at = DateTimeField(db_default=Now())",
        "cursor.execute('UPDATE orders SET made_at = now()')",
        "cursor.execute('SELECT 1 WHERE due_at < CURRENT_TIMESTAMP')",
    ],
)
def test_a_second_clock_is_found(text: str) -> None:
    assert "reads the clock" in said_by(tidy.one_clock, VIEW, text)
    assert not said_by(tidy.one_clock, "src/guinda/panels/tests/test_views.py", text)
    assert not said_by(tidy.one_clock, "src/guinda/base/clock.py", text)


@pytest.mark.parametrize(
    "text",
    [
        "now = clock.now()",
        "started_s = time.monotonic()",
        '"""Ask `clock.now()` once."""',
        "f(now=now)",
        "timezone.localtime(order.placed_at)",
    ],
)
def test_the_one_clock_and_durations_are_free(text: str) -> None:
    assert not said_by(tidy.one_clock, VIEW, text)


@pytest.mark.parametrize(
    "text",
    [
        "https" + "://py" + "pi.org/simple",
        "http" + "://10.0.0.1:3141/mirror/simple/",
        "pip install --index" + "-url http://x/",
    ],
)
def test_a_package_index_is_refused(text: str) -> None:
    assert "package index" in said_by(tidy.no_package_index, "Makefile", text)
    assert not said_by(
        tidy.no_package_index,
        "Makefile",
        "uv pip compile --no-emit-index-url; see https://example.org/simplest",
    )


@pytest.mark.parametrize(
    "text", ["/ro" + "ot/.cache", "cd /ho" + "me/anna/guinda", "'/Us" + "ers/anna'", "/wo" + "rk/main/src"]
)
def test_a_folder_of_one_machine_is_refused(text: str) -> None:
    assert "folder of one machine" in said_by(tidy.no_home_path, "docs/running.md", text)


@pytest.mark.parametrize(
    "text", ["/srv/guinda", "{url}/ho" + "me/page", "src/ro" + "ot/a", "/courier/wo" + "rk/", "~/guinda"]
)
def test_other_paths_are_free(text: str) -> None:
    assert not said_by(tidy.no_home_path, "docs/running.md", text)


def test_what_is_unfinished_is_found() -> None:
    assert "write an issue" in said_by(tidy.nothing_unfinished, VIEW, "x = 1  # TO" + "DO later")
    assert not said_by(tidy.nothing_unfinished, VIEW, 'label = "Todo listo"')


def test_a_room_without_a_word_about_itself_is_found() -> None:
    init = "src/guinda/cellar/__init__.py"
    assert "what this room is for" in said_by(tidy.room_says_what_it_is_for, init, "")
    assert "what this room is for" in said_by(tidy.room_says_what_it_is_for, init, '"""The cellar."""')
    told = '"""Where the barrels lie.\n\nA *barrel* holds what the press gave. It knows nothing of who drinks from it."""'
    assert not said_by(tidy.room_says_what_it_is_for, init, told)
