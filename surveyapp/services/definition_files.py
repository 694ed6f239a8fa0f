"""Definition files as people upload them: YAML or an XLSForm workbook, into one `Definition`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final

from surveyapp.domain.definition import parse_definition
from surveyapp.domain.errors import BadInput, InvalidDefinition, Problem
from surveyapp.domain.messages import message
from surveyapp.domain.reading import LineOf
from surveyapp.domain.survey import Definition
from surveyapp.services.xlsforms.workbook import XlsForm, sheet_of
from surveyapp.services.yaml_documents import YamlDocument, text_of_file

MAX_BYTES: Final = 1_000_000
"""Size limit of a definition file."""

_WORKBOOK_SIGNATURE: Final = b"PK\x03\x04"
_OLD_WORKBOOK_SIGNATURE: Final = b"\xd0\xcf\x11\xe0"


def _as_it_is(content: Any) -> Any:
    return content


def read_definition(
    data: bytes, name: str, *, adapt: Callable[[Any], Any] = _as_it_is
) -> Definition:
    """Read a definition file.

    Parameters
    ----------
    data : bytes
        The whole file, at most `MAX_BYTES`.
    name : str
        Its name, only for the messages; what the file is shows in its content.
    adapt : callable, optional
        Completes the content before it is judged: for templates that leave something open.

    Returns
    -------
    Definition
        Complete and consistent.

    Raises
    ------
    BadInput
        The file as a whole cannot be read: too large, not UTF-8, no workbook.
    InvalidDefinition
        With all problems at once, each with its line (YAML) or its sheet and row (workbook).
    """
    if len(data) > MAX_BYTES:
        raise BadInput(
            message("“%(name)s” is larger than 1 MB, too large for a questionnaire.", name=name)
        )
    if data.startswith(_OLD_WORKBOOK_SIGNATURE):
        raise BadInput(
            message("“%(name)s” is an old Excel file (.xls); save it as .xlsx.", name=name)
        )
    if data.startswith(_WORKBOOK_SIGNATURE):
        return _from_workbook(data)
    return _from_yaml(data, name, adapt)


def _from_yaml(data: bytes, name: str, adapt: Callable[[Any], Any]) -> Definition:
    document = YamlDocument(text_of_file(data, name))
    return _checked(adapt(document.content), document.line_of, document.problems)


def _from_workbook(data: bytes) -> Definition:
    form = XlsForm(data)
    return _checked(form.document, form.line_of, form.problems, in_sheet=True)


def _checked(
    content: Any, line_of: LineOf, found: Sequence[Problem], *, in_sheet: bool = False
) -> Definition:
    """Parse a document; what its file was refused for and what its content is come out together."""
    problems = list(found)
    try:
        definition = parse_definition(content, line_of=line_of)
    except InvalidDefinition as error:
        problems += [_named_by_sheet(one) if in_sheet else one for one in error.problems]
    else:
        if not problems:
            return definition
    once = {
        (one.path if in_sheet else "", one.line or 0, one.path, str(one.message)): one
        for one in problems
    }
    raise InvalidDefinition(tuple(once[key] for key in sorted(once)))


def _named_by_sheet(problem: Problem) -> Problem:
    """Put the sheet where the path was: beside a row number it is what helps."""
    return replace(problem, path=sheet_of(problem.path))
