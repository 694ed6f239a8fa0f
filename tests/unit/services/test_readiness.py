"""What a draft lacks before it is put in use."""

from __future__ import annotations

from dataclasses import replace

from surveyapp.domain.text import Text
from surveyapp.services.readiness import lacking
from tests.builders import a_definition
from tests.support.ballots import a_ballot

WORDS = Text.same("x")
WHOLE = replace(a_definition(), purpose=WORDS, retention=WORDS, contact=WORDS)


def test_a_whole_draft_with_a_place_lacks_nothing() -> None:
    assert lacking(WHOLE, has_place=True) == ()


def test_without_a_place_nobody_can_answer() -> None:
    (one,) = lacking(WHOLE, has_place=False)
    assert "A place" in str(one.message)
    assert not one.blocks


def test_only_the_legal_head_blocks_and_it_stands_first() -> None:
    bare = replace(
        WHOLE,
        office=None,
        purpose=None,
        retention=None,
        contact=None,
        indices=(),
        statistical_project=True,
    )
    found = lacking(bare, has_place=False)
    assert [one.blocks for one in found] == [True, *[False] * 6]


def test_a_ballot_needs_no_place_and_no_class_too_small_to_be_secret() -> None:
    classes = [
        {"key": key, "title": key, "weight": 50, "roll": roll} for key, roll in (("A", 4), ("B", 9))
    ]
    found = lacking(a_ballot(classes=classes, office="x", purpose="x"), has_place=False)
    assert [(str(one.message), one.blocks) for one in found] == [
        ("The class “A” is too small to be secret", True),
        ("How long answers are kept", False),
    ]
