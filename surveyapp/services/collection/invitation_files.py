"""Links from a table: one for each service case or person, handed back beside its row.

Columns nobody knows, such as a telephone number, are handed back as they came and stored nowhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from pathlib import Path

from surveyapp.domain.duty import read_moment
from surveyapp.domain.errors import BadInput
from surveyapp.domain.messages import message
from surveyapp.domain.roles import Actor
from surveyapp.domain.survey import Definition, Kind
from surveyapp.domain.text import Language, Text
from surveyapp.language import translate
from surveyapp.services.authoring import Authoring
from surveyapp.services.collection.importing import LineError
from surveyapp.services.collection.inviting import (
    InvalidInvitations,
    Invitation,
    InvitationOrder,
    Inviting,
)
from surveyapp.services.tables import (
    Column,
    InvalidTable,
    find_columns,
    missing,
    rows_of,
    template,
    workbook_of,
)
from surveyapp.services.tabular import open_table

TITLE = Text("评价链接", "Links")
LINK, SAME = message("Link"), message("Link made before")
_SUBJECT = Column(
    "subject",
    Text("评价对象编号", "Subject key"),
    message("Key of what is rated; empty for the whole survey."),
    Text("w3", "w3"),
    also=("评价对象",),
)
_EXPIRES = Column(
    "expires_at",
    Text("有效期至", "Good until"),
    message("Last day, or day and time, such as 2026-12-31; empty for no end."),
    Text("2026-12-31", "2026-12-31"),
)
CASE_COLUMNS = (
    Column(
        "case_number",
        Text("办件编号", "Case number"),
        message("Number of the service case: it has one link, and at most two reviews."),
        Text("示例：511000-2026-000017", "example: 511000-2026-000017"),
        required=True,
        also=("办件号", "受理编号"),
    ),
    _SUBJECT,
    Column(
        "item_code",
        Text("事项编码", "Item code"),
        message("Code of the service item."),
        Text("0101", "0101"),
    ),
    Column(
        "item_name",
        Text("事项名称", "Item name"),
        message("Name of the service item: the citizen reads it above the form."),
        Text("食品经营许可", "Food business licence"),
    ),
    Column(
        "window",
        Text("窗口", "Window"),
        message("Where the case was handled."),
        Text("3", "3"),
        also=("窗口号",),
    ),
    Column(
        "staff_number",
        Text("工号", "Staff number"),
        message("Who handled the case."),
        Text("0107", "0107"),
    ),
    _EXPIRES,
)
WEIGHT = Column(
    "base_weight",
    Text("设计权重", "Base weight"),
    message("The weight of the sampling design, a number above 0; empty for 1."),
    Text("2.5", "2.5"),
    also=("权重", "weight"),
)


@dataclass(frozen=True, slots=True)
class MadeLinks:
    """The links of a table.

    Attributes
    ----------
    headings, rows : sequence of str
        What came in, row by row.
    links : tuple of Invitation
        In the order of the rows.
    kept_aside : tuple of str
        Headings of columns that were handed back and stored nowhere.
    """

    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    links: tuple[Invitation, ...]
    kept_aside: tuple[str, ...]

    @property
    def new(self) -> int:
        """How many of the links are new."""
        return sum(link.is_new for link in self.links)


class InvitationFiles:
    """Use cases around tables of links."""

    def __init__(self, authoring: Authoring, inviting: Inviting, timezone: tzinfo) -> None:
        self._authoring = authoring
        self._inviting = inviting
        self._timezone = timezone

    def columns(self, survey_key: str) -> tuple[Column, ...]:
        """Return the columns a table for a survey may have.

        Raises
        ------
        NotFound
        """
        definition = self._authoring.get(survey_key).definition
        if definition.kind is Kind.REVIEW:
            return CASE_COLUMNS
        return (*_attribute_columns(definition), WEIGHT, _SUBJECT, _EXPIRES)

    def template(self, survey_key: str, language: Language) -> bytes:
        """Make the workbook to fill in.

        Raises
        ------
        NotFound
        """
        return template(TITLE, self.columns(survey_key), language)

    def make(self, survey_key: str, path: Path, actor: Actor) -> MadeLinks:
        """Make a link for each row, all of them or none.

        Raises
        ------
        NotFound, Conflict
            No such survey; it is not in use.
        BadInput
            The file cannot be read, or lacks a column.
        InvalidTable
            Rows that cannot be used, all of them at once.
        """
        columns = self.columns(survey_key)
        known = {column.name for column in columns}
        attributes = known - {column.name for column in (*CASE_COLUMNS, WEIGHT)}
        table = open_table(path)
        names = find_columns(table, columns, others=True)
        if not known & set(names):
            raise BadInput(
                message(
                    "Line 1: the table needs at least one of the columns %(columns)s.",
                    columns="、".join(column.heading.zh for column in columns),
                )
            )
        orders, problems, rows = [], [], []
        for line, row in rows_of(table, names):
            try:
                orders.append((line, self._order(row, columns, attributes)))
                rows.append(tuple(row[name] for name in names))
            except BadInput as refusal:
                problems.append(LineError(line, refusal.message))
        if problems:
            raise InvalidTable(problems)
        try:
            links = self._inviting.create_all(survey_key, orders, actor)
        except InvalidInvitations as refusal:
            raise InvalidTable(refusal.problems) from refusal
        kept_aside = tuple(name for name in names if name not in known)
        return MadeLinks(table.header, tuple(rows), tuple(links), kept_aside)

    def _order(
        self, row: dict[str, str], columns: Sequence[Column], attributes: set[str]
    ) -> InvitationOrder:
        texts = {column.name: "" for column in columns} | row
        problem = missing(texts, columns)
        if problem is not None:
            raise BadInput(problem)
        return InvitationOrder(
            case_number=texts.get("case_number") or None,
            subject_key=texts["subject"] or None,
            item_code=texts.get("item_code") or None,
            item_name=texts.get("item_name") or None,
            window=texts.get("window") or None,
            staff_number=texts.get("staff_number") or None,
            attributes={name: texts[name] for name in sorted(attributes) if texts[name]},
            base_weight=texts.get("base_weight") or None,
            expires_at=self._end(texts["expires_at"]),
        )

    def _end(self, text: str) -> datetime | None:
        """Return when a link ends: a day alone holds to its last second."""
        if not text:
            return None
        moment = read_moment(text, self._timezone)
        return moment + timedelta(days=1) if moment.time() == time.min else moment


def _attribute_columns(definition: Definition) -> tuple[Column, ...]:
    return tuple(
        Column(
            attribute.key,
            attribute.title,
            message("Key of the level, as the definition has it: all that is kept of the person."),
            Text.same(attribute.levels[0].key),
        )
        for attribute in definition.attributes
    )


def links_workbook(made: MadeLinks, language: Language) -> bytes:
    """Write what came in with the link beside each row, for the office's own messages."""
    headings = [*made.headings, translate(LINK, language), translate(SAME, language)]
    rows = [
        [*row, link.url, "" if link.is_new else "✓"]
        for row, link in zip(made.rows, made.links, strict=True)
    ]
    return workbook_of(TITLE, headings, rows, language)
