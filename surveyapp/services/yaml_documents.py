"""Reading YAML strictly: plain data, the line of every entry, and every problem noticed.

Only what a definition needs is understood: mappings, lists and scalars. Aliases are refused (a few
lines of them can stand for gigabytes), tags too, and a key given twice is an error instead of a
silent choice. Scalars follow YAML 1.2, not 1.1: ``yes``, ``no`` and ``on`` are words, dates are
text, and so are numbers with decimals, which stay exact this way.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import yaml

from surveyapp.domain.errors import BadInput, InvalidDefinition, Problem
from surveyapp.domain.messages import Message, message
from surveyapp.domain.reading import Path, written

MAX_DEPTH: Final = 20
_WHOLE: Final = re.compile(r"-?(0|[1-9][0-9]{0,17})")
_WORDS: Final = {"": None, "~": None, "null": None, "true": True, "false": False}
_NOT_TEXT: Final = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class YamlDocument:
    """One YAML document as plain data.

    Attributes
    ----------
    content : object
        Mappings with text keys, lists, text, whole numbers, truth values and None.
    problems : list of Problem
        What is wrong although the document could be read to its end.
    """

    def __init__(self, text: str) -> None:
        """Read a document.

        Raises
        ------
        InvalidDefinition
            The text is not YAML, so that nothing after the mistake can be judged.
        """
        self.problems: list[Problem] = []
        self._lines: dict[Path, int] = {(): 1}
        self._events = _events(text)
        self.content: Any = self._document()

    def line_of(self, path: Path) -> int:
        """Find the line of an entry; of what stands around it where it is not there itself."""
        while path not in self._lines:
            path = path[:-1]
        return self._lines[path]

    def _document(self) -> Any:
        content = None
        documents = 0
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
            elif isinstance(event, yaml.NodeEvent) and documents == 1:
                content = self._value(event, ())
            elif isinstance(event, yaml.NodeEvent):
                raise _stop(event, message("A file holds one document; a second one begins here."))
        return content

    def _value(self, event: Any, path: Path) -> Any:
        if len(path) > MAX_DEPTH:
            raise _stop(event, message("This is nested too deeply."))
        if isinstance(event, yaml.AliasEvent):
            self._refuse(event, path, message("Aliases (*) are not allowed: write it out here."))
            return None
        if event.tag is not None:
            self._refuse(event, path, message("Tags (!) are not allowed here."))
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(path)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._list(path)
        return _scalar(event)

    def _mapping(self, path: Path) -> dict[str, Any]:
        entries: dict[str, Any] = {}
        while not isinstance(key_event := next(self._events), yaml.MappingEndEvent):
            if not isinstance(key_event, yaml.ScalarEvent):
                raise _stop(key_event, message("The name before a colon has to be plain text."))
            key = key_event.value.strip()
            place = (*path, key)
            if key in entries:
                self._refuse(
                    key_event,
                    place,
                    message(
                        "“%(key)s” stands here a second time; the first is in line %(line)s.",
                        key=key,
                        line=self._lines[place],
                    ),
                )
            else:
                self._lines[place] = _line(key_event)
            entries[key] = self._value(next(self._events), place)
        return entries

    def _list(self, path: Path) -> list[Any]:
        entries: list[Any] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            place = (*path, len(entries))
            self._lines[place] = _line(event)
            entries.append(self._value(event, place))
        return entries

    def _refuse(self, event: yaml.Event, path: Path, reason: Message) -> None:
        self.problems.append(Problem(_line(event), written(path), reason))


def text_of_file(data: bytes, name: str) -> str:
    """Return the text of a YAML file.

    Parameters
    ----------
    name : str
        Of the file, for the messages.

    Raises
    ------
    BadInput
        It is not UTF-8, or empty.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise BadInput(
            message(
                "“%(name)s” is not UTF-8 text (line %(line)s); save it again as UTF-8.",
                name=name,
                line=line,
            )
        ) from None
    if not text.strip():
        raise BadInput(message("“%(name)s” is empty.", name=name))
    return text


def _events(text: str) -> Iterator[Any]:
    """Yield the parser's events; a mistake in the YAML itself becomes one problem."""
    if wrong := _NOT_TEXT.search(text):
        line = text.count("\n", 0, wrong.start()) + 1
        raise InvalidDefinition(
            (Problem(line, "", message("There is a character here that is no text.")),)
        )
    try:
        yield from yaml.parse(text, Loader=yaml.CSafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        reason = message(
            "From here on this is not valid YAML; check the indentation, colons, quotation marks"
            " and brackets (%(reason)s).",
            reason=error.problem,
        )
        place = None if mark is None else mark.line + 1
        raise InvalidDefinition((Problem(place, "", reason),)) from None


def _scalar(event: Any) -> Any:
    text: str = event.value
    is_plain = event.implicit[0]
    if not is_plain:
        return text
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    return int(text) if _WHOLE.fullmatch(text) else text


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1


def _stop(event: yaml.Event, reason: Message) -> InvalidDefinition:
    return InvalidDefinition((Problem(_line(event), "", reason),))
