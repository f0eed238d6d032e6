"""Everything CI runs, in the order a person would try it: quick looks first, the tests last.

    make check                              all of it
    make check ARGS=--fast                  without the tests
    make check ARGS=--require-browser       a missing Chromium is a failure, not a skip

A failing step shows its output and the others still run. The tests' own summary is the very last line.
"""

from __future__ import annotations

import argparse
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
STEP_LIMIT_S = 15 * 60  # CI's whole limit: a step that takes this long hangs
LIKE_PRODUCTION = {
    "GUINDA_SITE_URL": "https://shop.example",
    "GUINDA_HOSTS": "shop.example",
    "GUINDA_MESSAGE_URL": "jsons://messages.example/{phone}",
    "GUINDA_SECRET_KEY": secrets.token_urlsafe(48),
}
DEVELOPMENT_ONLY = ("GUINDA_DEBUG", "GUINDA_DEMO", "GUINDA_PLAIN_STATIC", "GUINDA_CLOCK")


@dataclass(frozen=True)
class Step:
    """One thing to try: a name that reads as what is hoped for, and the command that finds out."""

    name: str
    command: Sequence[str | Path]
    environment: Mapping[str, str] = field(default_factory=dict)
    live: bool = False  # shown while it runs, because it is long


@dataclass(frozen=True)
class Result:
    """How a step went."""

    step: Step
    ok: bool
    took_s: float
    output: str


def main(argv: Sequence[str] | None = None) -> int:
    """Run the steps; 0 when all is well."""
    options = _options(argv)
    with tempfile.TemporaryDirectory(prefix="guinda-check-", ignore_cleanup_errors=True) as home:
        results = [
            _run(step, home) for step in steps(fast=options.fast, require_browser=options.require_browser)
        ]
    failed = [result.step.name for result in results if not result.ok]
    print(f"\nNot well yet: {'; '.join(failed)}." if failed else "\nAll is well.")
    if not options.fast:
        print(last_line(results[-1].output))
    return 1 if failed else 0


def steps(*, fast: bool, require_browser: bool) -> list[Step]:
    """What is checked, in order; the tests come last."""
    python = Path(sys.executable)
    manage: list[str | Path] = [python, "-m", "guinda", "manage"]
    quick = [
        Step("the code is formatted", [BIN / "ruff", "format", "--check", "--output-format", "concise", "."]),
        Step("the code is clean", [BIN / "ruff", "check", "--output-format", "concise", "."]),
        Step("the types agree", [BIN / "mypy"]),
        Step("the rooms keep their order", [BIN / "lint-imports"]),
        Step("the requirement lists are fresh and hashed", [python, "tools/lists.py"]),
        Step("the texts are fresh in each language", [python, "tools/texts.py", "check"]),
        Step("the migrations are complete", [*manage, "makemigrations", "--check", "--dry-run"]),
        Step(
            "the settings are fit for production",
            [*manage, "check", "--deploy", "--fail-level", "WARNING"],
            LIKE_PRODUCTION,
        ),
    ]
    if fast:
        return quick
    wish = {"GUINDA_REQUIRE_BROWSER": "1"} if require_browser else {}
    return [
        *quick,
        Step(
            "the tests pass",
            [python, "-m", "pytest", "-q", "--color=no", "-n", "2", "--dist", "loadfile"],
            wish,
            live=True,
        ),
    ]


def last_line(output: str) -> str:
    """The last line that says something: with `pytest -q`, its plain summary."""
    return next((line for line in reversed(output.splitlines()) if line.strip()), "the tests said nothing")


def _options(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Everything CI runs.")
    parser.add_argument("--fast", action="store_true", help="leave out the tests")
    parser.add_argument(
        "--require-browser", action="store_true", help="browser tests fail, not skip, without a Chromium"
    )
    return parser.parse_args(argv)


def _run(step: Step, home: str) -> Result:
    if step.live:
        print(f"  ....      {step.name}", flush=True)
    started_s = time.monotonic()
    code, output = _execute(step, _environment(step, home))
    result = Result(step, code == 0, time.monotonic() - started_s, output)
    print(f"  {'ok    ' if result.ok else 'FAILED'} {result.took_s:6.1f} s  {step.name}", flush=True)
    if not (result.ok or step.live):
        print(
            "    $ " + " ".join(Path(part).name if isinstance(part, Path) else part for part in step.command)
        )
        print("\n".join(f"    {line}" for line in output.splitlines()), flush=True)
    return result


def _environment(step: Step, home: str) -> dict[str, str]:
    environment = {name: value for name, value in os.environ.items() if name not in DEVELOPMENT_ONLY}
    environment |= {"GUINDA_HOME": home, "PYTHONUNBUFFERED": "1", "PYTHONPATH": ""}
    return environment | dict(step.environment)


def _execute(step: Step, environment: dict[str, str]) -> tuple[int, str]:
    with subprocess.Popen(
        step.command,
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        lines = []
        for line in process.stdout or ():
            lines.append(line)
            if step.live:
                print(line, end="", flush=True)
        try:
            code = process.wait(STEP_LIMIT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            return 1, "".join(lines) + f"\nStopped after {STEP_LIMIT_S} s."
    return code, "".join(lines)


if __name__ == "__main__":
    sys.exit(main())
