"""HTML as browsers read it, parsed once however many questions are asked about a page."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import html5lib
from bs4 import BeautifulSoup, Tag
from bs4.builder._html5lib import HTML5TreeBuilder

ParseError = tuple[tuple[int, int], str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Parsed:
    """A document, its elements in order and what a strict reader minds about it."""

    soup: BeautifulSoup
    tags: tuple[Tag, ...]
    by_name: dict[str, list[Tag]]
    errors: tuple[ParseError, ...]

    def named(self, *names: str) -> list[Tag]:
        """Return the elements of these names, each name's in document order."""
        return [tag for name in names for tag in self.by_name.get(name, ())]

    def having(self, attribute: str) -> list[Tag]:
        """Return the elements that have an attribute."""
        return [tag for tag in self.tags if attribute in tag.attrs]


class _Recording(HTML5TreeBuilder):
    """Builds the tree as ever, and keeps the errors, which the original throws away."""

    errors: tuple[ParseError, ...] = ()

    def feed(self, markup: Any) -> None:
        parser = html5lib.HTMLParser(tree=self.create_treebuilder)  # type: ignore[arg-type]
        self.underlying_builder.parser = parser
        parser.parse(markup)
        self.underlying_builder.parser = None
        self.errors = tuple(parser.errors)


@lru_cache(maxsize=4)
def parse(html: str) -> Parsed:
    """Read a document; the tree is shared, so nobody may change it."""
    builder = _Recording()
    soup = BeautifulSoup(html, builder=builder)
    tags = tuple(soup.find_all(True))
    by_name = defaultdict(list)
    for tag in tags:
        by_name[tag.name].append(tag)
    return Parsed(soup, tags, dict(by_name), builder.errors)
