"""Style and script that travel inside the page, and the hashes that let a browser run just them.

The citizen's page is one request: everything it needs stands in it. The Content-Security-Policy
names each inlined text by its SHA-256, so nothing else can run, not even text that slipped in.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from flask import g
from markupsafe import Markup

STATIC = Path(__file__).parent / "static"


@dataclass(frozen=True, slots=True)
class Inline:
    """A text for ``<style>`` or ``<script>``, and its source expression for the policy."""

    text: Markup
    source: str

    @classmethod
    def of(cls, text: str) -> Inline:
        """Hash a text exactly as it will stand between the tags."""
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        return cls(Markup(text), f"'sha256-{digest}'")  # noqa: S704 our own files, not input


def _compact(text: str) -> str:
    """Leave out comments and indentation: whatever else could be saved, gzip saves."""
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    return "\n".join(line.strip() for line in text.splitlines() if line.strip())


def load(name: str) -> Inline:
    """Read a file of ``static`` for inlining."""
    return Inline.of(_compact((STATIC / name).read_text(encoding="utf-8")))


PUBLIC_STYLE = load("respond/page.css")
FORM_SCRIPT = load("respond/form.js")
PROOF_SCRIPT = load("respond/proof.js")
ELDER_STYLE = load("respond/elder.css")
READ_ALOUD_SCRIPT = load("respond/elder.js")
BALLOT_STYLE = load("respond/ballot.css")
BALLOT_SCRIPT = load("respond/ballot.js")
KIOSK_STYLE = load("respond/kiosk.css")
KIOSK_SCRIPT = load("respond/kiosk.js")


def allow_own_requests() -> None:
    """Let the script of this response tell our own server something, and nobody else."""
    g.own_requests = True


def allow_own_pictures() -> None:
    """Let this response show pictures of our own."""
    g.own_pictures = True


def allow_style(style: Inline) -> Markup:
    """Let this response carry one more inlined style; returns its text for the template."""
    g.setdefault("style_sources", []).append(style.source)
    return style.text


def allow_script(script: Inline) -> Markup:
    """Let this response carry one more inlined script; returns its text for the template."""
    g.setdefault("script_sources", []).append(script.source)
    return script.text
