"""What stands in the repository speaks of the product, and of nothing that only one machine has."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "surveyapp"

# Written in pieces, so that this file passes its own test.
_FOREIGN = [
    r"\.\./" + "shared",
    "/work" + "/",
    "/root" + "/",
    "py" + r"pi\.(org|python)",
    "python" + "hosted",
    "registry" + r"\.npmjs",
    "deb" + r"\.debian\.org",
    r"\bissue\s+#?\d",
    r"\bFIX" + "ME\\b",
    r"\bTO" + r"DO\b",
]
_LINES_OF_A_MODULE = 420
_LINES_OF_A_TEST_FILE = 320


def _tracked() -> list[Path]:
    """Files of the repository; of an unpacked archive, whatever does not begin with a dot."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if listed.returncode == 0:
        return [ROOT / name for name in listed.stdout.decode().split("\0") if name]
    return [
        path
        for path in ROOT.rglob("*")
        if not any(part.startswith(".") for part in path.relative_to(ROOT).parts)
    ]


def _texts() -> Iterator[tuple[Path, str]]:
    for path in _tracked():
        if path.is_file():
            content = path.read_bytes()
            if b"\0" not in content:
                yield path.relative_to(ROOT), content.decode("utf-8", "replace")


def test_no_text_names_another_machine_or_a_place_where_packages_come_from() -> None:
    pattern = re.compile("|".join(_FOREIGN))
    found = [
        f"{path}:{number}: {line.strip()[:100]}"
        for path, text in _texts()
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line)
    ]
    assert found == []


def test_texts_are_utf8_and_end_with_one_newline() -> None:
    wrong = [
        str(path)
        for path, text in _texts()
        if path.suffix in {".py", ".md", ".html", ".css", ".js", ".yaml", ".toml", ".po"}
        and ("\ufffd" in text or "\r" in text or (text and not text.endswith("\n")))
    ]
    assert wrong == []


def _modules(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.py"))


def test_the_domain_imports_the_standard_library_only() -> None:
    foreign = []
    for path in _modules(PACKAGE / "domain"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = (
                [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else []
            )
            foreign += [
                f"{path.name}: {name}"
                for name in names
                if name.split(".")[0] not in sys.stdlib_module_names
                and not f"{name}.".startswith("surveyapp.domain.")
            ]
    assert foreign == []


@pytest.mark.parametrize(
    ("folder", "limit"),
    [("surveyapp", _LINES_OF_A_MODULE), ("tests", _LINES_OF_A_TEST_FILE)],
)
def test_no_file_outgrows_one_sitting(folder: str, limit: int) -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for path in _modules(ROOT / folder)
        if (lines := path.read_text("utf-8").count("\n")) > limit
    }
    assert long == {}


def test_time_is_passed_in_and_never_read_below_the_edges() -> None:
    """Rules that read the clock themselves cannot be tried on a date of next year."""
    clock = r"datetime\.now\(|date\.today\(|time\.time\("
    # A generator that was passed in may be used; the modules' own, which nobody seeds, may not.
    chance = r"^(?:import|from) (?:random|secrets)\b|np\.random\.\w+\("
    pattern = re.compile(f"{clock}|{chance}")
    found = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for layer in ("domain", "stats", "storage")
        for path in _modules(PACKAGE / layer)
        for line in path.read_text("utf-8").splitlines()
        if pattern.search(line)
    ]
    assert found == []
