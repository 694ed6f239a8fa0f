"""Tables of values: the columns people fill in, and the workbook with every value that is due."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import tzinfo
from pathlib import Path

from surveyapp.domain.messages import message
from surveyapp.domain.objective import VALUE_STATUS_NAMES
from surveyapp.domain.organisation import Unit
from surveyapp.domain.periods import Period
from surveyapp.domain.reporting import Person, ValueRow
from surveyapp.domain.scheme import Scheme, SchemeIndicator, Source
from surveyapp.domain.text import Language, Text
from surveyapp.services.assessment.value_views import ValueLine
from surveyapp.services.tables import Column, find_columns, rows_of, workbook_of
from surveyapp.services.tabular import open_table

TITLE = Text("指标填报表", "Values")
COLUMNS = (
    Column(
        "indicator",
        Text("指标", "Indicator"),
        message("Key of the indicator, or its title if no other has the same."),
        Text("示例：gdp-growth", "example: gdp-growth"),
        required=True,
        also=("指标编号", "指标编码", "indicator_key"),
    ),
    Column(
        "unit",
        Text("单位", "Unit"),
        message("Code of the unit that is assessed, or its name if no other has the same."),
        Text("511", "511"),
        required=True,
        also=("单位编码", "被考核单位", "unit_code"),
    ),
    Column(
        "period",
        Text("期间", "Period"),
        message("The month, quarter, half year or year the value belongs to."),
        Text("2026Q1", "2026Q1"),
        required=True,
        also=("时期", "考核期", "周期"),
    ),
    Column(
        "value",
        Text("数值", "Value"),
        message("A plain number in the unit of the indicator; empty where nothing is reported."),
        Text("6.5", "6.5"),
        required=True,
        also=("指标值", "完成值", "实际值"),
    ),
    Column(
        "note",
        Text("说明", "Note"),
        message("How the number came about; may be empty."),
        Text("快报数", "preliminary"),
        also=("备注",),
    ),
)


def _hint(name: str, heading: Text, *also: str) -> Column:
    note = message("For whoever fills the table in; it is not read.")
    return Column(name, heading, note, Text("", ""), also=also)


HINTS = (
    _hint("indicator_title", Text("指标名称", "Title of the indicator"), "指标名称（提示）"),
    _hint("unit_name", Text("单位名称", "Name of the unit")),
    _hint("measure", Text("计量单位", "Unit of measurement")),
)
"""Columns of the workbook that explain its rows; they are not read back."""

ORDER = (
    "indicator",
    "indicator_title",
    "unit",
    "unit_name",
    "period",
    "measure",
    "value",
    "note",
)
_DECIDED = (
    Text("版本", "Version"),
    Text("状态", "State"),
    Text("来源", "Source"),
    Text("填报人", "Reported by"),
    Text("填报日期", "Reported on"),
    Text("核实人", "Second person"),
    Text("核实日期", "Decided on"),
    Text("退回理由", "Reason of the return"),
)


def read_values(path: Path) -> tuple[list[tuple[int, ValueRow]], str]:
    """Return the rows of a file with their lines, and the hash of the file.

    Raises
    ------
    BadInput
        The file cannot be read, a column is unknown or missing, or it has no rows.
    """
    table = open_table(path)
    names = find_columns(table, (*COLUMNS, *HINTS))
    known = [column.name for column in COLUMNS]
    return [
        (line, ValueRow(**{name: row.get(name, "") for name in known}))
        for line, row in rows_of(table, names)
    ], table.sha256


def due_indicators(scheme: Scheme, period: Period, person: Person) -> list[SchemeIndicator]:
    """Return what a person reports for a period: the indicators due in it, in their order."""
    return [
        one
        for one in scheme.indicators
        if one.source is Source.OBJECTIVE
        and one.every is period.length
        and period.year == scheme.year
        and person.may_report(one)
    ]


def values_template(
    scheme: Scheme, period: Period, person: Person, units: Iterable[Unit], language: Language
) -> bytes:
    """Make the workbook to fill in: a row for each value that is due, all cells text."""
    assessed = [unit for unit in units if unit.category == scheme.category]
    rows = [
        [
            indicator.key,
            indicator.title.in_language(language),
            unit.code,
            unit.name,
            str(period),
            indicator.unit.in_language(language) if indicator.unit else "",
            "",
            "",
        ]
        for indicator in due_indicators(scheme, period, person)
        for unit in assessed
    ]
    by_name = {column.name: column for column in (*COLUMNS, *HINTS)}
    headings = [by_name[name].heading.in_language(language) for name in ORDER]
    return workbook_of(TITLE, headings, rows, language)


def values_workbook(lines: Iterable[ValueLine], language: Language, timezone: tzinfo) -> bytes:
    """Write values with their sources and both people (XLSX); all cells are text."""
    rows = [
        [
            one.indicator_key,
            one.indicator.in_language(language),
            one.unit_code,
            one.unit_name,
            str(one.period),
            one.measure.in_language(language) if one.measure else "",
            one.value,
            one.note,
            str(one.version),
            VALUE_STATUS_NAMES[one.status].in_language(language),
            one.source,
            one.reported_by,
            one.reported_at.astimezone(timezone).date().isoformat(),
            one.decided_by or "",
            one.decided_at.astimezone(timezone).date().isoformat() if one.decided_at else "",
            one.decision_note or "",
        ]
        for one in lines
    ]
    by_name = {column.name: column.heading for column in (*COLUMNS, *HINTS)}
    headings = [*(by_name[name] for name in ORDER), *_DECIDED]
    return workbook_of(TITLE, [one.in_language(language) for one in headings], rows, language)
