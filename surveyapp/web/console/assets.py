"""Addresses of the console's own files: a file that changed has a new address."""

from __future__ import annotations

import hashlib
from functools import cache

from flask import url_for

from surveyapp.web.assets import STATIC


@cache
def _mark_of(name: str) -> str:
    return hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]


def asset(name: str) -> str:
    """Return the address of a file below ``static/console``, with a mark of its content.

    Browsers keep these files for a month: the mark makes them fetch a new version at once.
    """
    file = f"console/{name}"
    return url_for("static", filename=file, v=_mark_of(file))
