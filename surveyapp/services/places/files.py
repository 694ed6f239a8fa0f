"""Many places at once, from a table: all of them are made, or none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from surveyapp.domain.errors import BadInput
from surveyapp.domain.messages import message
from surveyapp.domain.places import Place, PlaceOrder, rates_named
from surveyapp.domain.roles import Actor
from surveyapp.domain.text import Language, Text
from surveyapp.services.authoring import Authoring
from surveyapp.services.collection.importing import LineError
from surveyapp.services.places.placing import Placing
from surveyapp.services.tables import Column, InvalidTable, missing, read_rows, template

TITLE = Text("评价点", "Places")
COLUMNS = (
    Column(
        "label",
        Text("评价点名称", "Label"),
        message("Stands on the sheet and above the form, such as Window 3."),
        Text("示例：3号窗口", "example: Window 3"),
        required=True,
        also=("名称", "点位名称"),
    ),
    Column(
        "hall",
        Text("大厅", "Hall"),
        message("The hall or platform, as people call it."),
        Text("一楼大厅", "Ground floor"),
        also=("大厅/平台", "平台"),
    ),
    Column(
        "window",
        Text("窗口", "Window"),
        message("The number above the window; figures are split by it."),
        Text("3", "3"),
        also=("窗口号",),
    ),
    Column(
        "subject",
        Text("评价对象编号", "Subject key"),
        message(
            "Key of what is rated. A new key makes a new subject and needs a title."
            " Empty for the whole survey."
        ),
        Text("w3", "w3"),
        also=("评价对象",),
    ),
    Column(
        "subject_title",
        Text("评价对象名称", "Subject title"),
        message("Title of a new subject, such as the department behind the window."),
        Text("不动产登记", "Land registry"),
    ),
    Column(
        "rates",
        Text("评价内容", "What is reviewed"),
        message("办件 (case), 事项 (item), 窗口人员 (person) or 大厅/平台 (hall); may be empty."),
        Text("窗口人员", "person"),
        also=("评什么",),
    ),
)


@dataclass(frozen=True, slots=True)
class PlacePlan:
    """What a table of places would make.

    Attributes
    ----------
    orders : tuple of (PlaceOrder, Text or None)
        With the title of a subject that is new.
    again : int
        Rows whose label is that of a place in use: they would make a second code for it.
    """

    orders: tuple[tuple[PlaceOrder, Text | None], ...]
    again: int


class PlaceFiles:
    """Use cases around tables of places."""

    def __init__(self, authoring: Authoring, placing: Placing) -> None:
        self._authoring = authoring
        self._placing = placing

    def template(self, language: Language) -> bytes:
        """Make the workbook to fill in."""
        return template(TITLE, COLUMNS, language)

    def preview(self, survey_key: str, path: Path) -> PlacePlan:
        """Return what a table would make; nothing is stored.

        Raises
        ------
        NotFound
            No such survey.
        BadInput
            The file cannot be read, or lacks a column.
        InvalidTable
            Rows that cannot be used, all of them at once.
        """
        survey = self._authoring.get(survey_key)
        labels = Counter(
            row.place.label for row in self._placing.of(survey_key) if not row.place.revoked
        )
        titles = {subject.key: subject.title for subject in survey.subjects}
        orders, problems = [], []
        for line, row in read_rows(path, COLUMNS):
            try:
                order = _order(row)
                title = _title(row, order, titles)
            except BadInput as refusal:
                problems.append(LineError(line, refusal.message))
                continue
            if order.subject_key is not None and title is not None:
                titles[order.subject_key] = title
            orders.append((order, title))
        if problems:
            raise InvalidTable(problems)
        again = sum(1 for order, _ in orders if labels[order.label])
        return PlacePlan(tuple(orders), again)

    def apply(
        self, survey_key: str, orders: Sequence[tuple[PlaceOrder, Text | None]], actor: Actor
    ) -> list[Place]:
        """Make the places of a plan, all of them or none.

        Raises
        ------
        NotFound, BadInput
        """
        return self._placing.add_all(survey_key, orders, actor)

    def import_file(self, survey_key: str, path: Path, actor: Actor) -> list[Place]:
        """Make the places of a table.

        Raises
        ------
        NotFound, BadInput, InvalidTable
            As `preview` does.
        """
        return self.apply(survey_key, self.preview(survey_key, path).orders, actor)


def _order(row: dict[str, str]) -> PlaceOrder:
    texts = {column.name: "" for column in COLUMNS} | row
    problem = missing(texts, COLUMNS)
    if problem is not None:
        raise BadInput(problem)
    return PlaceOrder(
        label=texts["label"],
        subject_key=texts["subject"].strip() or None,
        hall=texts["hall"],
        window=texts["window"],
        rates=rates_named(texts["rates"]),
    ).checked()


def _title(row: dict[str, str], order: PlaceOrder, titles: dict[str, Text]) -> Text | None:
    """Return the title of a subject that is new.

    Raises
    ------
    BadInput
    """
    key, title = order.subject_key, " ".join(row.get("subject_title", "").split())
    if key is None or key in titles:
        return None
    if not title or len(title) > 200 or len(key) > 64 or "|" in key or ";" in key:
        raise BadInput(
            message(
                "The survey rates no “%(key)s”: a new subject needs a title, and a key of at most"
                " 64 characters without “;” and “|”.",
                key=key[:80],
            )
        )
    return Text.same(title)
