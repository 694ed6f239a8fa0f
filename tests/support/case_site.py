"""A hall with two units, its staff, and bad reviews that became cases."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

from flask import Flask

from surveyapp.domain.accounts import StaffView
from surveyapp.domain.roles import Role
from surveyapp.domain.survey import Subject
from surveyapp.domain.text import Text
from surveyapp.services.assembly import Services
from surveyapp.services.cases.views import CaseFilters
from surveyapp.services.collection.intake import Besides
from tests.builders import CLERK, Clock, an_open_survey, review_document
from tests.support.cases import SEEN_AT_ONCE
from tests.support.pages import Browser
from tests.support.staff import browser_of, staff_member, token_for, who

UNITS = (
    "code,name,parent,category\n"
    "SL,示例县,,\n"
    "SL-1,县人力资源和社会保障局,SL,\n"
    "SL-1-1,社保综合窗口,SL-1,窗口\n"
    "SL-2,县市场监督管理局,SL,\n"
)
SUBJECTS = {"social": ("社保综合窗口", "SL-1-1"), "market": ("企业开办窗口", "SL-2")}


@dataclass(frozen=True)
class CaseSite:
    """Services with a hall in use; places by the key of what is rated there."""

    services: Services
    clock: Clock
    places: dict[str, str]

    def staff(self, role: Role, unit_code: str | None = None, full_name: str = "王敏") -> str:
        """Make an account; returns its sign-in name."""
        return staff_member(self.services, role, full_name=full_name, unit_code=unit_code)

    def view(self, name: str) -> StaffView:
        """Return an account as the services know it."""
        return who(self.services, token_for(self.services, self.clock, name))

    def review(
        self,
        subject: str = "social",
        level: str = "dissatisfied",
        comment: str = "排队等了两个多小时",
        *,
        phone: str = "",
        named: bool = False,
    ) -> str:
        """Give a bad review and let its case open; returns the number of the case."""
        before = self.numbers()
        fields: dict[str, Any] = {"overall": [level], "comment": [comment]}
        besides = Besides(named=named, phone=phone)
        self.services.collecting.submit(self.places[subject], uuid4(), None, fields, besides)
        self.clock.advance(minutes=11)
        self.services.casework.tick()
        (number,) = self.numbers() - before
        return number

    def numbers(self) -> set[str]:
        """Return the numbers of all cases."""
        office = self.view(self.staff(Role.EDITOR))
        rows = self.services.casework.ledger(office, CaseFilters())
        return {row.review_number for row in rows}


def a_case_site(services: Services, clock: Clock) -> CaseSite:
    """Put a hall with two windows of two units in use."""
    table = Path(services.settings.instance_dir).parent / "case-units.csv"
    table.write_text(UNITS, encoding="utf-8")
    services.organising.import_units(table, CLERK)
    key = an_open_survey(services, review_document(review=SEEN_AT_ONCE))
    subjects = [Subject(key, Text.same(name), unit) for key, (name, unit) in SUBJECTS.items()]
    services.authoring.put_subjects(key, subjects, CLERK)
    places = {
        one.key: services.placing.add(key, one.title.zh, one.key, CLERK).code for one in subjects
    }
    return CaseSite(services, clock, places)


@dataclass
class Desks:
    """Browsers of members of staff at a hall; a later day does not sign them out."""

    app: Flask
    hall: CaseSite
    opened: list[tuple[str, Browser]] = field(default_factory=list)

    def __call__(
        self, role: Role, unit_code: str | None = None, full_name: str = "王敏"
    ) -> Browser:
        """Open a browser of a new member of staff."""
        name = self.hall.staff(role, unit_code, full_name)
        browser = browser_of(self.app, self.hall.services, self.hall.clock, name)
        self.opened.append((name, browser))
        return browser

    def later(self, **how_far: float) -> None:
        """Let time pass; everybody is still signed in."""
        self.hall.clock.advance(**how_far)
        for name, browser in self.opened:
            token = token_for(self.hall.services, self.hall.clock, name)
            browser.client.set_cookie("staff", token, path="/console")
