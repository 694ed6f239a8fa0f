"""Reported values in the console: reporting, verifying, objecting, and who gets to see what."""

from __future__ import annotations

import io
from uuid import uuid4

import openpyxl
import pytest

from surveyapp.domain.periods import Period
from surveyapp.domain.roles import Role
from surveyapp.services.assessment.objectives import ValueQuery
from tests.support.pages import Browser, Page
from tests.support.values import ENV, OFFICE, SCHEME, WEST, ValueBook
from tests.support.values import PDF as EVIDENCE
from tests.web.conftest import Site
from tests.web.console.conftest import SignedIn

VALUES = "/console/assessment/values"
ENTRIES = "/console/assessment/entries"
PDF = ("快报.pdf", b"%PDF-1.7")
PROPOSAL = {
    "scheme": SCHEME, "unit": "west", "title": "新增规上企业数", "definition": "当年新增入库企业数",
    "direction": "higher", "every": "quarter", "basis": "县政府工作报告",
}  # fmt: skip


@pytest.fixture
def stats(sqlite_site: Site, book: ValueBook, signed_in: SignedIn) -> Browser:
    return signed_in(sqlite_site, Role.UNIT, unit_code="stats", name="stats")


@pytest.fixture
def reviewer(sqlite_site: Site, book: ValueBook, signed_in: SignedIn) -> Browser:
    return signed_in(sqlite_site, Role.REVIEWER, name="reviewer")


def _csrf(page: Page) -> str:
    return str(page.soup.select("input[name=csrf_token]")[0]["value"])


def _file(page: Page) -> str:
    return str(page.one("ul.files a")["href"])


def test_without_a_scheme_there_is_nothing_to_report(
    sqlite_site: Site, signed_in: SignedIn
) -> None:
    editor = signed_in(sqlite_site, Role.EDITOR)
    assert "No scheme is in use yet" in editor.get(VALUES).text
    assert "No scheme is in use yet" in editor.get(ENTRIES).text
    assert editor.get(f"{VALUES}/report").status == 404
    assert editor.get(f"{ENTRIES}/new").status == 404


def test_a_department_reports_and_a_reviewer_verifies(
    book: ValueBook, stats: Browser, reviewer: Browser
) -> None:
    page = stats.get(f"{VALUES}/report")
    fields = {
        "indicator": "gdp", "unit": "west", "period": "2026Q2", "value": "6.5", "source": "快报",
    }  # fmt: skip
    form = f"form[action='{VALUES}/report']"
    refused = stats.submit(page, {**fields, "value": "约六点五"}, form=form)
    assert (refused.status, "is no value" in refused.text) == (422, True)
    empty = stats.submit(page, {**fields, "value": " "}, form=form)
    assert "Enter the value." in empty.text
    done = stats.submit(refused, {"value": "6.5"}, form=form, files={"evidence": PDF})
    assert "Values: 1 new" in done.text
    listed = reviewer.get(VALUES)
    assert "西山县" in listed.text
    nothing = reviewer.submit(listed, form=f"form[action='{VALUES}/verify']")
    assert "Tick at least one line first." in nothing.text
    (line,) = book.services.objectives.lines(ValueQuery(SCHEME), OFFICE)
    verified = reviewer.submit(
        listed, {"value": str(line.id)}, form=f"form[action='{VALUES}/verify']"
    )
    assert "1 value is verified." in verified.text
    assert book.counted() == {("gdp", "west", "2026Q2"): "13/2"}


def test_a_table_goes_down_filled_in_and_up_again(book: ValueBook, stats: Browser) -> None:
    table = stats.get(f"{VALUES}/template.xlsx?scheme={SCHEME}&period=2026Q1")
    workbook = openpyxl.load_workbook(io.BytesIO(table.response.data))
    workbook.worksheets[0].cell(2, 7, "5.8")
    workbook.worksheets[0].cell(3, 7, "85%")
    filled = io.BytesIO()
    workbook.save(filled)
    page = stats.get(f"{VALUES}/report")
    form = f"form[action='{VALUES}/import']"
    bad = stats.submit(page, form=form, files={"file": ("填报.xlsx", filled.getvalue())})
    assert bad.status == 422
    assert "Line 3: “85%” is no value" in bad.text
    assert book.counted() == {}
    good = "指标,单位,期间,数值\ngdp,东城县,2026Q1,5.8\n".encode()
    done = stats.submit(page, form=form, files={"file": ("填报.csv", good)})
    assert "Values: 1 new" in done.text
    assert stats.submit(page, form=form).status == 422
    assert stats.get(f"{VALUES}/template.xlsx?scheme={SCHEME}&period=never").status == 400


