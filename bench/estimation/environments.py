"""Environments for the other libraries, made on first use in build/ and kept there.

They pin packages the product must not depend on; one of them needs an older NumPy. What cannot be
installed here is left out of the benchmark, with the reason.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from bench import ROOT

FOLDER = ROOT / "build" / "bench"
INSTALLATION_SECONDS = 600


class Missing(Exception):
    """A contender cannot run here; says why."""


def python_of(requirement: str) -> Path:
    """Return the interpreter of an environment with one pinned package, made if need be.

    Parameters
    ----------
    requirement : str
        As pip understands it: ``name==version``.

    Raises
    ------
    Missing
        The package could not be installed.
    """
    folder = FOLDER / requirement.replace("==", "-")
    python = folder / "bin" / "python"
    done = folder / ".installed"
    if done.exists():
        return python
    print(f"  installing {requirement} into {folder.relative_to(ROOT)}, once", flush=True)
    shutil.rmtree(folder, ignore_errors=True)
    _run([sys.executable, "-m", "venv", str(folder)])
    _run(
        [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", requirement]
    )
    done.touch()
    return python


def rscript() -> Path:
    """Return R's interpreter with its survey package.

    Raises
    ------
    Missing
        R or one of the packages is not installed.
    """
    found = shutil.which("Rscript")
    if found is None:
        raise Missing("Rscript is not installed (Debian: r-cran-survey, r-cran-mass)")
    _run([found, "-e", "invisible(lapply(c('survey', 'MASS'), loadNamespace))"])
    return Path(found)


def _run(command: list[str]) -> None:
    try:
        subprocess.run(
            command, check=True, capture_output=True, text=True, timeout=INSTALLATION_SECONDS
        )
    except subprocess.TimeoutExpired:
        raise Missing(f"installing took more than {INSTALLATION_SECONDS} s") from None
    except (subprocess.CalledProcessError, OSError) as error:
        words = str(getattr(error, "stderr", "") or error).strip().splitlines()
        raise Missing(words[-1] if words else "failed without a word") from error
