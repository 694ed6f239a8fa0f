from __future__ import annotations

from typing import Any

from surveyapp.domain.answers import Reply
from surveyapp.domain.scoring import favourable_score, score, users_score
from surveyapp.domain.tallying import cell_of, cell_sha256, counts_of
from tests.builders import a_definition, every_type_document, review_document

REPLY = Reply(
    {
        "used": "no",
        "police": "very_satisfied",
        "m": {"air": "rather_dissatisfied", "water": "dont_know"},
        "why": ["a", "c"],
        "visits": "2.5",
        "remark": "好",
    },
    {"district": "2"},
)


def test_a_cell_holds_everything_weights_and_breakdowns_use() -> None:
    cell = cell_of(a_definition(every_type_document()), REPLY, "phone", None)
    assert cell == {"district": "2", "age": "unknown", "mode": "phone", "weight": "1"}
    assert cell_sha256(cell) == cell_sha256(dict(reversed(cell.items())))


def test_a_response_adds_integers_only() -> None:
    # Police 100 points with weight 2, air 30 with weight 1, water unrated: a = 230, b = 3.
    # Relevance in halves: no = 1, items without a relevance question = 2, so
    # a = 1·2·100 + 2·1·30 = 260, b = 1·2 + 2·1 = 4.
    assert counts_of(a_definition(every_type_document()), REPLY) == {
        "n": 1,
        "q|used|no": 1,
        "q|police|very_satisfied": 1,
        "r|police|no|very_satisfied": 1,
        "q|m.air|rather_dissatisfied": 1,
        "q|m.water|dont_know": 1,
        "q|why|a": 1,
        "q|why|c": 1,
        "x|visits|m": 1,
        "x|visits|s": 25,
        "x|visits|ss": 625,
        "t|remark": 1,
        "i|all|3|m": 1,
        "i|all|3|a": 230,
        "i|all|3|aa": 52900,
        "f|all|m": 1,
        "f|all|a": 2,
        "f|all|b": 3,
        "f|all|aa": 4,
        "f|all|bb": 9,
        "f|all|ab": 6,
        "v|all|m": 1,
        "v|all|a": 260,
        "v|all|b": 4,
        "v|all|aa": 67600,
        "v|all|bb": 16,
        "v|all|ab": 1040,
    }


def test_an_unanswered_relevance_question_weighs_nothing() -> None:
    reply = Reply({"police": "neutral"})
    counts = counts_of(a_definition(every_type_document()), reply)
    assert counts["r|police|unknown|neutral"] == 1
    assert (counts["v|all|m"], counts["v|all|a"], counts["v|all|b"]) == (1, 0, 0)


def test_only_rated_items_enter_an_index() -> None:
    counts = counts_of(a_definition(), Reply({"comment": "好"}))
    assert counts == {"n": 1, "t|comment": 1}


def test_without_relevance_weights_no_relevance_index_is_counted() -> None:
    document = every_type_document(relevance_weights=None)
    counts = counts_of(a_definition(document), REPLY)
    assert not [name for name in counts if name.startswith("v|")]


def test_an_index_may_ask_for_a_minimum_of_items() -> None:
    document = every_type_document(
        indices=[{"key": "i", "of": ["police", "m"], "minimum_items": 2}]
    )
    (index,) = a_definition(document).indices
    assert score(index, {"police": "neutral"}) is None
    assert score(index, {"police": "neutral", "m.air": "neutral"}) == (120, 2)


def test_points_with_decimals_are_counted_in_whole_units() -> None:
    scale: list[dict[str, Any]] = [
        {"key": "good", "points": 33.5, "label": "g"},
        {"key": "bad", "points": 0, "label": "b"},
    ]
    document = review_document(
        scales={"s": scale},
        questions=[{"key": "q", "type": "scale", "scale": "s", "title": "Q"}],
        indices=[{"key": "i", "of": ["q"], "weights": {"q": 1.5}}],
    )
    (index,) = a_definition(document).indices
    assert (index.unit, float(index.highest)) == (2, 33.5)
    # 33.5 points are 67 halves; weight 1.5 is 3 halves: a = 201, b = 3, and 201 / (3 · 2) = 33.5.
    assert score(index, {"q": "good"}) == (201, 3)


def _concerned() -> dict[str, Any]:
    """A survey in which each item has its relevance question."""
    document = every_type_document()
    second = document["questions"][1] | {"key": "fire", "relevance": "called"}
    called = document["questions"][0] | {"key": "called"}
    document["questions"] += [called, second]
    document["indices"] = [{"key": "i", "of": ["police", "fire"], "weights": {"police": 2}}]
    return document


def test_users_are_counted_over_the_items_they_are_concerned_with() -> None:
    (index,) = a_definition(_concerned()).indices
    assert index.has_users
    assert index.users == {"yes"}
    levels = {"police": "neutral", "fire": "very_satisfied", "used": "no", "called": "yes"}
    assert users_score(index, levels) == (100, 1)
    assert users_score(index, levels | {"used": "yes"}) == (220, 3)
    assert users_score(index, {"police": "neutral", "used": "no"}) is None
    reply = Reply({"used": "yes", "police": "neutral"})
    counts = counts_of(a_definition(_concerned()), reply)
    assert (counts["u|i|2|m"], counts["u|i|2|a"], counts["u|i|2|aa"]) == (1, 120, 14_400)
    nobody = counts_of(a_definition(_concerned()), Reply({"police": "neutral"}))
    assert not [name for name in nobody if name.startswith("u|")]


def test_favourable_answers_count_by_the_weights_of_their_items() -> None:
    (index,) = a_definition(_concerned()).indices
    levels = {"police": "fairly_satisfied", "fire": "neutral"}
    assert favourable_score(index, levels) == (2, 3)
    assert favourable_score(index, levels | {"fire": "dont_know"}) == (2, 2)


def test_scales_without_favourable_levels_give_no_favourable_share() -> None:
    scale: list[dict[str, Any]] = [
        {"key": "good", "points": 1, "label": "g"},
        {"key": "bad", "points": 0, "label": "b"},
    ]
    question = {"type": "scale", "scale": "s", "title": "Q"}
    document = review_document(
        scales={"s": scale},
        questions=[question | {"key": "q"}, question | {"key": "p"}],
        indices=[{"key": "i", "of": ["q", "p"]}],
    )
    counts = counts_of(a_definition(document), Reply({"q": "good", "p": "bad"}))
    assert not [name for name in counts if name.startswith("f|")]
