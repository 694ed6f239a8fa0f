"""Ready-made survey definitions and demo data, shipped inside the package.

`templates/` holds definitions that an office adapts; `exchange/` describes platforms that reviews
are handed over to; `schemes/` holds schemes of assessment: structures without numbers after public
reports, and two that were published with theirs; `demo/` holds the surveys, the data files and the
organisation of the demo, with their provenance in `demo/README.md`.
"""

from __future__ import annotations

from importlib.resources import as_file, files
from pathlib import Path
from typing import Final

TEMPLATE_NAMES: Final = (
    "service-review",
    "eco-environment",
    "public-services",
    "public-safety",
    "business-environment",
    "team-evaluation",
    "cadre-evaluation",
    "selection-review",
    "annual-evaluation",
)

EXCHANGE_NAMES: Final = ("gbt39046", "provincial")

SCHEME_PRESETS: Final = ("hebei", "chongqing", "henan", "chuxiong", "ankang")

SCHEME_EXAMPLES: Final = ("wenzhou-county-2012", "ruian-2012")

_ROOT: Final = files(__name__)


def template_names() -> tuple[str, ...]:
    """Name the templates, in the order in which they are offered."""
    return TEMPLATE_NAMES


def template_bytes(name: str) -> bytes:
    """Read one template, a definition file in YAML.

    Raises
    ------
    KeyError
        There is no template of this name.
    """
    if name not in TEMPLATE_NAMES:
        raise KeyError(name)
    return _ROOT.joinpath("templates", f"{name}.yaml").read_bytes()


def exchange_names() -> tuple[str, ...]:
    """Name the platforms reviews can be handed over to."""
    return EXCHANGE_NAMES


def exchange_bytes(name: str) -> bytes:
    """Read the description of one of these platforms, in YAML.

    Raises
    ------
    KeyError
        There is none of this name.
    """
    if name not in EXCHANGE_NAMES:
        raise KeyError(name)
    return _ROOT.joinpath("exchange", f"{name}.yaml").read_bytes()


def demo_path(name: str) -> Path:
    """Locate one file of the demo on disk, for example ``"yuxi_2007.csv"``.

    Raises
    ------
    KeyError
        The demo has no such file.
    """
    resource = _ROOT.joinpath("demo", name)
    if Path(name).name != name or not resource.is_file():
        raise KeyError(name)
    with as_file(resource) as path:
        return path


def scheme_bytes(name: str) -> bytes:
    """Read the structure of a scheme after a public report, or a published one, in YAML.

    Raises
    ------
    KeyError
        There is none of this name.
    """
    if name not in SCHEME_PRESETS + SCHEME_EXAMPLES:
        raise KeyError(name)
    return _ROOT.joinpath("schemes", f"{name}.yaml").read_bytes()
