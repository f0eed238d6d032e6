"""The documentation keeps up with the house: each setting, command and room is in it, and its links lead somewhere."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import pytest

from guinda.config import cli
from tools import tidy

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
SETTING = re.compile(r"\b(GUINDA_[A-Z]+(?:_[A-Z]+)*|DATABASE_URL)\b")
PAGES = sorted([*DOCS.rglob("*.md"), *ROOT.glob("*.md")])


def settings_in_the_sources() -> set[str]:
    sources = [
        *(ROOT / "src").rglob("*.py"),
        *(ROOT / "tests").rglob("*.py"),
        *(ROOT / "benchmarks").rglob("*.py"),
    ]
    return {name for path in sources if path != Path(__file__) for name in SETTING.findall(path.read_text())}


def commands() -> set[str]:
    groups = [action for action in cli.parser()._actions if isinstance(action, argparse._SubParsersAction)]
    return {name for group in groups for name in group.choices}


def test_the_sources_do_have_settings_and_commands() -> None:
    assert {"GUINDA_HOME", "DATABASE_URL", "GUINDA_REQUIRE_BROWSER"} <= settings_in_the_sources()
    assert {"demo", "serve", "web", "worker", "audit", "manage"} <= commands()


def test_each_setting_is_documented_and_exists() -> None:
    documented = set(SETTING.findall((DOCS / "settings.md").read_text()))
    missing, gone = settings_in_the_sources() - documented, documented - settings_in_the_sources()
    assert not missing, f"Say in docs/settings.md what these do: {sorted(missing)}"
    assert not gone, f"Nothing reads these any more, take them out of docs/settings.md: {sorted(gone)}"


def test_each_command_is_documented_and_exists() -> None:
    documented = set(re.findall(r"^\| `guinda ([\w-]+)", (DOCS / "commands.md").read_text(), re.MULTILINE))
    assert documented == commands(), "docs/commands.md and `guinda --help` must list the same commands."


def test_each_make_target_is_documented() -> None:
    targets = re.findall(r"^(\w+):.*##", (ROOT / "Makefile").read_text(), re.MULTILINE)
    documented = re.findall(r"^\| `make (\w+)", (DOCS / "commands.md").read_text(), re.MULTILINE)
    assert len(targets) > 4
    assert set(documented) == set(targets), "docs/commands.md and the Makefile must list the same targets."


def test_each_room_has_a_page_and_each_page_its_room() -> None:
    pages = {page.stem for page in (DOCS / "rooms").glob("*.md")}
    rooms = set(tidy.rooms(ROOT))
    assert not rooms - pages, f"Write docs/rooms/<room>.md for: {sorted(rooms - pages)}"
    assert not pages - rooms, (
        f"These rooms are gone, take their pages out of docs/rooms: {sorted(pages - rooms)}"
    )


def test_the_index_leads_to_each_page() -> None:
    index = (DOCS / "index.md").read_text()
    for page in DOCS.rglob("*.md"):
        name = page.relative_to(DOCS).as_posix()
        assert name == "index.md" or f"({name})" in index, f"Link to {name} from docs/index.md."


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text()):
        if "://" not in target and not target.startswith("mailto:"):
            assert (page.parent / target).exists(), (
                f"{page.relative_to(ROOT)} links to {target}, which is not there."
            )
