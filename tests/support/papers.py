"""Printed ballots and the people who count them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from surveyapp.domain.accounts import StaffView
from surveyapp.domain.roles import Role
from surveyapp.services.assembly import Services
from surveyapp.services.ballots.paper_issuing import Papers
from surveyapp.storage.ballots import BallotRepository
from surveyapp.storage.database import Work
from surveyapp.storage.surveys import SurveyRepository
from tests.builders import CLERK, Clock
from tests.support.staff import staff_member, token_for, who


def clerk(services: Services, name: str) -> StaffView:
    """Somebody of the assessment group who counts."""
    staff_member(services, Role.EXAMINER, name=name, full_name=name.capitalize())
    return who(services, token_for(services, Clock(), name))


def print_papers(services: Services, **numbers: int) -> Papers:
    """Issue printed ballots."""
    return services.paper_issuing.issue("cadres", numbers, CLERK, deliver=id)


def line(place: int, items: int = 3) -> str:
    """The line of a subject that gets one of `GRADES` for everything."""
    return str(place + 1) * items


def lines(number: int) -> dict[str, list[str]]:
    """The same ballot as `pattern` of tests.support.ballots, as it is keyed."""
    keys = ("c1", "d1", "d2", "d3", "d4")
    return {key: [line(number // 4**place % 4)] for place, key in enumerate(keys)}


@dataclass
class Count:
    """Two people at a table with the papers of a vote that has ended."""

    services: Services
    first: StaffView
    second: StaffView

    def key(
        self,
        number: int,
        fields: Mapping[str, list[str]],
        *others: Mapping[str, list[str]],
        class_key: str = "B",
    ) -> None:
        """Both key a paper; the second one something else where it is given."""
        counting = self.services.paper_counting
        counting.key_in("cadres", class_key, number, fields, self.first)
        counting.key_in("cadres", class_key, number, (*others, fields)[0], self.second)

    def confirm(self) -> None:
        """Both confirm the count as it stands."""
        for one in (self.first, self.second):
            seen = self.services.paper_counting.table("cadres", one).seen
            self.services.paper_counting.confirm("cadres", seen, one)


def a_count(services: Services) -> Count:
    """End the vote and let two people sit down."""
    services.ballot_closing.end("cadres", CLERK)
    return Count(services, clerk(services, "wang"), clerk(services, "li"))


def survey_id(work: Work) -> UUID:
    """The id of the vote that `put_in_use` made."""
    found = SurveyRepository(work).find("cadres")
    assert found is not None
    return found.id


def counts(services: Services) -> dict[str, tuple[int, int, int | None, int | None]]:
    """By class: slips, papers issued, returned, void."""
    with services.database.reading() as work:
        survey = survey_id(work)
        return {
            one.key: (one.issued, one.paper_issued, one.paper_returned, one.paper_void)
            for one in BallotRepository(work).classes(survey)
        }
