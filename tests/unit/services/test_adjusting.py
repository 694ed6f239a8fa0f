"""Occurrences and objections: documents, two people, a third one for rulings."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from surveyapp.domain.errors import BadInput, Conflict, NotAllowed, NotFound
from surveyapp.domain.objective import EntryKind, EntryStatus, Ruling, ValueStatus
from surveyapp.domain.periods import Period
from surveyapp.domain.roles import Actor
from surveyapp.services.assessment.entries import Entry, EntryLine
from surveyapp.storage.objective_records import AdjustmentRecord
from tests.support.values import (
    BOTH,
    EAST,
    LEADER,
    OFFICE,
    PDF,
    REVIEWER,
    SCHEME,
    SECOND,
    STATS,
    WEST,
    ValueBook,
    put_scheme,
    scheme_document,
)

YEAR = Period.parse("2026")
NOBODY = STATS.actor.staff_id


def _line(book: ValueBook, entry_id: Any) -> EntryLine:
    return book.services.adjusting.line(entry_id, OFFICE)


def test_an_occurrence_counts_once_a_second_person_has_verified_it(any_book: ValueBook) -> None:
    entry_id = any_book.enter(occurrences=2, files=(PDF,))
    objectives, adjusting = any_book.services.objectives, any_book.services.adjusting
    assert objectives.adjustments(SCHEME, YEAR) == ()
    done = adjusting.verify_all(SCHEME, REVIEWER, asked_by=Actor("command line"))
    assert (done.verified, done.left) == (1, 0)
    (counted,) = objectives.adjustments(SCHEME, YEAR)
    assert (counted.rule, counted.unit, counted.occurrences) == ("honour", "west", 2)
    assert (counted.day, counted.document) == (date(2026, 6, 30), "省政府〔2026〕3号")
    assert counted.id == entry_id
    assert objectives.adjustments(SCHEME, Period.parse("2026Q1")) == ()
    assert objectives.overrides(SCHEME, YEAR) == ()


def test_an_override_is_an_occurrence_with_its_document_too(book: ValueBook) -> None:
    entry_id = book.enter(rule="accident", day=date(2026, 5, 4), document="调查报告〔2026〕1号")
    book.services.adjusting.decide(entry_id, REVIEWER, accepts=True, reason="已核对原件")
    (event,) = book.services.objectives.overrides(SCHEME, YEAR)
    assert (event.rule, event.unit, event.day) == ("accident", "west", date(2026, 5, 4))
    line = _line(book, entry_id)
    assert (line.kind, line.status) == (EntryKind.OVERRIDE, EntryStatus.VERIFIED)
    assert line.decision_note == "已核对原件"
    with pytest.raises(BadInput, match="override occurs once"):
        book.enter(rule="accident", occurrences=2)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"document": " "}, "source document"),
        ({"reason": ""}, "what happened"),
        ({"rule": "none"}, "honour, notice, accident"),
        ({"unit": "stats"}, "no unit of the category"),
        ({"unit": "nowhere"}, "no unit of the category"),
        ({"occurrences": 0}, "1 to 1000"),
        ({"day": date(2026, 8, 18)}, "future"),
        ({"day": Period.parse("2026Q4")}, "future"),
        ({"day": date(2025, 12, 31)}, "outside the year"),
    ],
)
def test_what_cannot_be_an_occurrence_is_refused(
    book: ValueBook, changes: dict[str, Any], reason: str
) -> None:
    with pytest.raises(BadInput, match=reason):
        book.enter(**changes)
    assert book.services.adjusting.lines(SCHEME, OFFICE) == []


def test_an_override_that_follows_from_a_value_is_not_entered(book: ValueBook) -> None:
    document = scheme_document(key="other")
    document["overrides"][0]["when"] = {"indicator": "air", "below": 200}
    put_scheme(book.services, document)
    entry = {"rule": "accident"}
    with pytest.raises(BadInput, match="by itself"):
        book.services.adjusting.add("other", _entry(**entry), OFFICE)


def _entry(**changes: Any) -> Any:
    given: dict[str, Any] = {
        "rule": "honour",
        "unit": "west",
        "day": Period.parse("2026"),
        "occurrences": 1,
        "reason": "获奖",
        "document": "省政府〔2026〕3号",
    }
    return Entry(**given | changes)


def test_an_occurrence_of_the_present_period_happened_today_at_the_latest(book: ValueBook) -> None:
    assert _line(book, book.enter(day=YEAR)).day == date(2026, 8, 17)


def test_the_same_occurrence_is_entered_once(book: ValueBook) -> None:
    first = book.enter()
    with pytest.raises(Conflict, match="already"):
        book.enter(occurrences=3)
    book.services.adjusting.decide(first, REVIEWER, accepts=False, reason="文件不符")
    line = _line(book, first)
    assert (line.status, line.decision_note) == (EntryStatus.RETURNED, "文件不符")
    assert book.enter() != first


def test_a_unit_claims_additions_for_itself_and_nothing_else(book: ValueBook) -> None:
    assert _line(book, book.enter(WEST)).entered_by == "west"
    for person, changes in (
        (WEST, {"rule": "notice"}),
        (WEST, {"rule": "accident"}),
        (WEST, {"unit": "east"}),
        (LEADER, {}),
        (REVIEWER, {}),
    ):
        with pytest.raises(NotAllowed, match="claim additions"):
            book.enter(person, **changes)


def test_nobody_verifies_their_own_entry(any_book: ValueBook) -> None:
    entry_id = any_book.enter(BOTH)
    adjusting = any_book.services.adjusting
    assert adjusting.verify_all(SCHEME, BOTH).left == 1
    assert adjusting.line(entry_id, BOTH).refusal is not None
    with pytest.raises(NotAllowed, match="second person"):
        adjusting.decide(entry_id, BOTH, accepts=True)
    with pytest.raises(NotAllowed, match="by a reviewer"):
        adjusting.decide(entry_id, OFFICE, accepts=True)
    wrong = update(AdjustmentRecord).where(AdjustmentRecord.id == entry_id)
    wrong = wrong.values(status="verified", decided_by="both", decided_at=any_book.clock())
    with pytest.raises(IntegrityError), any_book.services.database.writing() as work:
        work.session.execute(wrong)
    adjusting.decide(entry_id, SECOND, accepts=True)
    with pytest.raises(Conflict, match="meanwhile"):
        adjusting.decide(entry_id, REVIEWER, accepts=False, reason="晚了")
    with pytest.raises(NotFound):
        adjusting.decide(NOBODY, REVIEWER, accepts=True)  # type: ignore[arg-type]  # it is set


def test_units_see_their_own_occurrences_and_evidence(book: ValueBook) -> None:
    entry_id = book.enter(files=(PDF,))
    adjusting = book.services.adjusting
    assert len(adjusting.lines(SCHEME, WEST)) == 1
    assert adjusting.lines(SCHEME, EAST) == []
    (file,) = adjusting.line(entry_id, WEST).files
    assert adjusting.file(entry_id, file.id, WEST).content == PDF.content
    for attempt in (
        lambda: adjusting.line(entry_id, EAST),
        lambda: adjusting.file(entry_id, file.id, EAST),
        lambda: adjusting.file(book.enter(document="另一份"), file.id, OFFICE),
    ):
        with pytest.raises(NotFound):
            attempt()


def test_an_upheld_objection_takes_the_value_out_and_a_third_person_rules(
    any_book: ValueBook,
) -> None:
    value_id = any_book.verified("6.5", files=(PDF,))
    objecting = any_book.services.objecting
    objection = objecting.against_value(value_id, "口径不一致", WEST, (PDF,))
    detail = any_book.services.objectives.value(value_id, WEST)
    assert detail.objection is not None
    (file,) = detail.objection.files
    assert any_book.services.objectives.file(value_id, file.id, WEST).content == PDF.content
    assert [one.id for one in objecting.open(SECOND)] == [objection]
    with pytest.raises(NotAllowed, match="neither raised"):
        objecting.rule(objection, Ruling.UPHELD, "属实", REVIEWER)
    assert any_book.counted()
    objecting.rule(objection, Ruling.UPHELD, "经复核属实", SECOND)
    assert any_book.counted() == {}
    assert any_book.services.objectives.value(value_id, WEST).line.status is ValueStatus.OVERTURNED
    with pytest.raises(Conflict, match="meanwhile"):
        objecting.rule(objection, Ruling.DISMISSED, "再议", SECOND)
    assert objecting.open(SECOND) == []
    assert any_book.report("6.8").corrected == 1


def test_a_dismissed_objection_leaves_everything_and_is_the_last(book: ValueBook) -> None:
    value_id = book.verified("6.5")
    objection = book.services.objecting.against_value(value_id, "偏低", WEST)
    with pytest.raises(BadInput, match="reason of the ruling"):
        book.services.objecting.rule(objection, Ruling.DISMISSED, "", SECOND)
    book.services.objecting.rule(objection, Ruling.DISMISSED, "口径已公布", SECOND)
    assert book.counted()
    with pytest.raises(Conflict, match="once is all"):
        book.services.objecting.against_value(value_id, "仍不服", WEST)


def test_an_objection_to_what_was_corrected_meanwhile_leaves_the_correction(
    book: ValueBook,
) -> None:
    value_id = book.verified("6.5")
    objection = book.services.objecting.against_value(value_id, "偏低", WEST)
    book.verified("6.9")
    book.services.objecting.rule(objection, Ruling.UPHELD, "已更正", SECOND)
    assert book.counted() == {("gdp", "west", "2026Q2"): "69/10"}


def test_an_occurrence_is_contested_in_the_same_way(book: ValueBook) -> None:
    entry_id = book.enter(rule="notice")
    objecting = book.services.objecting
    with pytest.raises(Conflict, match="Only what counts"):
        objecting.against_entry(entry_id, "不属实", WEST)
    book.services.adjusting.decide(entry_id, REVIEWER, accepts=True)
    for stranger in (EAST, OFFICE):
        with pytest.raises(NotFound):
            objecting.against_entry(entry_id, "不属实", stranger)
    with pytest.raises(BadInput, match="reason of the objection"):
        objecting.against_entry(entry_id, " ", WEST)
    objection = objecting.against_entry(entry_id, "不属实", WEST, (PDF,))
    (file,) = _line(book, entry_id).objection.files  # type: ignore[union-attr]  # it was raised
    assert book.services.adjusting.file(entry_id, file.id, WEST).content == PDF.content
    assert book.services.adjusting.line(entry_id, SECOND).may_rule
    objecting.rule(objection, Ruling.UPHELD, "撤销通报", SECOND)
    assert _line(book, entry_id).status is EntryStatus.OVERTURNED
    assert book.services.objectives.adjustments(SCHEME, YEAR) == ()


def test_only_the_unit_objects_and_only_reviewers_rule(book: ValueBook) -> None:
    value_id = book.verified("6.5")
    (waiting,) = book.report("5.5", unit="east").ids
    objecting = book.services.objecting
    with pytest.raises(NotFound):
        objecting.against_value(value_id, "替西山县申诉", EAST)
    with pytest.raises(Conflict, match="Only what counts"):
        objecting.against_value(waiting, "太低", EAST)
    objection = objecting.against_value(value_id, "偏低", WEST)
    for person in (OFFICE, WEST, LEADER):
        with pytest.raises(NotAllowed, match="reviewer rules"):
            objecting.rule(objection, Ruling.UPHELD, "属实", person)
        with pytest.raises(NotAllowed, match="reviewer rules"):
            objecting.open(person)
    with pytest.raises(NotFound, match="no such objection"):
        objecting.rule(value_id, Ruling.UPHELD, "属实", SECOND)
