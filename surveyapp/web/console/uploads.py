"""Tables that are uploaded: read from a folder that is gone afterwards."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from surveyapp.web.console.files import safe_name, uploaded

UPLOAD_BYTES = 5 * 1024 * 1024
SHOWN_PROBLEMS = 100
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@contextmanager
def uploaded_table() -> Iterator[Path]:
    """Yield where the file that was uploaded lies, for as long as the block lasts.

    Raises
    ------
    BadInput
        None was chosen.
    """
    file = uploaded()
    with tempfile.TemporaryDirectory(prefix="surveyapp-") as folder:
        path = Path(folder) / safe_name(file.filename)
        file.save(path)
        yield path
