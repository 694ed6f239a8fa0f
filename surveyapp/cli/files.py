"""Files a command writes: whole, or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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


@contextmanager
def write_secret(path: Path) -> Iterator[Callable[[bytes], int]]:
    """Open a new file for its owner alone before anything is made that must not get lost.

    Raises
    ------
    BadInput
        There is no folder for it, or a file of this name exists: it might be live slips.
    """
    require_folder(path)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise BadInput(
            message("“%(file)s” exists already: choose another name.", file=path)
        ) from None
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file.write
            file.flush()
            os.fsync(descriptor)
    except BaseException:
        path.unlink()
        raise


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
