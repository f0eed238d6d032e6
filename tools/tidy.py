"""The house rules a machine can see. Each is a pure function from a file to complaints, and each complaint says what to do.

`tests/test_tidy.py` holds the project to them and shows each rule a broken example; `python tools/tidy.py` asks quickly.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FUNCTION_LINES = 50
FILE_LINES = 400
DOCSTRING_CHARACTERS = 60
MEASURED = {".py", ".html", ".js", ".css"}
GENERATED = re.compile(r"/migrations/\d")  # written by Django from the models

# Where the clock may be read besides guinda.base.clock, and why. Durations (monotonic, perf_counter) are free everywhere.
CLOCK_READERS: dict[str, str] = {
    "src/guinda/base/clock.py": "it is the clock",
    "src/guinda/config/cityclock.py": "sets the clock of a demo whose city stands still, before anybody can read it",
    "src/guinda/config/demo.py": "makes the demo's clock, which every process of the demo then lives by",
}
CLOCK_CALLS = {
    *("datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.time_ns"),
    "timezone.now",
}
CLOCK_IF_BARE = {"timezone.localdate", "timezone.localtime"}  # given an instant, they only convert it
CLOCK_FIELDS = {"auto_now", "auto_now_add"}
CLOCK_IN_SQL = re.compile(
    r"\b(now\s*\(\s*\)|clock_timestamp|statement_timestamp|transaction_timestamp|current_(?:timestamp|date|time)\b)",
    re.IGNORECASE,
)
SQL = re.compile(r"\b(SELECT|INSERT INTO|UPDATE|DELETE FROM|WITH|VALUES)\b")

INLINE = {
    re.compile(r"<style\b", re.IGNORECASE): "an inline <style>",
    re.compile(
        r"<script\b(?![^>]*\bsrc=)(?![^>]*type=.application/(ld\+)?json)", re.IGNORECASE
    ): "an inline <script>",
    re.compile(r"<[a-z][^<>]*\sstyle\s*=", re.IGNORECASE): "a style attribute",
    re.compile(r"<[a-z][^<>]*\son[a-z]+\s*=", re.IGNORECASE): "an inline event handler",
    re.compile(r"""=\s*["']javascript:""", re.IGNORECASE): "a javascript: address",
    re.compile(
        r"""setAttribute\(\s*["']style["']"""
    ): "a style attribute set from JavaScript (set element.style.x instead)",
}
# Letters in brackets keep these lines from matching themselves.
PACKAGE_INDEX = re.compile(
    r"https?://[^\s\"'<>]*(?:/simple\b|p[y]pi|p[y]thonhosted|registry\.n[p]m)|--(?:extra-)?index-url[= ]+http",
    re.IGNORECASE,
)
HOME_PATH = re.compile(r"(?<![\w.~/}-])/(?:r[o]ot|h[o]me/\w+|U[s]ers/\w+|w[o]rk/(?:main|shared))\b")
UNFINISHED = re.compile(r"\b(?:T[O]DO|F[I]XME|X[X]X)\b")


def main() -> int:
    """Print what is untidy; 0 when nothing is."""
    found = complaints(ROOT)
    print("\n".join(found) or "The house is tidy.")
    return 1 if found else 0


def complaints(root: Path) -> list[str]:
    """What every rule says of every file that is, or would be, tracked, and of every room."""
    found = [
        said for file in project_files(root) for rule in RULES for said in rule(file, _read(root / file))
    ]
    for room in rooms(root):
        init = f"src/guinda/{room}/__init__.py"
        found += room_says_what_it_is_for(init, _read(root / init))
    return found