def test_one_value_is_verified_or_returned_with_a_reason(
    book: ValueBook, stats: Browser, reviewer: Browser
) -> None:
    (value_id,) = book.report("65").ids
    address = f"{VALUES}/{value_id}"
    page = reviewer.get(address)
    back = reviewer.post(
        f"{address}/decide", {"csrf_token": _csrf(page), "decision": "return", "reason": ""}
    )
    assert "Say what has to be put right." in back.text
    done = reviewer.post(
        f"{address}/decide",
        {"csrf_token": _csrf(page), "decision": "return", "reason": "小数点有误"},
    )
    assert "Returned to whoever reported it." in done.text
    assert "小数点有误" in stats.get(address).text
    late = reviewer.submit(page, form=".next-steps > form", button=("decision", "verify"))
    assert (late.status, "meanwhile" in late.text) == (409, True)
    (second,) = book.report("6.5").ids
    verified = reviewer.submit(
        reviewer.get(f"{VALUES}/{second}"), form=".next-steps > form",
        button=("decision", "verify"),
    )  # fmt: skip
    assert "it counts from now on" in verified.text
    assert "Versions" in verified.text


def test_a_unit_objects_and_another_reviewer_rules(
    sqlite_site: Site, book: ValueBook, west: Browser, signed_in: SignedIn
) -> None:
    value_id = book.verified("6.5")
    address = f"{VALUES}/{value_id}"
    form = f"form[action='{address}/object']"
    page = west.get(address)
    assert "reason of the objection" in west.submit(page, {"reason": " "}, form=form).text
    done = west.submit(page, {"reason": "口径不一致"}, form=form, files={"evidence": PDF})
    assert "a third person rules on it" in done.text
    second = signed_in(sqlite_site, Role.REVIEWER, name="second")
    assert "1 objection waits for a ruling" in second.get(VALUES).text
    objections = second.get("/console/assessment/objections")
    refused = second.submit(objections, {"ruling": "upheld", "reason": " "})
    assert "Give the reason of the ruling." in refused.text
    ruled = second.submit(refused, {"ruling": "upheld", "reason": "经复核属实"})
    assert "Ruled: Upheld." in ruled.text
    assert book.counted() == {}
    assert "经复核属实" in west.get(address).text


def test_other_units_get_404_for_values_occurrences_and_files(
    sqlite_site: Site, book: ValueBook, signed_in: SignedIn, west: Browser
) -> None:
    (value_id,) = book.report("6.5", files=(EVIDENCE,)).ids
    entry_id = book.enter(files=(EVIDENCE,))
    east = signed_in(sqlite_site, Role.UNIT, unit_code="east", name="east")
    page = west.get(f"{VALUES}/{value_id}")
    file = _file(page)
    assert west.get(file).response.data == PDF[1]
    entry_page = west.get(f"{ENTRIES}/{entry_id}")
    entry_file = _file(entry_page)
    assert west.get(entry_file).status == 200
    csrf = _csrf(east.get(VALUES))
    for address in (f"{VALUES}/{value_id}", file, f"{ENTRIES}/{entry_id}", entry_file):
        assert east.get(address).status == 404, address
    for address in (f"{VALUES}/{value_id}/object", f"{ENTRIES}/{entry_id}/object"):
        assert east.post(address, {"csrf_token": csrf, "reason": "x"}).status == 404, address
    for address in (f"{VALUES}/{value_id}/decide", f"{VALUES}/verify"):
        assert east.post(address, {"csrf_token": csrf}).status == 403, address
    assert "西山县" not in east.get(VALUES).text
    assert "西山县" not in east.get(ENTRIES).text
    assert west.get(f"{VALUES}/{uuid4()}").status == 404


