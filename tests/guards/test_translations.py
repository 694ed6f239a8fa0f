"""Every sentence a person may read exists in Chinese and in English."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_keywords, parse_mapping_cfg
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[2]
LOCALES = ("zh_Hans_CN", "en")
_PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")


def _keywords() -> list[str]:
    """Read which functions take a sentence from where `make translations` reads it."""
    makefile = (ROOT / "Makefile").read_text("utf-8")
    line = re.search(r"^KEYWORDS := (.*)$", makefile, re.MULTILINE)
    assert line
    return re.findall(r"-k (\S+)", line[1])


@cache
def _sentences() -> dict[str | tuple[str, ...], str]:
    """Collect the sentences of the code and the templates with the file they stand in."""
    with (ROOT / "babel.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)  # type: ignore[no-untyped-call]
    found = extract_from_dir(
        str(ROOT), methods, options, keywords=parse_keywords(_keywords()), directory_filter=_is_ours
    )
    return {sentence: f"{name}:{line}" for name, line, sentence, _comments, _context in found}


def _is_ours(folder: str) -> bool:
    return not Path(folder).name.startswith(".")


def _catalogue(locale: str) -> Catalog:
    folder = ROOT / "surveyapp" / "translations" / locale / "LC_MESSAGES"
    with (folder / "messages.po").open("rb") as file:
        return read_po(file, locale=locale)


@pytest.mark.parametrize("locale", LOCALES)
def test_every_sentence_is_translated(locale: str) -> None:
    catalogue = _catalogue(locale)
    missing = []
    for sentence, place in _sentences().items():
        entry = catalogue.get(sentence if isinstance(sentence, str) else sentence[0])
        translated = entry is not None and not entry.fuzzy and _is_full(entry.string)
        # English sentences are their own translation; only their plural forms need an entry.
        if not translated and (locale != "en" or not isinstance(sentence, str)):
            missing.append(f"{place}: {sentence!r}")
    assert missing == [], "run `make translations` and fill in the new entries"


def _is_full(string: object) -> bool:
    return all(string) if isinstance(string, list | tuple) else bool(string)


@pytest.mark.parametrize("locale", LOCALES)
def test_translations_keep_the_placeholders(locale: str) -> None:
    for entry in _catalogue(locale):
        if not entry.id:
            continue
        sources = [entry.id] if isinstance(entry.id, str) else list(entry.id)
        wanted = {name for source in sources for name in _PLACEHOLDER.findall(source)}
        strings = [entry.string] if isinstance(entry.string, str) else list(entry.string or ())
        for string in filter(None, strings):
            used = set(_PLACEHOLDER.findall(string))
            assert used <= wanted, f"{sources[0]!r} → {string!r}"
            assert used == wanted or len(sources) > 1, f"{sources[0]!r} → {string!r}"


@pytest.mark.parametrize("locale", LOCALES)
def test_catalogues_hold_no_sentence_that_nobody_says(locale: str) -> None:
    said = {s if isinstance(s, str) else s[0] for s in _sentences()}
    entries = [
        entry.id if isinstance(entry.id, str) else entry.id[0] for entry in _catalogue(locale)
    ]
    assert [sentence for sentence in entries if sentence and sentence not in said] == []


def test_chinese_entries_are_chinese() -> None:
    """Names of formats and the like may stay as they are; sentences may not."""
    untranslated = [
        str(entry.id)
        for entry in _catalogue("zh_Hans_CN")
        if entry.id
        and isinstance(entry.string, str)
        and len(entry.string.split()) > 3
        and not re.search(r"[\u4e00-\u9fff]", entry.string)
    ]
    assert untranslated == []
