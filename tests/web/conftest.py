"""A running site for tests of pages: the real services on a real database, and a clock to set."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from surveyapp.factory import create_app
from surveyapp.services.assembly import Services, assemble
from tests.builders import CLERK, Clock, an_open_survey, settings_for
from tests.support.pages import Browser


@dataclass(frozen=True)
class Site:
    """An application with everything behind it."""

    app: Flask
    services: Services
    clock: Clock

    def browser(self, **kwargs: Any) -> Browser:
        """Open a browser that reads Chinese."""
        headers = {"Accept-Language": "zh-CN,zh;q=0.9", **kwargs.pop("headers", {})}
        return Browser(kwargs.pop("app", self.app), headers=headers, **kwargs)

    def place(
        self,
        document: dict[str, Any] | None = None,
        label: str = "1号窗口",
        subject: str | None = None,
    ) -> str:
        """Put a definition in use and hang up a code for it; returns the code."""
        key = an_open_survey(self.services, document)
        return self.services.placing.add(key, label, subject, CLERK).code

    def responses(self, key: str = "hall-review") -> int:
        """Return how many responses a survey has."""
        return self.services.authoring.get(key).summary.responses


MakeSite = Callable[..., Site]


@pytest.fixture
def make_site(tmp_path: Path) -> Iterator[MakeSite]:
    """Make sites, with an environment of the test's own: ``make_site(url, SURVEYAPP_…=…)``."""
    made: list[Site] = []

    def make(database_url: str, **environ: str) -> Site:
        clock = Clock()
        settings = settings_for(database_url, tmp_path / "instance", **environ)
        services = assemble(settings, now=clock)
        app = create_app(settings, services)
        app.testing = True
        made.append(Site(app, services, clock))
        return made[-1]

    yield make
    for site in made:
        site.services.database.dispose()


@pytest.fixture
def site(make_site: MakeSite, database_url: str) -> Site:
    """A site; a test that asks for it runs on both kinds of database."""
    return make_site(database_url)


@pytest.fixture
def sqlite_site(make_site: MakeSite, sqlite_url: str) -> Site:
    """A site on an embedded database: for what does not depend on the kind."""
    return make_site(sqlite_url)
