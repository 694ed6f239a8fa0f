"""A year's holidays as a table: CSV or XLSX with the columns day, kind and name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

from surveyapp.domain.errors import BadInput
from surveyapp.domain.messages import message
from surveyapp.services.tabular import open_table

_COLUMNS: Mapping[str, str] = {
    "day": "day",
    "日期": "day",
    "kind": "kind",
    "类型": "kind",
    "name": "name",
    "名称": "name",
}
_KINDS: Mapping[str, bool] = {
    "holiday": False,
    "放假": False,
    "休": False,
    "workday": True,
    "上班": True,
    "班": True,
}


def read_days(path: Path) -> Iterator[tuple[date, bool, str]]:
    """Yield (day, is it worked, name) of each row.

    Raises
    ------
    BadInput
        The file cannot be read, a column is missing, or a cell cannot be used.
    """
    table = open_table(path)
    columns = [_COLUMNS.get(name.strip().lower()) for name in table.header]
    if not {"day", "kind"} <= set(columns):
        raise BadInput(
            message("The table needs the columns day (日期) and kind (类型: 放假 or 上班).")
        )
    for line, cells in table.rows():
        row = dict(zip(columns, cells, strict=False))
        kind = _KINDS.get(row.get("kind", "").lower())
        try:
            day = date.fromisoformat(row.get("day", "").replace("/", "-"))
        except ValueError:
            raise BadInput(
                message("Line %(line)s: write the day like 2027-10-01.", line=line)
            ) from None
        if kind is None:
            raise BadInput(
                message("Line %(line)s: the kind is 放假 (holiday) or 上班 (workday).", line=line)
            )
        yield day, kind, row.get("name", "")
