"""Handing out the 汇总表: of one vote, and of all meetings of an evaluation together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo

from surveyapp.domain.evaluation import Stage
from surveyapp.domain.roles import Actor
from surveyapp.domain.text import Language, Text
from surveyapp.services.auditing import record_event
from surveyapp.services.ballots.desk import BallotDesk
from surveyapp.services.ballots.evaluations import Evaluations
from surveyapp.services.ballots.figures import BallotResult
from surveyapp.services.ballots.joint import CountedMeeting, joint_workbook
from surveyapp.services.ballots.results import BallotResults
from surveyapp.services.ballots.tabulation_head import Head
from surveyapp.services.ballots.workbook import tabulation_workbook


@dataclass(frozen=True, slots=True)
class Tabulated:
    """A result with what its 汇总表 says of the meeting."""

    result: BallotResult
    head: Head


class Tabulating:
    """Use cases around 汇总表 as files and on paper."""

    def __init__(
        self,
        desk: BallotDesk,
        results: BallotResults,
        evaluations: Evaluations,
        timezone: tzinfo,
    ) -> None:
        self._desk = desk
        self._results = results
        self._evaluations = evaluations
        self._timezone = timezone

    def tabulated(self, key: str) -> Tabulated:
        """Return what stands on the 汇总表 of a vote.

        Raises
        ------
        NotFound, Conflict
            As of `BallotResults.result`.
        """
        result = self._results.result(key)
        meeting = self._evaluations.head(key)
        with self._desk.database.reading() as work:
            closed_at = self._desk.survey(work, key).record.closed_at
        definition = result.definition
        unit = definition.office or definition.title
        return Tabulated(
            result,
            Head(
                unit=unit if meeting is None else Text.same(meeting.unit_name),
                time=None if meeting is None else self._moment(meeting.takes_place_at),
                place=None if meeting is None else meeting.place_name,
                team=None if meeting is None else meeting.team,
                closed=self._moment(closed_at),
            ),
        )

    def _moment(self, moment: datetime | None) -> str | None:
        """Write a moment in the office's time; midnight means the day alone."""
        if moment is None:
            return None
        local = moment.astimezone(self._timezone)
        is_day = (local.hour, local.minute) == (0, 0)
        return local.strftime("%Y-%m-%d" if is_day else "%Y-%m-%d %H:%M")

    def workbook(self, key: str, language: Language, actor: Actor) -> bytes:
        """Return the 汇总表 of a vote as a workbook; the log says who took it.

        Raises
        ------
        NotFound, Conflict
            As of `BallotResults.result`.
        """
        one = self.tabulated(key)
        with self._desk.database.writing() as work:
            record_event(work, actor, "ballot.export", key, {}, now=self._desk.now())
        return tabulation_workbook(one.result, one.head, language)

    def joint(
        self,
        key: str,
        language: Language,
        actor: Actor,
        *,
        advance: Callable[[int], None] = lambda _n: None,
    ) -> bytes:
        """Return the joint 汇总表 of an evaluation; the log says who took it.

        Parameters
        ----------
        advance : callable, optional
            Called after each meeting.

        Raises
        ------
        NotFound
        """
        view = self._evaluations.get(key)
        template = self._evaluations.template(key)
        counted = []
        for one in view.meetings:
            if one.stage is Stage.COUNTED:
                counted.append(CountedMeeting(one, self._results.result(one.key)))
            advance(1)
        with self._desk.database.writing() as work:
            record_event(work, actor, "evaluation.export", key, {}, now=self._desk.now())
        return joint_workbook(view, template.rules, counted, language)
