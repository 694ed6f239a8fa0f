"""What goes on paper and screens at a place: QR codes, and sheets of A4 to hang up.

Level Q of error correction: a quarter of the code may be dirty, torn or covered.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from io import BytesIO
from itertools import groupby
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import qrcode
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from qrcode.constants import ERROR_CORRECT_Q
from qrcode.image.pil import PilImage

from surveyapp.domain import codes
from surveyapp.domain.errors import Conflict
from surveyapp.domain.layouts import PAPERS, Layout
from surveyapp.domain.messages import Message, message
from surveyapp.domain.survey import Definition, Kind, Status
from surveyapp.domain.text import Language, Text
from surveyapp.language import translate
from surveyapp.services.authoring import Authoring, SurveyDetail
from surveyapp.services.places.placing import PlaceRow, Placing
from surveyapp.services.results.reporting import SIMULATED
from surveyapp.storage.database import Database

QUIET_ZONE: Final = 4
"""Modules of white around a code, as ISO/IEC 18004 asks."""

PNG_PIXELS: Final = 1000
"""A downloaded picture has at least this many pixels a side."""

_TEMPLATES = Path(__file__).resolve().parents[3] / "templates" / "print"
_BLACK_ON_WHITE = "\x1b[38;5;16;48;5;231m"
_RESET = "\x1b[0m"
# Upper and lower half of a character cell, dark modules drawn.
_HALVES = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}
_SHORT_LABEL, _MIDDLE_LABEL, _LONG_LABEL = 9, 18, 40

_CALLS = {
    Kind.REVIEW: message("Scan to rate this service"),
    Kind.SATISFACTION: message("Scan to take part in the survey"),
}


@dataclass(frozen=True, slots=True)
class PlaceSheet:
    """One page: everything that stands on the sheet of one place.

    Attributes
    ----------
    label : str
        Name of the window or place.
    where : str
        Hall and window, as far as the label does not name them; may be empty.
    address : str
        What a person types who cannot scan: the address without its scheme where the browser adds
        the right one by itself.
    size : {"short", "middle", "long", "full"}
        How large the label can stand.
    """

    title: Text
    office: Text | None
    contact: Text | None
    call: Message
    label: str
    where: str
    subject: Text | None
    qr: str
    address: str
    code: str
    size: str


@dataclass(frozen=True, slots=True)
class PrintedSheets:
    """A document to print.

    Attributes
    ----------
    html : str
        A whole page that needs no other file.
    style : str
        What stands in its one ``style`` element: a strict policy names its hash.
    count : int
        Number of sheets.
    """

    html: str
    style: str
    count: int


class Printing:
    """Use cases around paper."""

    def __init__(self, database: Database, authoring: Authoring, placing: Placing) -> None:
        self._database = database
        self._authoring = authoring
        self._placing = placing
        self._templates = print_templates()

    def place_sheets(
        self,
        survey_key: str,
        only: Collection[str] | None = None,
        layout: Layout = Layout.STAND,
    ) -> PrintedSheets:
        """Make a sheet, card or label for each place of a survey whose code is valid.

        Parameters
        ----------
        survey_key : str
            The survey.
        only : collection of str, optional
            Codes of the places to print; all if not given.
        layout : Layout
            A stand has a page of A4 for itself.

        Raises
        ------
        NotFound
            There is no such survey.
        Conflict
            There is no place to print.
        """
        detail = self._authoring.get(survey_key)
        wanted = None if only is None else {codes.normalise(one, codes.PLACE_BITS) for one in only}
        sheets = [
            _sheet(detail.definition, row)
            for row in self._placing.of(survey_key)
            if not row.place.revoked and (wanted is None or row.place.code in wanted)
        ]
        if not sheets:
            raise Conflict(
                message("“%(key)s” has no place to print: add one first.", key=survey_key)
            )
        return self._printed(detail, sheets, layout)

    def link_cards(self, survey_key: str, links: Sequence[tuple[str, str]]) -> PrintedSheets:
        """Make a card to cut out for each link.

        Parameters
        ----------
        links : sequence of (label, url)
            What the office calls it, such as the number of the service case.

        Raises
        ------
        NotFound
            There is no such survey.
        """
        detail = self._authoring.get(survey_key)
        cards = [_link_card(detail.definition, label, url) for label, url in links]
        return self._printed(detail, cards, Layout.SHEET)

    def _printed(
        self, detail: SurveyDetail, sheets: Sequence[PlaceSheet], layout: Layout
    ) -> PrintedSheets:
        name = "places" if layout is Layout.STAND else "codes"
        size = PAPERS[layout].per_page
        style = self._templates.get_template(f"{name}.css").render()
        html = self._templates.get_template(f"{name}.html").render(
            title=detail.definition.title,
            sheets=sheets,
            pages=[sheets[start : start + size] for start in range(0, len(sheets), size)],
            layout=layout,
            style=style,
            in_use=detail.summary.status is Status.OPEN,
            simulated=SIMULATED if self._database.is_simulated() else None,
        )
        return PrintedSheets(html, style, len(sheets))


def print_templates() -> Environment:
    """Return the templates of everything that is printed, in both languages."""
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["_"] = message
    environment.filters["zh"] = lambda text: _in_language(text, "zh")
    environment.filters["en"] = lambda text: _in_language(text, "en")
    return environment


def _in_language(text: Text | Message, language: Language) -> str:
    return text.in_language(language) if isinstance(text, Text) else translate(text, language)


def _sheet(definition: Definition, row: PlaceRow) -> PlaceSheet:
    place = row.place
    subject = row.subject_title
    return PlaceSheet(
        title=definition.title,
        office=definition.office,
        contact=definition.contact,
        call=_CALLS[definition.kind],
        label=place.label,
        where=" ".join(
            part
            for part in (place.hall, _window_words(place.window))
            if part and part not in place.label
        ),
        subject=subject if subject is not None and subject.zh != place.label else None,
        qr=qr_svg(place.url),
        address=typable(place.url),
        code=codes.grouped(place.code),
        size=_size(place.label),
    )


def _window_words(window: str | None) -> str | None:
    """Write a bare number as the name of a window."""
    return f"{window}号窗口" if window is not None and window.isdigit() else window


def _link_card(definition: Definition, label: str, url: str) -> PlaceSheet:
    return PlaceSheet(
        title=definition.title,
        office=definition.office,
        contact=definition.contact,
        call=_CALLS[definition.kind],
        label=label,
        where="",
        subject=None,
        qr=qr_svg(url),
        address=typable(url),
        code="",
        size=_size(label),
    )


def _size(label: str) -> str:
    width = sum(1 if ord(letter) > 0x2E7F else 0.55 for letter in label)
    for most, size in ((_SHORT_LABEL, "short"), (_MIDDLE_LABEL, "middle"), (_LONG_LABEL, "long")):
        if width <= most:
            return size
    return "full"


def typable(url: str) -> str:
    """Return an address as a person types it.

    Browsers that get no scheme try https or http by themselves, but not on an unusual port.
    """
    parts = urlsplit(url)
    if parts.scheme == "https" and parts.port is None:
        return url.removeprefix("https://")
    return url


def qr_modules(content: str) -> list[list[bool]]:
    """Return the modules of a QR code row by row with its quiet zone; True is dark."""
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_Q, border=QUIET_ZONE)
    code.add_data(content)
    code.make(fit=True)
    return [[bool(module) for module in row] for row in code.get_matrix()]


def qr_svg(content: str) -> str:
    """Draw a QR code as SVG, to stand in a page or in a file of its own.

    It has neither a prolog nor a style: its size comes from where it stands, its colours from
    attributes, so that any policy lets it pass.
    """
    modules = qr_modules(content)
    side = len(modules)
    path = "".join(_runs(y, row) for y, row in enumerate(modules))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}"'
        ' shape-rendering="crispEdges" role="img" focusable="false">'
        f'<path fill="#fff" d="M0 0h{side}v{side}H0z"/><path fill="#000" d="{path}"/></svg>'
    )


def _runs(y: int, row: list[bool]) -> str:
    """Draw each run of dark modules of a row as one rectangle."""
    drawn = []
    x = 0
    for dark, modules in groupby(row):
        n = len(list(modules))
        if dark:
            drawn.append(f"M{x} {y}h{n}v1h-{n}z")
        x += n
    return "".join(drawn)


def qr_png(content: str) -> bytes:
    """Draw a QR code as PNG, at least `PNG_PIXELS` wide, for posters and screens."""
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_Q, border=QUIET_ZONE)
    code.add_data(content)
    code.make(fit=True)
    code.box_size = -(-PNG_PIXELS // (code.modules_count + 2 * QUIET_ZONE))
    file = BytesIO()
    code.make_image(image_factory=PilImage).save(file, "PNG")
    return file.getvalue()


def qr_terminal(content: str, *, colours: bool = True) -> str:
    """Draw a QR code with characters.

    Parameters
    ----------
    colours : bool
        Set black and white outright, so that it scans on dark and on light terminals. Without,
        it is drawn for a dark one.
    """
    modules = qr_modules(content)
    if not colours:
        modules = [[not module for module in row] for row in modules]
    # A QR code has an odd number of rows; two of them share a line.
    modules.append([not colours] * len(modules))
    lines = (
        "".join(_HALVES[pair] for pair in zip(upper, lower, strict=True))
        for upper, lower in zip(modules[::2], modules[1::2], strict=True)
    )
    if colours:
        return "\n".join(f"{_BLACK_ON_WHITE}{line}{_RESET}" for line in lines)
    return "\n".join(lines)
