"""Making and changing accounts through the pages."""

from __future__ import annotations

import io
import re

import openpyxl
import pytest

from surveyapp.domain.roles import Grant, Role
from tests.builders import CLERK
from tests.support.pages import Browser, Page
from tests.support.staff import staff_member
from tests.web.conftest import Site
from tests.web.console.conftest import SignedIn

PASSWORD = re.compile(r"([0-9A-Z]{4}-){3}[0-9A-Z]{4}")


@pytest.fixture
def admin(site: Site, signed_in: SignedIn) -> Browser:
    return signed_in(site, Role.ADMIN, name="admin")


@pytest.fixture
def sqlite_admin(sqlite_site: Site, signed_in: SignedIn) -> Browser:
    return signed_in(sqlite_site, Role.ADMIN, name="admin")


def shown_password(page: Page) -> str:
    found = PASSWORD.search(page.text)
    assert found, page.text
    return found[0]


def test_a_new_account_can_sign_in_with_the_password_that_is_shown_once(
    site: Site, admin: Browser
) -> None:
    page = admin.get("/console/accounts/add")
    page = admin.submit(page, {"name": "Li.Qiang", "full_name": "李强", "role": ["editor"]})
    assert (page.status, page.h1) == (200, "One-time passwords")
    assert "li.qiang" in page.text
    token = site.services.staffing.sign_ins.begin("li.qiang", shown_password(page), "10.0.0.1")
    assert token
    assert not PASSWORD.search(admin.get("/console/accounts/of/li.qiang").text)
    assert "李强" in admin.get("/console/accounts").text


@pytest.mark.parametrize(
    ("fields", "status", "says"),
    [
        ({"name": "li", "full_name": "李强"}, 400, "Choose at least one role."),
        ({"name": "l", "full_name": "李强", "role": "editor"}, 400, "cannot be one"),
        ({"name": "li", "full_name": "", "role": "editor"}, 400, "Enter the person's name"),
        ({"name": "li", "full_name": "李强", "role": "unit"}, 400, "needs a unit"),
        (
            {"name": "li", "full_name": "李强", "role": "unit", "unit_code": "9"},
            400,
            "No unit has the code 9.",
        ),
        (
            {"name": "admin", "full_name": "李强", "role": "editor"},
            409,
            "an account named admin already",
        ),
    ],
)
def test_a_refused_account_is_explained_and_what_was_typed_stays(
    sqlite_admin: Browser, fields: dict[str, str], status: int, says: str
) -> None:
    page = sqlite_admin.submit(sqlite_admin.get("/console/accounts/add"), fields)
    assert page.status == status
    assert says in page.text
    values = page.form("main form").values
    assert values["name"] == [fields["name"]]
    assert values.get("role", []) == ([fields["role"]] if "role" in fields else [])


def test_roles_are_changed(site: Site, admin: Browser) -> None:
    name = staff_member(site.services, Role.EDITOR)
    page = admin.get(f"/console/accounts/of/{name}/roles")
    assert page.form("main form").values["role"] == ["editor"]
    page = admin.submit(page, {"role": ["reviewer", "analyst"]})
    assert page.path == f"/console/accounts/of/{name}"
    assert "were changed" in page.text
    roles = (Grant(Role.REVIEWER), Grant(Role.ANALYST))
    assert site.services.staffing.find(name).grants == roles


def test_the_unit_of_a_unit_account_is_shown_and_kept(
    sqlite_site: Site, sqlite_admin: Browser
) -> None:
    file = sqlite_site.services.settings.instance_dir.parent / "units.csv"
    file.write_text("code,name\n01,示例县\n", encoding="utf-8")
    sqlite_site.services.organising.import_units(file, CLERK)
    name = staff_member(sqlite_site.services, Role.UNIT, unit_code="01")
    page = sqlite_admin.get(f"/console/accounts/of/{name}/roles")
    assert page.form("main form").values["unit_code"] == ["01"]
    assert "示例县" in page.html
    page = sqlite_admin.submit(page, {"role": ["unit"], "unit_code": "02"})
    assert page.status == 400
    assert page.form("main form").values["unit_code"] == ["02"]
    page = sqlite_admin.get(f"/console/accounts/of/{name}")
    assert "Unit 01" in page.text


