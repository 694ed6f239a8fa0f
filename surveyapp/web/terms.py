"""What the data name by keys, in words."""

from __future__ import annotations

from datetime import date

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from surveyapp.domain.survey import Standing
from surveyapp.web.locale import day_text

STANDINGS: dict[str, LazyString] = {
    Standing.COUNTED: _l("counted"),
    Standing.FLAGGED: _l("flagged"),
    Standing.EXCLUDED: _l("excluded"),
    Standing.REPLACED: _l("replaced by a later answer"),
    Standing.REHEARSAL: _l("rehearsal"),
}

MODES: dict[str, LazyString] = {
    "open": _l("Open form"),
    "imported": _l("Imported"),
    "phone": _l("Telephone"),
    "paper": _l("Paper"),
    "mail": _l("Mail"),
    "web": _l("Web"),
}


def standing_text(standing: str) -> LazyString | str:
    """Name a standing."""
    return STANDINGS.get(standing, standing)


def mode_text(mode: str) -> LazyString | str:
    """Name a mode of collection; one that a file brought along keeps its own name."""
    return MODES.get(mode, mode)


def iso_day_text(day: str) -> str:
    """Write a day that is kept as text, 2026-11-21, as people read it."""
    return day_text(date.fromisoformat(day))
