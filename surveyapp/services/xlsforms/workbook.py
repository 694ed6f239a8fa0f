"""XLSForm workbooks: the questionnaire format of ODK, KoBoToolbox and Survey123, as a definition.

A workbook becomes the same document that a YAML file holds, so both meet the same rules. What a
definition cannot express is refused with its row and the reason, never silently dropped: a
questionnaire that asks something else than its author wrote is worse than none.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from surveyapp.domain.errors import InvalidDefinition, Problem
from surveyapp.domain.messages import Message, message
from surveyapp.domain.reading import Path
from surveyapp.domain.scales import PRESETS
from surveyapp.services.xlsforms import rules as rules
from surveyapp.services.xlsforms.conditions import Conditions, read_constraint, read_relevant
from surveyapp.services.xlsforms.sheets import SheetReader, SheetRow, open_sheets


@dataclass(slots=True)
class _Group:
    """A group that is open while rows are read; a matrix collects its rows and their lists."""

    row: SheetRow
    conditions: Conditions
    is_matrix: bool
    rows: list[SheetRow] = field(default_factory=list)
    lists: list[str] = field(default_factory=list)


class XlsForm:
    """One workbook, read.

    Attributes
    ----------
    document : dict
        The definition, as a YAML file would hold it.
    """

    def __init__(self, data: bytes) -> None:
        """Read a workbook.

        Raises
        ------
        BadInput
            It is no workbook.
        InvalidDefinition
            It has no sheet `survey`.
        """
        self._reader = SheetReader(open_sheets(data))
        if not self._reader.has("survey"):
            reason = message("The workbook has no sheet “survey”.")
            raise InvalidDefinition((Problem(None, "survey", reason),))
        self._lines: dict[Path, int] = {}
        self._lists: dict[str, list[tuple[int, dict[str, Any]]]] = {}
        self._groups: list[_Group] = []
        self._notes: list[SheetRow] = []
        self.document: dict[str, Any] = self._settings()
        self._read_choices()
        self._read_survey()
        self._read_indices()

    @property
    def problems(self) -> list[Problem]:
        """What the workbook asks for and a definition cannot give; the path names the sheet."""
        return self._reader.problems

    def line_of(self, path: Path) -> int | None:
        """Find the row an entry comes from; None for what a sheet leaves out altogether."""
        while path and path not in self._lines:
            path = path[:-1]
        return self._lines.get(path)

    def _settings(self) -> dict[str, Any]:
        row, *more = list(self._reader.rows("settings", rules.SETTINGS)) or [SheetRow(1, {}, {})]
        for extra in more:
            self._reader.refuse("settings", extra.number, message("Only one row belongs here."))
        document: dict[str, Any] = {
            "key": row.cells.get("form_id"),
            "kind": row.cells.get("kind", "satisfaction"),
            "statistical_project": self._flag("settings", row, "statistical_project"),
            **{name: _whole(row.cells.get(name)) for name in ("minutes", "minimum_group")},
            **{name: row.text(column) for column, name in rules.SETTING_TEXTS.items()},
        }
        for name, columns in (("window", rules.WINDOW), ("legal_head", rules.LEGAL_HEAD)):
            filled = {column: row.cells[column] for column in columns if column in row.cells}
            document[name] = filled or None
        self._lines |= {(name,): row.number for name in document}
        return _filled(document)

    def _read_choices(self) -> None:
        for row in self._reader.rows("choices", rules.CHOICES):
            level = {
                "key": row.cells.get("name"),
                "code": row.cells.get("code"),
                "points": row.cells.get("points"),
                "favourable": self._flag("choices", row, "favourable") or None,
                "unscored": self._flag("choices", row, "unscored") or None,
                "label": row.text("label"),
            }
            name = row.cells.get("list_name")
            if name is None:
                self._reader.refuse("choices", row.number, message("“list_name” is empty here."))
            else:
                self._lists.setdefault(name, []).append((row.number, _filled(level)))
        scales = [name for name in self._lists if self._is_scale(name)]
        if scales:
            self.document["scales"] = {
                name: self._levels(("scales", name), name) for name in scales
            }

    def _read_survey(self) -> None:
        self.document["questions"] = []
        for row in self._reader.rows("survey", rules.SURVEY):
            words = row.cells.get("type", "").split()
            if len(words) > 1 and words[0] in ("begin", "end"):
                words = ["_".join(words[:2])]
            kind, arguments = (words[0], words[1:]) if words else ("", [])
            match kind:
                case "begin_group":
                    self._begin_group(row)
                case "end_group":
                    self._end_group(row)
                case "note":
                    self._note(row)
                case _ if self._groups and self._groups[-1].is_matrix:
                    self._matrix_row(self._groups[-1], row, kind, arguments)
                case _:
                    self._question(row, kind, arguments)
        for group in self._groups:
            self._refuse(group.row, message("This group has no “end_group”."))
        for row in self._notes:
            self._refuse(row, message("A note is shown with the question after it; none follows."))

    def _read_indices(self) -> None:
        indices: list[dict[str, Any]] = []
        for row in self._reader.rows("indices", rules.INDICES):
            self._lines["indices", len(indices)] = row.number
            index = {
                "key": row.cells.get("name"),
                "title": row.text("label"),
                "of": row.cells.get("of", "").split(),
                "minimum_items": _whole(row.cells.get("minimum_items")),
            }
            indices.append(_filled(index))
        if indices:
            self.document["indices"] = indices

    def _begin_group(self, row: SheetRow) -> None:
        is_matrix = bool(rules.MATRIX_LOOKS & set(row.cells.get("appearance", "").split()))
        if any(group.is_matrix for group in self._groups):
            self._refuse(row, message("A matrix cannot hold a group."))
        if not is_matrix and row.text("label"):
            self._notes.append(row)
        self._groups.append(_Group(row, self._conditions(row), is_matrix))

    def _end_group(self, row: SheetRow) -> None:
        if not self._groups:
            self._refuse(row, message("There is no group to end here."))
            return
        group = self._groups.pop()
        if not group.is_matrix:
            return
        if len(set(group.lists)) > 1:
            self._refuse(group.row, message("All rows of a matrix use the same list of choices."))
        place: Path = ("questions", len(self.document["questions"]), "rows")
        self._lines |= {(*place, at): one.number for at, one in enumerate(group.rows)}
        matrix = {
            "type": "matrix",
            "scale": group.lists[0] if group.lists else None,
            "rows": [
                {"key": one.cells.get("name"), "title": one.text("label")} for one in group.rows
            ],
            "required": any(self._flag("survey", one, "required") for one in group.rows),
        }
        self._add(group.row, matrix, group.conditions)

    def _note(self, row: SheetRow) -> None:
        if row.cells.get("relevant"):
            self._refuse(row, message("A note cannot depend on an answer."))
        elif row.text("label"):
            self._notes.append(row)
        else:
            self._refuse(row, message("A text is missing here."))

    def _matrix_row(self, group: _Group, row: SheetRow, kind: str, arguments: list[str]) -> None:
        if kind != "select_one" or row.cells.get("relevant"):
            reason = message("A matrix holds rows of type “select_one” without conditions.")
            self._refuse(row, reason)
            return
        group.lists.append(self._list(row, arguments))
        group.rows.append(row)

    def _question(self, row: SheetRow, kind: str, arguments: list[str]) -> None:
        if self._flag("survey", row, "attribute"):
            self._attribute(row, kind, arguments)
            return
        match kind:
            case "select_one":
                question = self._choice(row, arguments)
            case "select_multiple":
                question = {"type": "multiple", "options": self._options(row, arguments)}
                question |= self._bounds(row, {"count-selected(.) <=": "max_choices"})
            case "integer" | "decimal":
                decimals = "0" if kind == "integer" else row.cells.get("decimals", "2")
                question = {
                    "type": "number",
                    "decimals": _whole(decimals),
                    "unit": row.text("unit"),
                }
                question |= self._bounds(row, {". >=": "min", ". <=": "max"})
            case "text":
                question = {"type": "text"}
                question |= self._bounds(row, {"string-length(.) <=": "max_chars"})
            case "":
                self._refuse(row, message("“type” is empty here."))
                return
            case _:
                unknown = message("The type “%(type)s” is not known.", type=kind)
                self._refuse(row, rules.REFUSED_TYPES.get(kind, unknown))
                return
        question["required"] = self._flag("survey", row, "required")
        self._add(row, question, self._conditions(row))

    def _attribute(self, row: SheetRow, kind: str, arguments: list[str]) -> None:
        """Read a row as an attribute: asked on the form, used for breakdowns."""
        attributes = self.document.setdefault("attributes", [])
        path: Path = ("attributes", len(attributes))
        self._lines[path] = row.number
        name = self._list(row, arguments)
        if kind != "select_one" or row.cells.get("relevant") or name in PRESETS:
            reason = message(
                "An attribute is a “select_one” with its own list, which everybody is asked."
            )
            self._refuse(row, reason)
        attributes.append(
            {
                "key": row.cells.get("name"),
                "title": row.text("label"),
                "name": row.text("short_name"),
                "levels": self._levels((*path, "levels"), name, plain=True),
                "unknown": "refused" if self._flag("survey", row, "required") else "allowed",
                "ask": True,
            }
        )

    def _choice(self, row: SheetRow, arguments: list[str]) -> dict[str, Any]:
        if row.cells.get("constraint"):
            self._refuse(row, message("A choice cannot have a constraint."))
        options = self._options(row, arguments)
        if isinstance(options, str):
            return {"type": "scale", "scale": options, "relevance": row.cells.get("relevance")}
        return {"type": "single", "options": options}

    def _options(self, row: SheetRow, arguments: list[str]) -> str | list[dict[str, Any]]:
        """Return the name of a scale, or the options of an ordinary list."""
        name = self._list(row, arguments)
        if name in PRESETS or self._is_scale(name):
            return name
        return self._levels(("questions", len(self.document["questions"]), "options"), name)

    def _list(self, row: SheetRow, arguments: list[str]) -> str:
        name, *rest = arguments or [""]
        if rest:
            unsupported = message("“%(words)s” is not supported here.", words=" ".join(rest))
            self._refuse(row, unsupported)
        if name not in self._lists and name not in PRESETS:
            self._refuse(row, message("There is no list “%(name)s” in “choices”.", name=name))
            return "yes_no"  # so that one missing list is one problem
        return name

    def _levels(self, path: Path, name: str, *, plain: bool = False) -> list[dict[str, Any]]:
        """Return the entries of a list and note their rows; `plain` leaves the points out."""
        entries = self._lists.get(name, [])
        self._lines |= {(*path, at): number for at, (number, _) in enumerate(entries)}
        kept = {"key", "code", "label"} if plain else {key for _, level in entries for key in level}
        return [{key: level[key] for key in level.keys() & kept} for _, level in entries]

    def _is_scale(self, name: str) -> bool:
        marks = {"points", "favourable", "unscored"}
        return any(level.keys() & marks for _, level in self._lists.get(name, []))

    def _add(self, row: SheetRow, question: dict[str, Any], conditions: Conditions) -> None:
        """Add a question with what all kinds have; notes before it become part of its hint."""
        notes = [note.text("label") for note in self._notes]
        self._notes.clear()
        hints = [text for text in (*notes, row.text("hint")) if text is not None]
        hint = {one: "\n".join(text[one] for text in hints) for one in ("zh", "en")}
        questions = self.document["questions"]
        self._lines["questions", len(questions)] = row.number
        common = {"key": row.cells.get("name"), "title": row.text("label")}
        extra = {"hint": hint if hints else None, "show_if": conditions or None}
        questions.append(_filled(common | question | extra))

    def _conditions(self, row: SheetRow) -> Conditions:
        """Read `relevant`, together with that of the group around the row."""
        around = self._groups[-1].conditions if self._groups else {}
        expression = row.cells.get("relevant")
        own = {} if expression is None else read_relevant(expression)
        if own is None:
            reason = message(
                "This condition is not supported; write ${question} = 'choice', several choices of"
                " one question joined with or, several questions joined with and."
            )
            self._refuse(row, reason)
            return around
        if own.keys() & around.keys():
            self._refuse(row, message("The group around it already depends on this question."))
        return around | own

    def _bounds(self, row: SheetRow, known: dict[str, str]) -> dict[str, Any]:
        expression = row.cells.get("constraint")
        bounds = {} if expression is None else read_constraint(expression)
        if bounds is None or not bounds.keys() <= known.keys():
            examples = ", ".join(f"{one} 9" for one in known)
            reason = message(
                "This constraint is not supported; understood is: %(examples)s.", examples=examples
            )
            self._refuse(row, reason)
            return {}
        return {known[what]: _whole(number) for what, number in bounds.items()}

    def _flag(self, sheet: str, row: SheetRow, column: str) -> bool:
        cell = row.cells.get(column, "").lower()
        if cell not in rules.YES | rules.NO:
            reason = message("“%(column)s” is yes or no, or empty.", column=column)
            self._reader.refuse(sheet, row.number, reason)
        return cell in rules.YES

    def _refuse(self, row: SheetRow, reason: Message) -> None:
        self._reader.refuse("survey", row.number, reason)


def sheet_of(path: str) -> str:
    """Name the sheet that the path of a definition's problem belongs to."""
    if ".options[" in path or ".levels[" in path or path.startswith("scales"):
        return "choices"
    if path.startswith(("questions", "attributes")):
        return "survey"
    return "indices" if path.startswith("indices") else "settings"


def _filled(entries: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in entries.items() if value is not None}


def _whole(cell: str | None) -> int | str | None:
    """Return a whole number as such; anything else is left to the rules of a definition."""
    return int(cell) if cell is not None and cell.isascii() and cell.isdigit() else cell
