"""Books of reported values, for all who test what becomes of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.values import ValueBook, a_value_book


@pytest.fixture
def book(sqlite_url: str, tmp_path: Path) -> Iterator[ValueBook]:
    """Values of a scheme; tests of cases open books of their own kind."""
    with a_value_book(sqlite_url, tmp_path) as made:
        yield made


@pytest.fixture
def any_book(database_url: str, tmp_path: Path) -> Iterator[ValueBook]:
    """The same on both kinds of database."""
    with a_value_book(database_url, tmp_path) as made:
        yield made
