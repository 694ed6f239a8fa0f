"""The file of a scheme: YAML, read strictly."""

from __future__ import annotations

from typing import Any, Final

from surveyapp.domain.errors import BadInput, InvalidDefinition
from surveyapp.domain.messages import message
from surveyapp.domain.reading import LineOf
from surveyapp.services.yaml_documents import YamlDocument

MAX_BYTES: Final = 500_000
"""Size limit of the file of a scheme."""


def read_yaml(data: bytes, name: str) -> tuple[Any, LineOf]:
    """Read the YAML file of a scheme.

    Raises
    ------
    BadInput, InvalidDefinition
    """
    if len(data) > MAX_BYTES:
        raise BadInput(message("“%(name)s” is larger than 500 kB, too large here.", name=name))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadInput(
            message("“%(name)s” is not UTF-8 text; save it again as UTF-8.", name=name)
        ) from None
    if not text.strip():
        raise BadInput(message("“%(name)s” is empty.", name=name))
    document = YamlDocument(text)
    if document.problems:
        raise InvalidDefinition(tuple(document.problems))
    return document.content, document.line_of
