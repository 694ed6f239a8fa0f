"""The grade a meeting decides (审定等次), beside the one that was computed (建议等次)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from surveyapp.domain.case_fields import GOAL_LENGTH, clean_text
from surveyapp.domain.errors import BadInput
from surveyapp.domain.messages import message

AUTHORITY_LENGTH = 200
MINUTES_LENGTH = 100


@dataclass(frozen=True, slots=True)
class Meeting:
    """The meeting that decided (审定机关、会议日期、纪要号)."""

    authority: str
    met_on: date | None
    minutes: str

    def checked(self, today: date) -> Meeting:
        """Return it in its normal form.

        Raises
        ------
        BadInput
            Something is missing, too long, or the meeting lies in the future.
        """
        if self.met_on is None:
            raise BadInput(message("Enter the day of the meeting."))
        if self.met_on > today:
            raise BadInput(message("The meeting lies in the future: grades are entered after it."))
        return Meeting(
            authority=clean_text(
                self.authority, message("Name the authority that decided."), most=AUTHORITY_LENGTH
            ),
            met_on=self.met_on,
            minutes=clean_text(
                self.minutes, message("Enter the number of the minutes."), most=MINUTES_LENGTH
            ),
        )


@dataclass(frozen=True, slots=True)
class Choice:
    """What is entered for one unit.

    Attributes
    ----------
    grade : int
        Place of the grade, 0 the best.
    reason : str
        Needed where the grade is not the suggested one, and for a correction.
    """

    grade: int
    reason: str


@dataclass(frozen=True, slots=True)
class Decided:
    """The valid decision about a unit, as far as a further one depends on it."""

    grade: int
    meeting: Meeting


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A unit of a run: its name, the suggested grade, and what was decided before."""

    name: str
    suggested: int | None
    before: Decided | None


def decide(
    units: Mapping[str, Suggestion], grades: int, meeting: Meeting, choices: Mapping[str, Choice]
) -> dict[str, Choice]:
    """Return what has to be stored: what is new, or corrects what was decided.

    Parameters
    ----------
    units : mapping of str to Suggestion
        Of the run, by code.
    grades : int
        How many there are.
    meeting : Meeting
        In its normal form.

    Raises
    ------
    BadInput
        A unit or a grade that there is not; a reason is missing; nothing is new.
    """
    found: dict[str, Choice] = {}
    for code, choice in choices.items():
        unit = units.get(code)
        if unit is None or not 0 <= choice.grade < grades:
            raise BadInput(message("Choose a grade for units of this run alone."))
        if unit.before == Decided(choice.grade, meeting):
            continue
        reason = clean_text(choice.reason, None, most=GOAL_LENGTH)
        if not reason and unit.before is not None:
            raise BadInput(
                message(
                    "Give the reason why the decision about %(unit)s is corrected.", unit=unit.name
                )
            )
        if not reason and choice.grade != unit.suggested:
            raise BadInput(
                message(
                    "Give the reason why the grade of %(unit)s is not the suggested one.",
                    unit=unit.name,
                )
            )
        found[code] = Choice(choice.grade, reason)
    if not found:
        raise BadInput(message("Nothing new was entered."))
    return found
