"""Cases for tests: an organisation, people of every kind, and a bad review in one line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import NAMESPACE_OID, UUID, uuid5

from sqlalchemy import select

from surveyapp.domain import case_fields as given
from surveyapp.domain.accounts import StaffView
from surveyapp.domain.case import Finding, Ground, Remedy, Ruling
from surveyapp.domain.places import Place
from surveyapp.domain.roles import Grant, Role, permissions_of
from surveyapp.services.assembly import Services, assemble
from surveyapp.services.cases.casework import Casework
from surveyapp.services.cases.views import CaseFilters
from surveyapp.storage.records import ResponseRecord, SurveyRecord, UnitRecord
from surveyapp.storage.units import UnitRepository
from tests.builders import CLERK, Clock, an_open_survey, review_document, settings_for, submit

# A Monday at ten in Beijing, far from any holiday.
MONDAY = datetime(2026, 11, 9, 2, 0, tzinfo=UTC)

UNITS = (
    ("51", "示例县人民政府", None),
    ("511", "示例县政务服务中心", "51"),
    ("511-3", "3号窗口", "511"),
    ("512", "示例县自然资源局", "51"),
)
# Units see anonymous cases on the same day, so that a test need not wait for the next one.
SEEN_AT_ONCE = {"anonymous_delay": 0}
SUBJECTS = [
    {"key": "w3", "title": {"zh": "3号窗口", "en": "Window 3"}, "unit": "511-3"},
    {"key": "land", "title": {"zh": "不动产登记", "en": "Land registry"}, "unit": "512"},
    {"key": "none", "title": {"zh": "无单位", "en": "No unit"}},
]


def person(name: str, *roles: Role, unit: str | None = None) -> StaffView:
    """Somebody signed in, without an account."""
    grants = tuple(Grant(role, unit if role is Role.UNIT else None) for role in roles)
    below = {
        "51": {"51", "511", "511-3", "512"},
        "511": {"511", "511-3"},
        "511-3": {"511-3"},
        "512": {"512"},
    }
    codes = frozenset(below[unit]) if unit else frozenset()
    staff_id = uuid5(NAMESPACE_OID, name)
    return StaffView(staff_id, name, f"{name}同志", grants, permissions_of(grants), codes)


WINDOW = person("window", Role.UNIT, unit="511-3")
CENTRE = person("centre", Role.UNIT, unit="511")
LAND = person("land", Role.UNIT, unit="512")
EDITOR = person("editor", Role.EDITOR)
REVIEWER = person("reviewer", Role.REVIEWER)
SECOND = person("second", Role.REVIEWER)
LEADER = person("leader", Role.LEADER)
ANALYST = person("analyst", Role.ANALYST)

PDF = given.Evidence("整改照片.pdf", b"%PDF-1.7")
VERIFIED = given.Verify(Finding.TRUE, reasonable=True, text="经核实，窗口未一次性告知。")
AT_ONCE = given.Assign(Remedy.AT_ONCE, "511", "李明", "当日整改到位")
BY_DEADLINE = given.Assign(Remedy.BY_DEADLINE, "511", "李明", "完善一次性告知清单")


@dataclass
class CaseBook:
    """Services on a fresh database, with an organisation and a review survey."""

    services: Services
    clock: Clock
    key: str
    places: dict[str, Place] = field(default_factory=dict)

    @property
    def work(self) -> Casework:
        """The use cases under test."""
        return self.services.casework

    def place(self, subject: str | None = "w3") -> Place:
        """A place for a subject, made once."""
        name = subject or ""
        if name not in self.places:
            self.places[name] = self.services.placing.add(self.key, f"点位{name}", subject, CLERK)
        return self.places[name]

    def review(
        self, level: str = "dissatisfied", subject: str | None = "w3", comment: str = ""
    ) -> UUID:
        """Submit a review; returns the id of its response."""
        before = set(self._responses())
        submit(self.services, self.place(subject), overall=level, comment=comment)
        (new,) = set(self._responses()) - before
        return new

    def _responses(self) -> list[UUID]:
        with self.services.database.reading() as work:
            return list(work.session.scalars(select(ResponseRecord.id)))

    def give_number(self, response_id: UUID, number: str = "138 1234 5678") -> None:
        """Leave a telephone number for a review."""
        with self.services.database.writing() as work:
            survey = work.session.scalars(
                select(SurveyRecord).where(SurveyRecord.key == self.key)
            ).one()
            self.services.contacts.store(work, survey, response_id, number)

    def opened(
        self,
        level: str = "dissatisfied",
        subject: str | None = "w3",
        *,
        number: bool = False,
        comment: str = "",
    ) -> str:
        """A bad review whose case is open; returns the number of the case."""
        known = {line.number for line in self.work.inbox(EDITOR, CaseFilters()).lines}
        response_id = self.review(level, subject, comment)
        if number:
            self.give_number(response_id)
        self.clock.advance(minutes=11)
        self.work.tick()
        lines = self.work.inbox(EDITOR, CaseFilters()).lines
        (new,) = {line.number for line in lines} - known
        return new

    def rectifying(self, assign: given.Assign = AT_ONCE, *, number: bool = False) -> str:
        """A case that is being put right."""
        case = self.opened(number=number)
        self.work.verify(WINDOW, case, VERIFIED)
        self.work.assign(EDITOR, case, assign)
        return case

    def answered(self, *, number: bool = False) -> str:
        """A case with an answer."""
        case = self.rectifying(number=number)
        self.answer(case)
        return case

    def answer(self, case: str, text: str = "已整改到位，感谢您的监督。") -> None:
        """Answer as the window."""
        self.work.answer(WINDOW, case, given.Answer("重印告知清单", text, self.today))

    def excluded(self) -> str:
        """A case whose review was excluded on an appeal."""
        case = self.opened()
        self.work.appeal(WINDOW, case, given.Appeal("群众误点", (PDF,)))
        proposal = given.ProposeRuling(Ruling.EXCLUDED, Ground.MISTAKEN, "群众书面说明")
        self.work.propose_ruling(REVIEWER, case, proposal)
        self.work.confirm_ruling(SECOND, case, given.ConfirmRuling(agrees=True))
        return case

    @property
    def today(self) -> date:
        """The office's day."""
        return self.clock().astimezone(self.services.settings.timezone).date()

    def response_of(self, case: str) -> UUID:
        """The review of a case."""
        return self.work.case(EDITOR, case).response_id


@contextmanager
def a_case_book(
    url: str,
    folder: Path,
    clock: Clock | None = None,
    *,
    review: Mapping[str, int] = SEEN_AT_ONCE,
    **environ: str,
) -> Iterator[CaseBook]:
    """A case book on a database."""
    clock = clock or Clock(MONDAY)
    services = assemble(settings_for(url, folder, **environ), now=clock)
    with services.database.writing() as work:
        for code, name, parent in UNITS:
            record = UnitRecord(code=code, name=name, parent_code=parent, category=None)
            assert UnitRepository(work).add(record)
    key = an_open_survey(services, review_document(subjects=SUBJECTS, review=review))
    yield CaseBook(services, clock, key)
    services.database.dispose()
