"""Reported values: who reports, versions, what counts, who sees what, tables."""

from __future__ import annotations

from uuid import uuid4

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from surveyapp.domain.errors import BadInput, Conflict, NotAllowed, NotFound
from surveyapp.domain.objective import ValueStatus
from surveyapp.domain.periods import Period
from surveyapp.domain.reporting import Person, ValueRow
from surveyapp.domain.roles import Actor
from surveyapp.services.assessment.evidence import Evidence
from surveyapp.services.auditing import LogQuery
from surveyapp.storage.objective_records import ObjectiveValueRecord
from surveyapp.storage.objectives import ValueQuery
from surveyapp.storage.schemes import SchemeRepository
from tests.builders import CLERK
from tests.support.values import (
    BOTH,
    EAST,
    ENV,
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

OPERATOR = Actor("command line")


def _page(book: ValueBook, person: Person = OFFICE, **query: object) -> list[tuple[str, str, str]]:
    page = book.services.objectives.page(ValueQuery(SCHEME, **query), person, 1)  # type: ignore[arg-type]  # varied in tests
    return [(one.indicator_key, one.unit_code, one.value) for one in page.lines]


def test_a_value_counts_once_a_second_person_has_verified_it(any_book: ValueBook) -> None:
    any_book.report("6.50")
    assert any_book.counted() == {}
    done = any_book.services.verifying.verify_all(SCHEME, REVIEWER)
    assert (done.verified, done.left) == (1, 0)
    assert any_book.counted() == {("gdp", "west", "2026Q2"): "13/2"}
    (value,) = any_book.services.objectives.verified(SCHEME, Period.parse("2026Q2"))
    assert (value.version, value.verified_by) == (1, "reviewer")
    assert any_book.counted("2026Q1") == {}


def test_a_correction_counts_when_it_is_verified_and_the_first_version_until_then(
    any_book: ValueBook,
) -> None:
    first = any_book.verified("6.5")
    assert any_book.report("6.4").corrected == 1
    assert any_book.counted() == {("gdp", "west", "2026Q2"): "13/2"}
    any_book.services.verifying.verify_all(SCHEME, REVIEWER, period=Period.parse("2026Q2"))
    assert any_book.counted() == {("gdp", "west", "2026Q2"): "32/5"}
    detail = any_book.services.objectives.value(first, OFFICE)
    assert detail.line.status is ValueStatus.REPLACED
    assert [(one.version, one.value) for one in detail.versions] == [(2, "6.4"), (1, "6.5")]


def test_a_version_that_waits_is_replaced_and_the_same_number_changes_nothing(
    book: ValueBook,
) -> None:
    (first,) = book.report("6.5").ids
    assert book.report("6.500").unchanged == 1
    assert book.report("6.6").corrected == 1
    detail = book.services.objectives.value(first, STATS)
    assert [one.status for one in detail.versions] == [ValueStatus.REPORTED, ValueStatus.REPLACED]
    assert book.services.verifying.verify_each(SCHEME, [first], REVIEWER).verified == 0
    book.services.verifying.verify_all(SCHEME, REVIEWER, indicator="gdp")
    assert book.report("6.6").unchanged == 1
    assert book.report("6.6", note="终报数").corrected == 1


def test_a_returned_value_says_why_and_can_be_reported_again(book: ValueBook) -> None:
    (value_id,) = book.report("65").ids
    verifying = book.services.verifying
    with pytest.raises(BadInput, match="what has to be put right"):
        verifying.give_back(value_id, " ", REVIEWER)
    verifying.give_back(value_id, "小数点有误", REVIEWER)
    detail = book.services.objectives.value(value_id, STATS)
    assert (detail.line.status, detail.line.decision_note) == (ValueStatus.RETURNED, "小数点有误")
    with pytest.raises(Conflict, match="meanwhile"):
        verifying.give_back(value_id, "再退", REVIEWER)
    assert book.report("65").corrected == 1
    with pytest.raises(NotFound):
        verifying.give_back(uuid4(), "没有", REVIEWER)


def test_nobody_verifies_what_they_reported_or_what_concerns_their_unit(book: ValueBook) -> None:
    (own,) = book.report("6.5", BOTH).ids
    done = book.services.verifying.verify_all(SCHEME, BOTH)
    assert (done.verified, done.left) == (0, 1)
    assert book.services.objectives.value(own, BOTH).refusal is not None
    with pytest.raises(NotAllowed, match="second person"):
        book.services.verifying.give_back(own, "不对", BOTH)
    inside = Person(Actor("inside"), verifies=True, units=frozenset({"west"}))
    assert book.services.verifying.verify_all(SCHEME, inside).left == 1
    with pytest.raises(NotAllowed, match="by a reviewer"):
        book.services.verifying.verify_all(SCHEME, OFFICE)
    with pytest.raises(NotAllowed, match="by a reviewer"):
        book.services.verifying.give_back(own, "不对", OFFICE)
    with pytest.raises(BadInput, match="no indicator"):
        book.services.verifying.verify_all(SCHEME, REVIEWER, indicator="none")


def test_the_table_itself_refuses_one_person_in_two_roles(any_book: ValueBook) -> None:
    (value_id,) = any_book.report("6.5", OFFICE).ids
    wrong = update(ObjectiveValueRecord).where(ObjectiveValueRecord.id == value_id)
    for name, staff_id in (("office", None), ("another", OFFICE.actor.staff_id)):
        values = {"status": "verified", "decided_by": name, "decided_staff_id": staff_id}
        with pytest.raises(IntegrityError), any_book.services.database.writing() as work:
            work.session.execute(wrong.values(**values, decided_at=any_book.clock()))


def test_only_the_responsible_unit_or_the_office_reports(book: ValueBook) -> None:
    for person in (ENV, EAST, WEST, LEADER, REVIEWER):
        (error,) = book.report("6.5", person).errors
        assert "reported by the unit responsible" in str(error.message)
    assert "市统计局" in str(book.report("6.5", EAST).errors[0].message)
    assert book.report("6.5", OFFICE).new == 1
    assert book.report("25", ENV, indicator="air", period="2026-07").new == 1
    # Assessed and responsible at once: it may report, and cannot verify.
    assert book.report("98", WEST, indicator="report", period="2026").new == 1


def test_one_bad_row_and_nothing_is_stored(book: ValueBook) -> None:
    rows = [
        (2, ValueRow("gdp", "west", "2026Q1", "6.1")),
        (3, ValueRow("gdp", "east", "2026Q1", "约6.1")),
        (4, ValueRow("gdp", "nowhere", "2026Q1", "6.1")),
        (5, ValueRow("地区生产总值增速", "西山县", "2026Q1", "6.2")),
        (6, ValueRow("gdp", "stats", "2026Q1", "6.1")),
        (7, ValueRow("gdp", "east", "2026-01", "6.1")),
        (8, ValueRow("gdp", "east", "2026Q4", "6.1")),
        (9, ValueRow("gdp", "east", "2025Q4", "6.1")),
        (10, ValueRow("gdp", "east", "2026Q1", "")),
        (11, ValueRow("nothing", "east", "2026Q1", "1")),
        (12, ValueRow("gdp", "east", "2026Q1", "1", "长" * 1001)),
    ]
    result = book.services.objectives.report(SCHEME, rows, "快报", STATS)
    assert [error.line for error in result.errors] == [3, 4, 5, 6, 7, 8, 9, 11, 12]
    assert "line 2" in str(result.errors[2].message)
    assert _page(book) == []
    with pytest.raises(BadInput, match="where the values come from"):
        book.services.objectives.report(SCHEME, rows[:1], " ", STATS)


def test_an_indicator_of_a_survey_is_not_reported(book: ValueBook) -> None:
    document = scheme_document(key="other")
    document["indicators"][0] |= {"indicator": "city", "responsible": None, "best": 100}
    put_scheme(book.services, document)
    row = ValueRow("gdp", "west", "2026Q2", "80")
    (error,) = book.services.objectives.report("other", [(1, row)], "快报", OFFICE).errors
    assert "nobody reports it" in str(error.message)


def test_a_draft_or_an_unknown_scheme_takes_no_values(book: ValueBook) -> None:
    put_scheme(book.services, scheme_document(key="draft"), in_use=False)
    with pytest.raises(Conflict, match="not in use yet"):
        book.services.objectives.report("draft", [], "快报", STATS)
    with pytest.raises(NotFound, match="no scheme"):
        book.services.objectives.scheme("none")


def test_units_see_their_own_and_what_they_report(book: ValueBook) -> None:
    west = book.verified("6.5")
    book.report("5.9", unit="east")
    book.report("25", ENV, indicator="air", period="2026-07", unit="east")
    objectives = book.services.objectives
    assert _page(book, WEST) == [("gdp", "west", "6.5")]
    assert set(_page(book, STATS)) == {("gdp", "west", "6.5"), ("gdp", "east", "5.9")}
    assert len(_page(book, EAST)) == 2
    assert len(_page(book, LEADER)) == 3
    assert objectives.value(west, WEST).may_object
    assert not objectives.value(west, STATS).may_object
    for stranger in (EAST, ENV):
        with pytest.raises(NotFound, match="no such value"):
            objectives.value(west, stranger)
    with pytest.raises(NotFound, match="no such value"):
        objectives.value(uuid4(), OFFICE)


def test_values_are_found_by_indicator_period_unit_and_status(book: ValueBook) -> None:
    book.verified("6.5")
    book.report("6.0", unit="east", period="2026Q1")
    book.report("6.1", unit="east", period="2026Q1")
    assert _page(book, period="2026Q1") == [("gdp", "east", "6.1")]
    assert _page(book, unit="west") == [("gdp", "west", "6.5")]
    assert _page(book, indicator="air") == []
    assert _page(book, status=ValueStatus.REPLACED) == [("gdp", "east", "6")]
    assert len(_page(book, with_replaced=True)) == 3


def test_evidence_stays_with_the_version_and_with_who_may_see_it(book: ValueBook) -> None:
    (value_id,) = book.report("6.5", files=(PDF,)).ids
    objectives = book.services.objectives
    (file,) = objectives.value(value_id, WEST).files
    assert (file.file_name, file.size) == ("统计快报.pdf", len(PDF.content))
    assert objectives.file(value_id, file.id, WEST).content == PDF.content
    with pytest.raises(NotFound):
        objectives.file(value_id, file.id, EAST)
    other = book.verified("6.1", unit="east")
    with pytest.raises(NotFound, match="no such file"):
        objectives.file(other, file.id, EAST)
    with pytest.raises(BadInput, match="evidence is PDF"):
        book.report("6.6", files=(Evidence("a.exe", b"MZ"),))
    assert book.services.objectives.value(value_id, WEST).line.status is ValueStatus.REPORTED


def test_every_report_and_every_verification_stands_in_the_log(book: ValueBook) -> None:
    book.report("6.5")
    book.services.verifying.verify_all(SCHEME, SECOND, asked_by=OPERATOR)
    book.services.verifying.verify_all(SCHEME, SECOND)
    events = book.services.auditing.read(LogQuery(), 1, CLERK).events
    (verified,) = [one for one in events if one.action == "value.verify"]
    assert (verified.actor, verified.detail["witness"]) == ("command line", "second")
    assert [one.actor for one in events if one.action == "value.report"] == ["stats"]


def test_a_value_stays_readable_when_the_scheme_drops_its_indicator(book: ValueBook) -> None:
    value_id = book.verified("6.5")
    document = scheme_document()
    document["indicators"] = document["indicators"][1:]
    document["indicators"][0]["weight"] = 90
    with book.services.database.writing() as work:
        record = SchemeRepository(work).find(SCHEME)
        assert record is not None
        assert record.current_version_id is not None
        SchemeRepository(work).version(record.current_version_id).document = document
    detail = book.services.objectives.value(value_id, OFFICE)
    assert (detail.line.indicator.zh, detail.responsible) == ("gdp", None)


def test_what_no_unit_is_responsible_for_the_office_reports(book: ValueBook) -> None:
    document = scheme_document(key="other")
    document["indicators"][0]["responsible"] = None
    document["indicators"][1]["responsible"] = "gone"
    document["indicators"][2] |= {"indicator": "city", "responsible": None}
    put_scheme(book.services, document)
    rows = [
        (1, ValueRow("gdp", "west", "2026Q2", "6")),
        (2, ValueRow("air", "west", "2026-07", "6")),
    ]
    errors = book.services.objectives.report("other", rows, "快报", STATS).errors
    assert "the office that runs the assessment" in str(errors[0].message)
    assert "(gone)" in str(errors[1].message)
    assert book.services.objectives.report("other", rows, "快报", OFFICE).new == 2
    shown = {one.indicator.key for one in book.services.objectives.progress("other", OFFICE)}
    assert shown == {"gdp", "air"}
