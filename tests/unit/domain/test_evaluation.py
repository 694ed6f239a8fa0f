"""Meetings made from a template: rolls, groups, times, and the definition that comes out."""

from __future__ import annotations

from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

import pytest

from surveyapp.domain.ballot import BallotRules
from surveyapp.domain.definition import parse_definition
from surveyapp.domain.errors import BadInput
from surveyapp.domain.evaluation import (
    PlannedMeeting,
    RatedRow,
    Roll,
    filled,
    find_group,
    meeting_document,
    meeting_key,
    read_moment,
    read_roll,
    require_rolls,
    template_of,
)
from surveyapp.domain.text import Text
from tests.support.ballots import ballot_document
from tests.support.evaluations import a_template

TEMPLATE = template_of(ballot_document())


def rules_of(document: dict[str, Any]) -> BallotRules:
    ballot = parse_definition(document).ballot
    assert ballot is not None
    return ballot


RULES = rules_of(filled(TEMPLATE))


def planned(rolls: dict[str, Roll], *groups: str) -> PlannedMeeting:
    rated = tuple(RatedRow(2 + n, group, f"名{n}", None) for n, group in enumerate(groups))
    return PlannedMeeting(2, 7, "县局", None, None, None, None, rolls, rated)


def made(rolls: dict[str, Roll], *groups: str) -> BallotRules:
    document = meeting_document(TEMPLATE, "year-007", Text("测评", "Vote"), planned(rolls, *groups))
    return rules_of(document)


@pytest.mark.parametrize(
    ("typed", "roll"),
    [
        ("12", Roll(12)),
        (" 3并入B ", Roll(3, "B")),
        ("3 并入 B票", Roll(3, "B")),
        ("0 into B", Roll(0, "B")),
        ("3→B", Roll(3, "B")),
        ("3署名", Roll(3, None, signed=True)),
        ("3 signed", Roll(3, None, signed=True)),
    ],
)
def test_numbers_of_voters_are_read_as_people_write_them(typed: str, roll: Roll) -> None:
    assert read_roll(typed, ("A", "B")) == roll


@pytest.mark.parametrize("typed", ["", "十二", "-3", "12.5", "3并入", "1234567"])
def test_what_is_no_number_of_voters_is_refused(typed: str) -> None:
    with pytest.raises(BadInput, match="no number of people"):
        read_roll(typed, ("A", "B"))


def test_a_class_joins_only_one_that_exists() -> None:
    with pytest.raises(BadInput, match="no class “X”"):
        read_roll("3并入X", ("A", "B"))


@pytest.mark.parametrize(
    ("typed", "moment"),
    [
        ("2026-12-05 14:30", (2026, 12, 5, 14, 30)),
        ("2026-12-05T14:30:00", (2026, 12, 5, 14, 30)),
        ("2026/12/5 9:05", (2026, 12, 5, 9, 5)),
        ("2026年12月5日 14时30分", (2026, 12, 5, 14, 30)),
        ("2026年12月5日14点", (2026, 12, 5, 14, 0)),
        ("2026-12-05", (2026, 12, 5, 0, 0)),
    ],
)
def test_times_are_read_as_people_write_them(typed: str, moment: tuple[int, ...]) -> None:
    assert read_moment(typed, UTC) == datetime(*moment, tzinfo=UTC)  # type: ignore[arg-type,misc]  # its parts are numbers


@pytest.mark.parametrize("typed", ["", "明天", "2026-13-05", "2026-12-05 25:00", "12-05"])
def test_what_is_no_time_is_refused(typed: str) -> None:
    with pytest.raises(BadInput, match="no time"):
        read_moment(typed, UTC)


def test_groups_are_found_by_key_and_title_and_the_only_one_may_stay_empty() -> None:
    assert find_group(RULES, "chief") == find_group(RULES, "正职") == find_group(RULES, "CHIEFS")
    with pytest.raises(BadInput, match="There is no group"):
        find_group(RULES, "处级")
    with pytest.raises(BadInput, match="The group is missing"):
        find_group(RULES, " ")
    alone = rules_of(filled(template_of(ballot_document(groups=None))))
    assert find_group(alone, "") == "all"