def test_an_occurrence_is_entered_verified_and_contested(
    sqlite_site: Site, book: ValueBook, signed_in: SignedIn, reviewer: Browser, west: Browser
) -> None:
    office = signed_in(sqlite_site, Role.EDITOR, name="office")
    page = office.get(f"{ENTRIES}/new")
    fields = {
        "rule": "notice", "unit": "west", "day": "2026-05-04", "occurrences": "2",
        "document": "市政府通报〔2026〕9号", "reason": "未按期整改",
    }  # fmt: skip
    for missing in ("document", "day", "reason"):
        refused = office.submit(page, {**fields, missing: " "})
        assert refused.status == 422, missing
    done = office.submit(page, fields, files={"evidence": PDF})
    assert "Entered; it counts once" in done.text
    again = office.submit(page, fields)
    assert again.status == 409
    address = done.path
    decided = reviewer.submit(
        reviewer.get(address), form=".next-steps > form",
        button=("decision", "verify"),
    )  # fmt: skip
    assert "it counts from now on" in decided.text
    late = reviewer.post(
        f"{address}/decide", {"csrf_token": _csrf(decided), "decision": "return", "reason": "不"}
    )
    assert late.status == 409
    (counted,) = book.services.objectives.adjustments(SCHEME, Period.parse("2026"))
    assert counted.occurrences == 2
    form = f"form[action='{address}/object']"
    contested = west.submit(west.get(address), {"reason": "已整改"}, form=form)
    assert "It waits for a ruling." in contested.text
    assert (
        west.post(f"{address}/object", {"csrf_token": _csrf(contested), "reason": "再"}).status
        == 409
    )


def test_a_unit_may_claim_additions_only(west: Browser) -> None:
    page = west.get(f"{ENTRIES}/new")
    assert "Honour" in page.text
    assert "Notice" not in page.text


def test_values_are_filtered_by_the_address(book: ValueBook, reviewer: Browser) -> None:
    book.verified("6.5")
    book.report("25", unit="east", indicator="air", period="2026-07", person=ENV)
    assert "No value fits." in reviewer.get(f"{VALUES}?period=2026Q1").text
    page = reviewer.get(f"{VALUES}?status=verified&indicator=gdp&unit=west&period=2026Q2")
    assert "1 value" in page.text
    assert reviewer.get(f"{VALUES}?status=nonsense&period=nonsense&scheme=none").status == 200


def test_the_first_page_says_what_awaits(
    book: ValueBook, stats: Browser, west: Browser, reviewer: Browser
) -> None:
    assert "Values your unit has not reported" in stats.get("/console/").text
    value_id = book.verified("6.5")
    book.report("5.9", unit="east")
    book.enter()
    book.services.objecting.against_value(value_id, "偏低", WEST)
    west.submit(west.get("/console/assessment/proposals/new"), PROPOSAL)
    text = reviewer.get("/console/").text
    for task in (
        "Reported values to verify",
        "Additions and deductions to verify",
        "Objections of units",
        "Proposed indicators to settle",
    ):
        assert task in text


def test_a_unit_takes_out_its_own_values(book: ValueBook, west: Browser) -> None:
    book.verified("6.5")
    book.report("5.9", unit="east")
    page = west.get(f"{VALUES}?indicator=gdp")
    table = west.submit(page, form=f"form[action='{VALUES}/list.xlsx']").response.data
    rows = list(openpyxl.load_workbook(io.BytesIO(table)).worksheets[0].values)
    assert [row[2] for row in rows[1:]] == ["west"]
    assert rows[1][6:14] == (
        "6.5",
        None,
        "1",
        "Verified",
        "快报",
        "stats",
        "2026-08-17",
        "reviewer",
    )
    book.report("6.6")
    table = west.submit(page, form=f"form[action='{VALUES}/list.xlsx']").response.data
    rows = list(openpyxl.load_workbook(io.BytesIO(table)).worksheets[0].values)
    assert len(rows) == 3
