from __future__ import annotations

from typing import Any

import pytest

from surveyapp.domain.definition import parse_definition
from surveyapp.domain.errors import InvalidDefinition
from surveyapp.domain.review import CaseDays, ReviewRules, StuffingRules
from tests.builders import every_type_document, review_document


def rules_of(**changes: Any) -> ReviewRules:
    rules = parse_definition(review_document(**changes)).review
    assert rules is not None
    return rules


def paths_of(document: dict[str, Any]) -> list[str]:
    with pytest.raises(InvalidDefinition) as caught:
        parse_definition(document)
    return [problem.path for problem in caught.value.problems]


def test_without_the_section_a_review_has_the_usual_rules() -> None:
    assert rules_of() == ReviewRules("overall", ("dissatisfied", "very_dissatisfied"))


def test_exactly_the_levels_that_are_not_favourable_open_a_case() -> None:
    rules = rules_of()
    assert rules.is_bad("dissatisfied")
    assert rules.is_bad("very_dissatisfied")
    assert not rules.is_bad("basically_satisfied")
    assert not rules.is_bad(None)


def test_every_rule_can_be_set() -> None:
    days = {"verify": 2, "simple": 3, "complex": 20, "extension": 5, "call_back": 6}
    days |= {"anonymous": 12, "red": 4}
    stuffing = {"seconds": 0, "device_reviews": 9, "burst_minutes": 30, "burst_level": "0.01"}
    rules = rules_of(
        review={
            "rating": "overall",
            "change_minutes": 5,
            "contact_days": 90,
            "minimum_ranked": 50,
            "anonymous_delay": 2,
            "proof_of_work": True,
            "days": days,
            "stuffing": stuffing,
        }
    )
    assert rules.days == CaseDays(**days)
    assert rules.stuffing == StuffingRules(0, 9, 30, 0.01)
    assert (rules.change_minutes, rules.contact_days, rules.minimum_ranked) == (5, 90, 50)
    assert rules.anonymous_delay == 2
    assert rules.proof_of_work


@pytest.mark.parametrize(
    ("section", "path"),
    [
        ({"rating": "comment"}, "review.rating"),
        ({"change_minutes": 0}, "review.change_minutes"),
        ({"days": {"verify": 0}}, "review.days.verify"),
        ({"stuffing": {"burst_level": 1}}, "review.stuffing.burst_level"),
        ({"unknown": 1}, "review.unknown"),
    ],
)
def test_what_cannot_be_a_rule_is_refused_by_its_place(section: Any, path: str) -> None:
    assert paths_of(review_document(review=section)) == [path]


def test_a_review_without_a_scale_question_has_no_rating() -> None:
    questions = [{"key": "comment", "type": "text", "max_chars": 5, "title": "T"}]
    assert paths_of(review_document(questions=questions, indices=[])) == ["review"]


def test_other_surveys_have_no_rules_of_reviews() -> None:
    assert parse_definition(every_type_document()).review is None
    assert paths_of(every_type_document(review={"change_minutes": 5})) == ["review"]
