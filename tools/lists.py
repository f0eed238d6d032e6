"""Are the requirement lists fresh, hashed and free of addresses? Asked of the files alone, without the network.

A list is fresh when each dependency of pyproject.toml is pinned in it at a version pyproject.toml allows; run.txt and dev.txt
agree on every version. `make lock` writes them anew.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
LOCK = "Run `make lock` and commit requirements/."
PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)(?:\[[^\]]*\])?==(?P<version>[^\s;\\]+)")
ADDRESS = re.compile(r"://|^\s*-(i|f|-index-url|-extra-index-url|-find-links|e|-editable)\b| @ ")


def main() -> int:
    """Print what is wrong; 0 when nothing is."""
    complaints = list(of_project(ROOT))
    print("\n".join(complaints) or "The requirement lists are fresh.")
    return 1 if complaints else 0


def of_project(root: Path) -> Iterator[str]:
    """What is wrong with the lists of the project in `root`, one sentence each."""
    project = tomllib.loads((root / "pyproject.toml").read_text())
    texts = {
        name: (root / "requirements" / f"{name}.txt").read_text()
        for name in ("run", "dev", "peers", "ray", "uv")
    }
    for name, text in texts.items():
        yield from in_one_list(f"requirements/{name}.txt", text)
    pins = {name: pinned(text) for name, text in texts.items()}
    wanted = project["project"]["dependencies"]
    yield from missing("requirements/run.txt", wanted, pins["run"])
    yield from missing("requirements/dev.txt", [*wanted, *project["dependency-groups"]["dev"]], pins["dev"])
    yield from missing("requirements/peers.txt", project["dependency-groups"]["peers"], pins["peers"])
    yield from missing(
        "requirements/ray.txt", [*wanted, *project["project"]["optional-dependencies"]["ray"]], pins["ray"]
    )
    yield from disagreements(pins["run"], pins["dev"])
    yield from disagreements(pins["run"], pins["ray"], "ray.txt")


def pinned(text: str) -> dict[str, str]:
    """Name -> version of a list; a name pinned differently per platform keeps the last."""
    found = (PIN.match(line) for line in text.splitlines())
    return {canonicalize_name(match["name"]): match["version"] for match in found if match}


def in_one_list(file: str, text: str) -> Iterator[str]:
    """Entries without a pin or a hash, and addresses."""
    for entry in _entries(text):
        first = entry.split(" --hash")[0].strip()
        if ADDRESS.search(entry):
            yield f"{file}: “{first}” holds an address; the lists must work with any package index. {LOCK}"
        elif not PIN.match(entry):
            yield f"{file}: “{first}” is not pinned with ==. {LOCK}"
        elif "--hash=sha256:" not in entry:
            yield f"{file}: “{first}” has no hash. {LOCK}"


def missing(file: str, wanted: Sequence[str], pins: dict[str, str]) -> Iterator[str]:
    """Dependencies that a list does not hold, or holds at a version that is not allowed."""
    for text in wanted:
        requirement = Requirement(text)
        version = pins.get(canonicalize_name(requirement.name))
        if version is None:
            yield f"{file}: pyproject.toml asks for {requirement.name} and the list has none. {LOCK}"
        elif not requirement.specifier.contains(version, prereleases=True):
            yield f"{file}: {requirement.name} {version} is not what pyproject.toml asks for ({text}). {LOCK}"


def disagreements(run: dict[str, str], other: dict[str, str], file: str = "dev.txt") -> Iterator[str]:
    """Packages that a developer, or whoever spreads work, would have in another version than the shop."""
    for name, version in run.items():
        if other.get(name) != version:
            yield f"{name} is {version} in run.txt and {other.get(name, 'absent')} in {file}. {LOCK}"


def _entries(text: str) -> Iterator[str]:
    joined = re.sub(r"\\\n\s*", " ", text)  # an entry runs on while its lines end in a backslash
    for line in joined.splitlines():
        if line.strip() and not line.lstrip().startswith("#"):
            yield line


if __name__ == "__main__":
    sys.exit(main())
