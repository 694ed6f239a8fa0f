"""Turning the pages of a list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from flask import request

PAGE_SIZE = 50

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """One page of a list; `number` counts from 1."""

    items: Sequence[Item]
    number: int
    pages: int


def printable(text: str) -> str:
    """Return what an address asks for without what no page and no database can hold."""
    return "".join(letter for letter in text if letter.isprintable())


def wanted_page() -> int:
    """Return the page the address asks for; anything that is no page is the first."""
    return max(1, request.args.get("page", 1, type=int))


def page_of(items: Sequence[Item]) -> Page[Item]:
    """Return the page of a list that the address asks for; beyond the end, the last one."""
    pages = max(1, -(-len(items) // PAGE_SIZE))
    number = min(wanted_page(), pages)
    return Page(items[(number - 1) * PAGE_SIZE : number * PAGE_SIZE], number, pages)