def test_a_template_holds_neither_subjects_nor_rolls() -> None:
    assert "subjects" not in TEMPLATE
    assert all("roll" not in one for one in TEMPLATE["classes"])
    assert template_of({"classes": "A", "subjects": 3}) == {"classes": "A"}


def test_a_meeting_keeps_the_groups_in_which_somebody_is_rated() -> None:
    rules = made({"A": Roll(6), "B": Roll(40)}, "deputy", "deputy")
    assert [group.key for group in rules.groups] == ["deputy"]
    assert [one.roll for one in rules.classes] == [6, 40]
    assert meeting_key("year", 7) == "year-007"


def test_a_sheet_nobody_stands_on_is_left_out_and_classes_forget_its_groups() -> None:
    document = dict(a_template().document)
    classes = [dict(one) | {"rates": ["team", "deputy"]} for one in document["classes"]]
    rolls = {"A": Roll(6), "B": Roll(9)}
    rules = rules_of(
        meeting_document(
            document | {"classes": classes},
            "year-001",
            Text("测评", "Vote"),
            planned(rolls, "team", "deputy"),
        )
    )
    assert [sheet.key for sheet in rules.sheets] == ["team", "cadres"]
    assert [group.key for group in rules.sheet("cadres").groups] == ["deputy"]
    assert rules.classes[0].rates == ("team", "deputy")


def test_a_merged_class_adds_its_members_and_its_weight() -> None:
    rules = made({"A": Roll(3, "B"), "B": Roll(40)}, "chief")
    (joined,) = rules.classes
    assert (joined.key, joined.roll, joined.weight) == ("B", 43, Fraction(100))
    assert joined.title == Text("B票、A票", "B and A")


def test_titles_in_one_language_are_merged_too() -> None:
    classes = [dict(one) | {"title": f"{one['key']}票"} for one in TEMPLATE["classes"]]
    document = meeting_document(
        {**TEMPLATE, "classes": classes},
        "year-007",
        Text("测评", "Vote"),
        planned({"A": Roll(3, "B"), "B": Roll(40)}, "chief"),
    )
    assert rules_of(document).classes[0].title.zh == "B票、A票"


def test_a_class_may_sign_at_one_meeting() -> None:
    rules = made({"A": Roll(3, signed=True), "B": Roll(40)}, "chief")
    assert [one.signed for one in rules.classes] == [True, False]
    require_rolls(RULES, {"A": Roll(3, signed=True), "B": Roll(40)}, {"chief"})


@pytest.mark.parametrize(
    ("a", "b", "reason"),
    [
        (Roll(3), Roll(40), "no vote is secret"),
        (Roll(0), Roll(40), "Nobody belongs"),
        (Roll(2, "B"), Roll(2), "no vote is secret"),
        (Roll(3, "A"), Roll(40), "merged itself"),
        (Roll(3, "B"), Roll(3, "A"), "merged itself"),
        (Roll(3, "B"), Roll(40, signed=True), "rate other groups"),
    ],
)
def test_numbers_that_would_not_be_secret_are_refused(a: Roll, b: Roll, reason: str) -> None:
    with pytest.raises(BadInput, match=reason):
        require_rolls(RULES, {"A": a, "B": b}, {"chief"})


def test_a_class_that_would_rate_nobody_is_refused() -> None:
    classes = [dict(one) | {"rates": ["chief"]} for one in TEMPLATE["classes"]]
    classes.append({"key": "C", "title": "C票", "weight": 1, "rates": ["deputy"]})
    classes[1]["weight"] = 59
    rules = rules_of(filled({**TEMPLATE, "classes": classes}))
    rolls = {"A": Roll(6), "B": Roll(6), "C": Roll(6)}
    with pytest.raises(BadInput, match="Nobody whom the class “C” rates"):
        require_rolls(rules, rolls, {"chief"})
