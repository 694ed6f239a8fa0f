"""Files beside population margins: a table to fill in, the margins of a set, the weights."""

from __future__ import annotations

import codecs
import io
from collections.abc import Sequence

from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from surveyapp.domain.margins import JOINT, Measure, PopulationMargins, levels_named
from surveyapp.domain.masking import neutral
from surveyapp.domain.messages import message
from surveyapp.domain.scales import Level
from surveyapp.domain.survey import UNKNOWN, Attribute, Definition
from surveyapp.domain.tallying import WEIGHT
from surveyapp.domain.text import Language
from surveyapp.language import translate
from surveyapp.services.exports.files import csv_line, xlsx_text
from surveyapp.services.exports.tables import Column, Content, Sheet, Value
from surveyapp.services.results.sample_weights import Calibrated

_HEADINGS = {
    "zh": ("变量", "类别", "比例", "变量名称", "类别名称"),
    "en": ("variable", "level", "share", "name of the variable", "name of the level"),
}
_TEXT = "@"


def margins_template(definition: Definition, language: Language, file_format: str) -> bytes:
    """Make a table of margins to fill in: every level of every attribute, without its share.

    Parameters
    ----------
    file_format : {"csv", "xlsx"}
    """
    rows = [
        (
            attribute.key,
            _name(attribute, level),
            "",
            attribute.heading.in_language(language),
            level.label.in_language(language),
        )
        for attribute in definition.attributes
        for level in attribute.levels
    ]
    table = [_HEADINGS[language], *rows]
    if file_format == "csv":
        return _csv(table)
    return _workbook(table)


def _name(attribute: Attribute, level: Level) -> str:
    """Return what the level may be called without meaning another one: its key if possible."""
    for name in (level.key, level.code, level.label.zh, level.label.en):
        if levels_named((attribute,), name) == ((level.key,),):
            return name
    return level.key


def _workbook(table: Sequence[Sequence[str]]) -> bytes:
    """Write texts as such: a spreadsheet must not take 1-2 for a day."""
    workbook = Workbook()
    sheet = workbook.worksheets[0]
    for line, row in enumerate(table, start=1):
        for place, text in enumerate(row, start=1):
            cell = sheet.cell(line, place)
            if text:
                cell.value = xlsx_text(text)
                cell.data_type = "s"
                cell.number_format = _TEXT
            if line == 1:
                cell.font = Font(bold=True)
    for place, width in enumerate((20, 20, 12, 24, 28), start=1):
        sheet.column_dimensions[get_column_letter(place)].width = width
    sheet.freeze_panes = "A2"
    file = io.BytesIO()
    workbook.save(file)
    return file.getvalue()


def margins_csv(margins: PopulationMargins) -> bytes:
    """Write margins as they are stored, in full precision; the file can be set again."""
    rows = [
        (variable.name, JOINT.join(levels), repr(target))
        for variable in margins.variables
        for levels, target in variable.targets.items()
    ]
    measure = "share" if margins.measure is Measure.SHARE else "count"
    return _csv([("variable", "level", measure), *rows])


def _csv(rows: Sequence[Sequence[str]]) -> bytes:
    return codecs.BOM_UTF8 + b"".join(csv_line([neutral(cell) for cell in row]) for row in rows)


def weight_sheet(done: Calibrated, language: Language) -> Sheet | None:
    """Return the weight of each cell of the sample; None where the margins cannot be met.

    Cells are told apart by what weights depend on: the attributes of the margins and the base
    weight.
    """
    if done.weights is None:
        return None
    variables = done.margins.margins.variables
    keys = list(dict.fromkeys(key for variable in variables for key in variable.attributes))
    found: dict[tuple[str, ...], list[float]] = {}
    each = zip(
        done.attributes, done.cells.n, done.cells.base_weight, done.weights.value, strict=True
    )
    for cell, n, base, weight in each:
        name = (*(cell.get(key, UNKNOWN) for key in keys), cell[WEIGHT])
        row = found.setdefault(name, [0, float(base), float(weight)])
        row[0] += int(n)
    titles = (
        ("n", message("Responses"), Content.WHOLE),
        ("base_weight", message("Base weight"), Content.NUMBER),
        ("g", message("Final weight over base weight"), Content.NUMBER),
        ("weight", message("Final weight"), Content.NUMBER),
    )
    columns = [Column(key, key, Content.WORD) for key in keys]
    columns += [Column(name, translate(title, language), kind) for name, title, kind in titles]
    rows: list[list[Value]] = [
        [*name[:-1], int(n), base, weight / base, weight]
        for name, (n, base, weight) in sorted(found.items())
    ]
    return Sheet(translate(message("Weights"), language), tuple(columns), rows)
