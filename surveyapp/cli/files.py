"""Files a command writes: whole, or not at all."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import NamedTemporaryFile

from surveyapp.domain.errors import BadInput
from surveyapp.domain.messages import message


def require_folder(path: Path) -> None:
    """Refuse to write where there is no folder, before anything is computed.

    Raises
    ------
    BadInput
    """
    if not path.absolute().parent.is_dir():
        raise BadInput(message("There is no folder for “%(file)s”.", file=path))


def write_whole(path: Path, content: bytes) -> None:
    """Write a file in one step; what stood there before stays until then."""
    require_folder(path)
    with NamedTemporaryFile(
        dir=path.parent, prefix=f".{path.stem}.", suffix=path.suffix, delete=False
    ) as file:
        draft = Path(file.name)
        file.write(content)
    try:
        draft.chmod(0o666 & ~_umask())
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