def project_files(root: Path) -> list[str]:
    """Paths of the files git keeps or would keep."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=root,
        check=True,
        capture_output=True,
        text=True,
    )
    return sorted({name for name in listed.stdout.split("\0") if name and (root / name).is_file()})


def rooms(root: Path) -> list[str]:
    """The names of the rooms: packages directly under src/guinda."""
    return sorted(init.parent.name for init in (root / "src" / "guinda").glob("*/__init__.py"))


def short_functions(file: str, text: str) -> Iterator[str]:
    """A function is 50 lines at most."""
    if not file.endswith(".py") or GENERATED.search(file):
        return
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > FUNCTION_LINES:
                yield (
                    f"{file}:{node.lineno}: {node.name}() has {lines} lines; {FUNCTION_LINES} is the most one reads at a glance. "
                    "Give a step of it a name and a function of its own."
                )


def short_files(file: str, text: str) -> Iterator[str]:
    """A file of code is 400 lines at most."""
    lines = text.count("\n")
    if Path(file).suffix in MEASURED and lines > FILE_LINES and not GENERATED.search(file):
        yield f"{file}: {lines} lines; {FILE_LINES} is the most. Make it a package of the same name, or split it by subject."


def no_inline_code(file: str, text: str) -> Iterator[str]:
    """The content security policy lets nothing inline run; the admin has a policy of its own."""
    if Path(file).suffix not in {".html", ".svg", ".js"} or "/admin/" in file or "/templates/unfold/" in file:
        return
    for pattern, what in INLINE.items():
        for match in pattern.finditer(_without_template_comments(text)):
            line = text.count("\n", 0, match.start()) + 1
            yield f"{file}:{line}: {what}: browsers will refuse it under our policy. Put it into a file under static/ and use a class."


def no_package_index(file: str, text: str) -> Iterator[str]:
    """The project installs from whatever index its user has."""
    for number, line in enumerate(text.splitlines(), 1):
        if PACKAGE_INDEX.search(line):
            yield f"{file}:{number}: the address of a package index. Leave it out: each installation has its own."


def no_home_path(file: str, text: str) -> Iterator[str]:
    """A path of one person's machine means nothing on another."""
    for number, line in enumerate(text.splitlines(), 1):
        if match := HOME_PATH.search(line):
            yield f"{file}:{number}: {match[0]} is a folder of one machine. Use a relative path, or an example under /srv."


def nothing_unfinished(file: str, text: str) -> Iterator[str]:
    """What is left to do is an issue, not a remark in the code."""
    if Path(file).suffix in {".po", ".svg"}:
        return
    for number, line in enumerate(text.splitlines(), 1):
        if match := UNFINISHED.search(line):
            yield f"{file}:{number}: {match[0]}: do it now, or write an issue and take the remark out."


def one_clock(file: str, text: str) -> Iterator[str]:
    """Only guinda.base.clock reads the clock; everything else is handed `now`."""
    ours = file.startswith("src/guinda/") and file.endswith(".py")
    if not ours or file in CLOCK_READERS or "/tests/" in file or GENERATED.search(file):
        return
    for node in ast.walk(ast.parse(text)):
        if what := _clock_reading(node):
            yield (
                f"{file}:{getattr(node, 'lineno', 0)}: {what} reads the clock. Take `now` as an argument; "
                "at the edge (a view, a task, a command) ask guinda.base.clock.now() once."
            )


def room_says_what_it_is_for(file: str, text: str) -> Iterator[str]:
    """Each room's `__init__` tells a newcomer what the room is for."""
    said = ast.get_docstring(ast.parse(text)) or ""
    if len(said) < DOCSTRING_CHARACTERS:
        yield (
            f"{file}: say in a docstring what this room is for, its words, and what it will not do "
            f"({DOCSTRING_CHARACTERS} characters or more)."
        )


def _clock_reading(node: ast.AST) -> str | None:
    if isinstance(node, ast.Call):
        name = ".".join(_dotted(node.func)[-2:])
        bare = not (node.args or node.keywords)
        if name in CLOCK_CALLS or (name in CLOCK_IF_BARE and bare) or name.rpartition(".")[2] == "Now":
            return f"{name}()"
    if isinstance(node, ast.keyword) and node.arg in CLOCK_FIELDS:
        return f"{node.arg}="
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and SQL.search(node.value):
        match = CLOCK_IN_SQL.search(node.value)
        return f"{match[0]} in SQL" if match else None
    return None


def _dotted(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Attribute):
        return [*_dotted(node.value), node.attr]
    return [node.id] if isinstance(node, ast.Name) else []


def _without_template_comments(text: str) -> str:
    return re.sub(
        r"\{#.*?#\}|\{% comment.*?endcomment %\}",
        lambda match: re.sub(r"[^\n]", " ", match[0]),
        text,
        flags=re.DOTALL,
    )


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except UnicodeDecodeError:  # a picture, a compiled catalogue
        return ""


Rule = Callable[[str, str], Iterator[str]]
RULES: tuple[Rule, ...] = (
    short_functions, short_files, no_inline_code, no_package_index, no_home_path, nothing_unfinished, one_clock,
)  # fmt: skip

if __name__ == "__main__":
    sys.exit(main())
