"""Places, rosters and links from tables."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from urllib.parse import urlsplit

import openpyxl
import pytest

from surveyapp.domain.places import PlaceOrder
from surveyapp.domain.roles import Role
from tests.builders import CLERK, MONDAY, an_open_survey, every_type_document, review_document
from tests.support.pages import Browser
from tests.web.conftest import Site
from tests.web.console.conftest import SignedIn

PLACES = "/console/surveys/hall-review/places"
PLACE_ROWS = (
    "评价点名称,大厅,窗口,评价对象编号,评价对象名称,评价内容\n"
    "1号窗口,一楼,1,w1,税务,窗口人员\n2号窗口,一楼,2,w1,,办件\n"
)
ROSTER = (
    "窗口,工号,姓名,开始时间,结束时间\n"
    "1,0107,李明,2026-11-23 08:00,2026-11-23 12:00\n"
    "1,0108,王芳,2026-11-23 12:00,2026-11-23 18:00\n"
)


def table(text: str, name: str = "table.csv") -> dict[str, tuple[str, bytes]]:
    return {"file": (name, text.encode())}


@pytest.fixture
def editor(site: Site, signed_in: SignedIn) -> Browser:
    an_open_survey(site.services, review_document())
    return signed_in(site, Role.EDITOR)


@pytest.fixture
def windows(site: Site, editor: Browser) -> Browser:
    orders = [(PlaceOrder(f"{n}号窗口", None, "一楼", str(n)), None) for n in (1, 2)]
    site.services.placing.add_all("hall-review", orders, CLERK)
    return editor


def test_places_of_a_table_are_previewed_then_made(site: Site, editor: Browser) -> None:
    page = editor.submit(editor.get(f"{PLACES}/upload"), files=table(PLACE_ROWS))
    assert "2 places will be made" in page.text
    assert site.services.placing.of("hall-review") == []
    page = editor.submit(page)
    assert "2 places are added" in page.text
    made = [row.place for row in site.services.placing.of("hall-review")]
    assert [(one.label, one.window, one.subject_key, one.rates) for one in made] == [
        ("1号窗口", "1", "w1", "person"),
        ("2号窗口", "2", "w1", "case"),
    ]
    again = editor.submit(editor.get(f"{PLACES}/upload"), files=table(PLACE_ROWS))
    assert "2 rows have labels of places in use" in again.text


def test_wrong_rows_are_named_and_nothing_is_made(site: Site, editor: Browser) -> None:
    rows = PLACE_ROWS + ",三楼,9,,,\n4号窗口,,,new,,\n5号窗口,,,,,天气\n"
    page = editor.submit(editor.get(f"{PLACES}/upload"), files=table(rows))
    assert page.status == 400
    said = [one.get_text() for one in page.soup.select(".alert li")]
    assert [one.partition(":")[0] for one in said] == ["Line 4", "Line 5", "Line 6"]
    assert site.services.placing.of("hall-review") == []
    page = editor.submit(editor.get(f"{PLACES}/upload"), files=table("颜色\n红\n"))
    assert (page.status, "颜色" in page.text) == (400, True)


def test_a_preview_cannot_be_changed_or_used_for_another_survey(
    sqlite_site: Site, signed_in: SignedIn
) -> None:
    an_open_survey(sqlite_site.services, review_document())
    an_open_survey(sqlite_site.services, review_document(key="other"))
    clerk = signed_in(sqlite_site, Role.EDITOR)
    page = clerk.submit(clerk.get(f"{PLACES}/upload"), files=table(PLACE_ROWS))
    values = page.form("form[action$=apply]").values
    other = clerk.post("/console/surveys/other/places/apply", values)
    assert (other.status, "begin again" in other.text) == (400, True)
    colleague = signed_in(sqlite_site, Role.EDITOR, name="colleague")
    fresh = colleague.get(f"{PLACES}/upload").form("main form[method=post i]").values
    stolen = {**values, "csrf_token": fresh["csrf_token"]}
    assert colleague.post(f"{PLACES}/apply", stolen).status == 400
    assert sqlite_site.services.placing.of("other") == []


def test_a_roster_is_previewed_then_stored_and_shown(site: Site, windows: Browser) -> None:
    page = windows.submit(windows.get(f"{PLACES}/roster"), files=table(ROSTER))
    assert "2 new, 0 replaced, 0 unchanged" in page.text
    page = windows.submit(page)
    assert "Shifts: 2 new" in page.text
    assert [row.get_text(" ", strip=True) for row in page.soup.select("tbody tr")] == [
        "2026-11-23 08:00 2026-11-23 12:00 1号窗口 0107 李明",
        "2026-11-23 12:00 2026-11-23 18:00 1号窗口 0108 王芳",
    ]
    first = next(row for row in site.services.placing.of("hall-review") if row.place.window == "1")
    shift = site.services.rostering.duty_of(first.id, MONDAY)
    assert shift is not None
    assert shift.staff_name == "李明"
    assert "No shift" in windows.get(f"{PLACES}/roster?day=2027-01-01").text
    changed = ROSTER.replace("王芳", "赵云")
    page = windows.submit(windows.get(f"{PLACES}/roster"), files=table(changed))
    assert "1 new, 1 replaced, 1 unchanged" in page.text


def test_overlapping_shifts_are_refused_by_both_lines(site: Site, windows: Browser) -> None:
    rows = ROSTER.replace("2026-11-23 12:00,2026-11-23 18:00", "2026-11-23 11:00,2026-11-23 18:00")
    page = windows.submit(windows.get(f"{PLACES}/roster"), files=table(rows))
    assert page.status == 400
    assert "Line 3: Overlaps with line 2" in page.text
    page = windows.get(f"{PLACES}/roster?day=never")
    assert "No shift" in page.text


def test_a_roster_that_clashes_meanwhile_is_refused_when_stored(
    site: Site, windows: Browser
) -> None:
    page = windows.submit(windows.get(f"{PLACES}/roster"), files=table(ROSTER))
    other = ROSTER.replace("\n1,", "\n2,")
    second = windows.submit(windows.get(f"{PLACES}/roster"), files=table(other))
    windows.submit(second)
    late = windows.submit(page)
    assert (late.status, "at another window" in late.text) == (400, True)


def test_moving_a_place_ends_its_roster(site: Site, windows: Browser) -> None:
    windows.submit(windows.submit(windows.get(f"{PLACES}/roster"), files=table(ROSTER)))
    row = next(row for row in site.services.placing.of("hall-review") if row.place.window == "1")
    change = f"{PLACES}/{row.place.code}/change"
    page = windows.submit(windows.get(change), {"window": "7"})
    assert "roster ended" in page.text
    assert site.services.rostering.duty_of(row.id, MONDAY) is None
    before = site.services.rostering.duty_of(row.id, MONDAY - timedelta(minutes=1))
    assert before is not None
    assert before.ends_at == MONDAY


def test_links_come_back_beside_their_rows(site: Site, editor: Browser) -> None:
    rows = "办件编号,事项名称,手机号\n51-1,食品经营许可,13900000000\n51-2,,13900000001\n"
    page = editor.get(f"{PLACES}/links")
    answer = editor.client.post(
        f"{PLACES}/links",
        data={
            "csrf_token": page.form("main form").values["csrf_token"],
            "as": "table",
            "file": (BytesIO(rows.encode()), "cases.csv"),
        },
    )
    assert answer.status_code == 200
    sheet = openpyxl.load_workbook(BytesIO(answer.data)).worksheets[0]
    cells = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert cells[0][:3] == ["办件编号", "事项名称", "手机号"]
    assert cells[1][2] == "13900000000"
    assert "食品经营许可" in site.browser().get(urlsplit(str(cells[1][3])).path).text
    assert "Links so far: 2" in editor.get(f"{PLACES}/links").text
    with site.services.database.reading() as work:
        dump = "\n".join(str(tuple(row)) for row in work.connection.exec_driver_sql(
            "SELECT * FROM invitation"))  # fmt: skip
    assert "13900000000" not in dump


def test_links_are_printed_as_cards(sqlite_site: Site, signed_in: SignedIn) -> None:
    an_open_survey(sqlite_site.services, review_document())
    clerk = signed_in(sqlite_site, Role.EDITOR)
    page = clerk.submit(
        clerk.get(f"{PLACES}/links"), {"as": "cards"}, files=table("办件编号\n51-1\n51-2\n")
    )
    cards = page.soup.select("article.label")
    assert [card.h2.get_text() for card in cards if card.h2] == ["51-1", "51-2"]


def test_links_for_a_sample_keep_bands_and_weight(sqlite_site: Site, signed_in: SignedIn) -> None:
    an_open_survey(sqlite_site.services, every_type_document())
    clerk = signed_in(sqlite_site, Role.EDITOR)
    address = "/console/surveys/every-type/places/links"
    page = clerk.submit(
        clerk.get(address), {"as": "cards"}, files=table("district,设计权重\n1,2.5\n2,\n")
    )
    assert len(page.soup.select("article.label")) == 2
    wrong = clerk.submit(
        clerk.get(address), files=table("district,设计权重,有效期至\n9,1,\n1,-2,\n1,1,2020-01-01\n")
    )
    assert wrong.status == 400
    assert len(wrong.soup.select(".alert li")) == 3
    none = clerk.submit(clerk.get(address), files=table("姓名\n李明\n"))
    assert (none.status, "at least one" in none.text) == (400, True)


def test_only_a_survey_in_use_makes_links(sqlite_site: Site, signed_in: SignedIn) -> None:
    an_open_survey(sqlite_site.services, review_document())
    sqlite_site.services.authoring.close("hall-review", CLERK)
    clerk = signed_in(sqlite_site, Role.EDITOR)
    page = clerk.submit(clerk.get(f"{PLACES}/links"), files=table("办件编号\n1\n"))
    assert (page.status, "in use" in page.text) == (409, True)


@pytest.mark.parametrize("name", ["template.xlsx", "roster/template.xlsx", "links/template.xlsx"])
def test_templates_can_be_uploaded_with_their_example_left_out(
    sqlite_site: Site, signed_in: SignedIn, name: str
) -> None:
    an_open_survey(sqlite_site.services, review_document())
    clerk = signed_in(sqlite_site, Role.EDITOR)
    file = clerk.client.get(f"{PLACES}/{name}")
    target = f"{PLACES}/{name.replace('/template.xlsx', '').replace('template.xlsx', 'upload')}"
    page = clerk.submit(clerk.get(target), files={"file": ("t.xlsx", file.data)})
    assert (page.status, "no rows below" in page.text) == (400, True)
    assert clerk.get(f"/console/surveys/nowhere/places/{name}").status == 404
