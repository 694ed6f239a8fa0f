"""Files that come up and go down: names in Chinese, sizes within bounds."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from flask import Response, make_response, request
from werkzeug.datastructures import FileStorage

from surveyapp.domain.errors import BadInput
from surveyapp.domain.messages import message
from surveyapp.services.cases.views import FileContent

_LONGEST_NAME = 120
_UNTRUSTED = "default-src 'none'; sandbox"
# What Windows allows in no file name reads nearly the same in full width, as Chinese text has it.
_FORBIDDEN = {letter: chr(ord(letter) + 0xFEE0) for letter in '/\\:*?"<>|'}


def as_download(content: bytes, name: str, media_type: str) -> Response:
    """Return a file for the browser to save, under a name that may be Chinese (RFC 5987)."""
    response = make_response(content)
    response.headers["Content-Type"] = media_type
    response.headers["Content-Disposition"] = disposition(name)
    response.headers["Cache-Control"] = "no-store"
    return response


def handed_out(file: FileContent) -> Response:
    """Return evidence for the browser to save and never to show or to run."""
    response = as_download(file.content, safe_name(file.file_name), file.media_type)
    response.headers["Content-Security-Policy"] = _UNTRUSTED
    return response


def disposition(name: str) -> str:
    """Write the header that names a download."""
    name = "".join(_FORBIDDEN.get(letter, letter) for letter in name if letter.isprintable())
    ascii_name = name.encode("ascii", "replace").decode().replace("?", " ")
    stem, dot, ending = ascii_name.rpartition(".")
    plain = f"{' '.join(stem.split()).strip(' -_') or 'download'}{dot}{ending}"
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def safe_name(given: str | None) -> str:
    """Return a file name without any path and without anything that cannot be printed."""
    last = (given or "").replace("\\", "/").rpartition("/")[2]
    kept = "".join(letter for letter in last if letter.isprintable()).strip(" .")
    path = Path(kept or "file")
    return f"{path.stem[:_LONGEST_NAME]}{path.suffix[:20]}"


def uploaded(field: str = "file") -> FileStorage:
    """Return the file that was uploaded.

    Raises
    ------
    BadInput
        None was chosen.
    """
    file = request.files.get(field)
    if file is None or not file.filename:
        raise BadInput(message("Choose a file first."))
    return file
