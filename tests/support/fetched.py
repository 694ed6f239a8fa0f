"""A page and its forms as a test reads them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urljoin, urlsplit

from bs4 import BeautifulSoup, Tag
from werkzeug.datastructures import Headers
from werkzeug.test import TestResponse

from tests.support.parsing import parse


@dataclass(frozen=True)
class Page:
    """One answer of the server."""

    url: str
    response: TestResponse

    @property
    def status(self) -> int:
        """HTTP status."""
        return self.response.status_code

    @property
    def headers(self) -> Headers:
        """Headers of the answer."""
        return self.response.headers

    @property
    def path(self) -> str:
        """Path without host and query."""
        return urlsplit(self.url).path

    @cached_property
    def html(self) -> str:
        """The body as text."""
        return self.response.get_data(as_text=True)

    @cached_property
    def soup(self) -> BeautifulSoup:
        """The body as a tree; it is shared, so nobody may change it."""
        return parse(self.html).soup

    @cached_property
    def text(self) -> str:
        """All words of the page with single spaces, without scripts and styles."""
        body = self.soup.body
        assert body is not None, f"{self.url} has no body"
        shown = [string for string in body.strings if not _is_unseen(string.parent)]
        return re.sub(r"\s+", " ", " ".join(shown)).strip()

    @property
    def h1(self) -> str:
        """The page's heading."""
        heading = self.soup.h1
        assert heading is not None, f"{self.url} has no h1"
        return re.sub(r"\s+", " ", heading.get_text(" ")).strip()

    def one(self, selector: str) -> Tag:
        """Return the only element that a CSS selector finds."""
        found = self.soup.select(selector)
        assert len(found) == 1, f"{self.url}: {selector!r} finds {len(found)} elements"
        return found[0]

    def form(self, selector: str = "main form[method=post i]") -> Form:
        """Return the only form that a CSS selector finds."""
        return Form(self, self.one(selector))


@dataclass(frozen=True)
class Form:
    """A form as a browser shows it."""

    page: Page
    tag: Tag

    @property
    def method(self) -> str:
        """GET or POST."""
        return str(self.tag.get("method", "get")).upper()

    @property
    def action(self) -> str:
        """Absolute address that the form is sent to."""
        return urljoin(self.page.url, str(self.tag.get("action") or self.page.url))

    @property
    def names(self) -> set[str]:
        """Names of all fields and buttons."""
        return {str(tag["name"]) for tag in self.tag.select("[name]")}

    def choices(self, name: str) -> list[str]:
        """Values that a group of radio buttons, check boxes or a select offers."""
        boxes = self.tag.select(f'input[name="{name}"]:is([type=radio], [type=checkbox])')
        options = self.tag.select(f'select[name="{name}"] option')
        return [str(tag.get("value", tag.get_text())) for tag in (*boxes, *options)]

    @cached_property
    def values(self) -> dict[str, list[str]]:
        """What would be sent if the form were submitted as it stands, without a button."""
        sent: dict[str, list[str]] = {}
        for tag in self.tag.select("input[name], select[name], textarea[name]"):
            if tag.has_attr("disabled"):
                continue
            if value := _successful(tag):
                sent.setdefault(str(tag["name"]), []).extend(value)
        return sent


def _is_unseen(tag: Tag | None) -> bool:
    while tag is not None and tag.name != "body":
        if tag.name in ("script", "style", "template"):
            return True
        tag = tag.parent
    return False


def _successful(tag: Tag) -> list[str]:
    """Return what one control contributes, by the rules of HTML."""
    if tag.name == "textarea":
        return [tag.get_text().removeprefix("\n")]
    if tag.name == "select":
        chosen = list(tag.select("option[selected]"))
        if not chosen and not tag.has_attr("multiple"):
            chosen = tag.select("option")[:1]
        return [str(option.get("value", option.get_text(strip=True))) for option in chosen]
    kind = str(tag.get("type", "text")).lower()
    if kind in ("submit", "button", "reset", "image", "file"):
        return []
    if kind in ("radio", "checkbox"):
        return [str(tag.get("value", "on"))] if tag.has_attr("checked") else []
    return [str(tag.get("value", ""))]
