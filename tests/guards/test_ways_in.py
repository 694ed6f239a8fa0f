"""No path composes, back-dates or defaults a review: the ways into the table are counted here."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[2] / "surveyapp"

# Who may store responses: citizens' posts through the public face, and recorded files. The made-up
# answers of the demonstration go into a database that is marked for ever, through the same import.
INSERTING = {
    "insert_once": {"services/collection/intake.py"},
    "insert_many": {"services/collection/importing.py"},
}
STORING = {
    "services/collection/collecting.py": 1,
    "services/collection/invited.py": 1,
    "services/collection/amending.py": 2,
}
TAKING = {
    "web/respond/doors.py": {"submit"},
    "web/respond/receipts.py": {"change", "complete", "follow_up"},
    # Made-up answers, in a database that says so for ever.
    "services/demonstration/demonstrating.py": {"submit"},
}


def _calls(path: Path) -> Iterator[tuple[str, str]]:
    """Yield (what it is called on, its name) of every method called in a module."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield ast.unparse(node.func.value), node.func.attr


def _modules() -> Iterator[tuple[str, Path]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        yield str(path.relative_to(PACKAGE)), path


def test_two_statements_insert_responses_and_two_services_use_them() -> None:
    found: dict[str, set[str]] = {name: set() for name in INSERTING}
    for module, path in _modules():
        for _on, name in _calls(path):
            if name in found:
                found[name].add(module)
    assert found == INSERTING


def test_nobody_makes_a_response_record_by_hand() -> None:
    makers = [
        module
        for module, path in _modules()
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and (
            (isinstance(node.func, ast.Name) and node.func.id == "ResponseRecord")
            or (
                any(isinstance(arg, ast.Name) and arg.id == "ResponseRecord" for arg in node.args)
                and getattr(node.func, "id", getattr(node.func, "attr", "")) == "insert"
            )
        )
    ]
    assert set(makers) == {"storage/responses.py"}


def test_only_the_forms_of_citizens_store_what_was_posted() -> None:
    found: dict[str, int] = {}
    for module, path in _modules():
        n = sum(name == "store" and on.endswith("intake") for on, name in _calls(path))
        if n:
            found[module] = n
    assert found == STORING


def test_only_the_public_face_hands_reviews_in() -> None:
    found: dict[str, set[str]] = {}
    services = ("collecting", "invited", "amending")
    for module, path in _modules():
        for on, name in _calls(path):
            if on.endswith(services) and name in ("submit", "change", "complete", "follow_up"):
                found.setdefault(module, set()).add(name)
    found.pop(
        "services/collection/invited.py"
    )  # the second review through a link is a further review
    assert found == TAKING


def test_the_time_of_a_review_is_the_clock_of_the_server() -> None:
    """What a browser posts cannot name a time: no field of a form becomes `received_at`."""
    for module in STORING | {"services/collection/intake.py": 1}:
        source = (PACKAGE / module).read_text("utf-8")
        for line in source.splitlines():
            if '"received_at":' in line:
                assert "now()" in line or "since or" in line, f"{module}: {line.strip()}"


def test_a_review_has_no_level_but_the_one_posted() -> None:
    for module in STORING | {"services/collection/intake.py": 1}:
        source = (PACKAGE / module).read_text("utf-8")
        assert "satisfied" not in source.replace("unsatisfied", ""), module
        assert "is_default" not in source, module