def test_a_new_one_time_password_is_shown_once(site: Site, admin: Browser) -> None:
    name = staff_member(site.services, Role.EDITOR)
    page = admin.get(f"/console/accounts/of/{name}/reset")
    page = admin.submit(page)
    assert site.services.staffing.sign_ins.begin(name, shown_password(page), "10.0.0.1")


def test_an_account_is_disabled_after_a_question_and_enabled_again(
    site: Site, admin: Browser
) -> None:
    name = staff_member(site.services, Role.EDITOR)
    page = admin.get(f"/console/accounts/of/{name}/disable")
    assert not site.services.staffing.find(name).is_disabled
    page = admin.submit(page)
    assert "can no longer sign in" in page.text
    assert site.services.staffing.find(name).is_disabled
    page = admin.submit(page)
    assert "can sign in again" in page.text
    assert not site.services.staffing.find(name).is_disabled


def test_ones_own_account_offers_no_change(sqlite_admin: Browser) -> None:
    page = sqlite_admin.get("/console/accounts/of/admin")
    assert "another administrator changes its roles" in page.text
    assert page.soup.select(".page-actions *") == []
    page = sqlite_admin.get("/console/accounts/of/admin/roles")
    page = sqlite_admin.submit(page, {"role": ["admin", "editor"]})
    assert page.status == 409
    page = sqlite_admin.submit(sqlite_admin.get("/console/accounts/of/admin/disable"))
    assert page.status == 409
    assert "Nobody changes their own roles" in page.text


def test_the_list_is_searched_and_has_pages(sqlite_site: Site, sqlite_admin: Browser) -> None:
    for number in range(52):
        sqlite_site.services.staffing.add(
            f"clerk-{number:02}", (Grant(Role.EDITOR),), f"职员{number:02}", CLERK
        )
    page = sqlite_admin.get("/console/accounts")
    assert "Page 1 of 2" in page.text
    assert "clerk-51" not in page.text
    page = sqlite_admin.get("/console/accounts?page=2")
    assert "clerk-51" in page.text
    for wrong in ("0", "99", "x"):
        assert sqlite_admin.get(f"/console/accounts?page={wrong}").status == 200
    page = sqlite_admin.get("/console/accounts?q=CLERK-07")
    assert "职员07" in page.text
    assert "职员08" not in page.text
    assert "No name contains “nobody”" in sqlite_admin.get("/console/accounts?q=nobody").text


def test_the_shown_passwords_can_be_saved_as_a_workbook(sqlite_admin: Browser) -> None:
    page = sqlite_admin.get("/console/accounts/add")
    page = sqlite_admin.submit(page, {"name": "li", "full_name": "=1+1", "role": ["editor"]})
    answer = sqlite_admin.submit(page, form=".page-actions form")
    workbook = openpyxl.load_workbook(io.BytesIO(answer.response.data))
    rows = [[cell.value for cell in row] for row in workbook.worksheets[0].iter_rows()]
    assert rows[1] == ["li", "=1+1", shown_password(page)]
    assert workbook.worksheets[0]["B2"].data_type == "s"
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_list_that_was_changed_or_belongs_to_another_is_refused(
    sqlite_site: Site, sqlite_admin: Browser, signed_in: SignedIn
) -> None:
    page = sqlite_admin.get("/console/accounts/add")
    page = sqlite_admin.submit(page, {"name": "li", "full_name": "李强", "role": ["editor"]})
    sealed = page.form(".page-actions form").values["list"][0]
    answer = sqlite_admin.submit(page, {"list": sealed[:-2]}, form=".page-actions form")
    assert answer.status == 400
    other = signed_in(sqlite_site, Role.ADMIN)
    token = other.get("/console/").form("header form").values["csrf_token"]
    answer = other.post("/console/accounts/issued.xlsx", {"list": sealed, "csrf_token": token})
    assert answer.status == 400
    assert "This page has expired" in answer.text
