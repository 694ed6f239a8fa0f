"""Previewing and applying changes of the organisation."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from surveyapp.domain.errors import BadInput, Conflict
from surveyapp.domain.organisation import InvalidOrganisation, Sheet, Unit, UnitRow
from surveyapp.domain.roles import Actor, Grant, Role
from surveyapp.services.assembly import Services
from surveyapp.services.auditing import LogQuery
from surveyapp.services.organisation import organising
from surveyapp.services.organisation.organising import (
    Applied,
    OrganisationPreview,
    Organising,
    UnitImport,
)
from surveyapp.storage.units import UnitRepository
from tests.builders import CLERK, Clock, services_on
from tests.support.staff import staff_member, with_hasher
from tests.unit.services.test_organisation_files import ACCOUNTS, UNITS, WINDOWS, a_workbook

WORKBOOK = a_workbook(
    单位=[UNITS, ["01", "民政局", "1", "县直部门"], ["1", "示例县", "", ""]],
    窗口=[WINDOWS, ["01-1", "1号窗口", "01"]],
    账号=[ACCOUNTS, ["li", "李强", "问卷编辑", ""], ["sun", "孙丽", "单位人员", "01"]],
)


@pytest.fixture
def services(database_url: str, tmp_path: Path) -> Iterator[Services]:
    made = with_hasher(services_on(database_url, tmp_path), Clock())
    yield replace(made, organising=Organising(made.database, Clock(), made.staffing))
    made.database.dispose()


def apply(services: Services, preview: OrganisationPreview, actor: Actor = CLERK) -> Applied:
    file = preview.file
    return services.organising.apply(
        file.units, file.accounts, preview.plan.sha256, actor, file_sha256=file.sha256
    )


def codes(services: Services) -> list[tuple[str, int]]:
    return [(node.unit.code, node.depth) for node in services.organising.tree()]


def test_a_preview_stores_nothing(services: Services) -> None:
    preview = services.organising.preview(WORKBOOK, CLERK)
    assert preview.problems == ()
    assert [change.kind for change in preview.plan.units] == ["new", "new", "new"]
    assert [change.kind for change in preview.plan.accounts] == ["new", "new"]
    assert codes(services) == []
    assert services.staffing.accounts() == []


def test_applying_makes_units_and_accounts_with_one_time_passwords(services: Services) -> None:
    applied = apply(services, services.organising.preview(WORKBOOK, CLERK))
    assert (applied.new_units, applied.changed_units, applied.changed_accounts) == (3, 0, 0)
    assert codes(services) == [("1", 0), ("01", 1), ("01-1", 2)]
    assert [unit.name for unit in services.organising.units()] == ["示例县", "民政局", "1号窗口"]
    assert [one.name for one in applied.issued] == ["li", "sun"]
    assert services.staffing.find("sun").grants == (Grant(Role.UNIT, "01"),)
    for one in applied.issued:
        assert services.staffing.sign_ins.begin(one.name, one.password, "10.0.0.1")
    page = services.auditing.read(LogQuery(action="organisation.apply"), 1, CLERK)
    assert page.events[0].detail["new_units"] == 3


def test_applying_the_same_again_changes_nothing(services: Services) -> None:
    apply(services, services.organising.preview(WORKBOOK, CLERK))
    preview = services.organising.preview(WORKBOOK, CLERK)
    assert preview.plan.is_empty
    assert apply(services, preview) == Applied(0, 0, 0, ())


def test_changes_hang_units_below_new_ones_and_change_accounts(services: Services) -> None:
    apply(services, services.organising.preview(WORKBOOK, CLERK))
    changed = a_workbook(
        单位=[UNITS, ["01", "县民政局", "2", ""], ["2", "新区", "1", ""]],
        账号=[ACCOUNTS, ["li", "李强", "审核人", ""], ["sun", "孙丽", "单位人员", "2"]],
    )
    applied = apply(services, services.organising.preview(changed, CLERK))
    assert applied == Applied(1, 1, 2, ())
    assert codes(services) == [("1", 0), ("2", 1), ("01", 2), ("01-1", 3)]
    units = {unit.code: unit for unit in services.organising.units()}
    assert units["01"] == Unit("01", "县民政局", "2", None)
    assert services.staffing.find("li").grants == (Grant(Role.REVIEWER),)
    assert services.staffing.find("sun").grants == (Grant(Role.UNIT, "2"),)


def test_everything_wrong_is_listed_as_the_workbook_is_read(services: Services) -> None:
    bad = a_workbook(
        账号=[ACCOUNTS, ["li", "李强", "国王", ""], ["sun", "孙丽", "单位人员", "9"]],
        窗口=[WINDOWS, ["w", "1号窗口", "9"]],
        单位=[UNITS, ["a", "甲", "b", ""], ["b", "乙", "a", ""], ["", "丙", "", ""]],
    )
    preview = services.organising.preview(bad, CLERK)
    assert [(one.sheet, one.row) for one in preview.problems] == [
        ("units", 2),
        ("units", 3),
        ("units", 4),
        ("windows", 2),
        ("accounts", 2),
        ("accounts", 3),
    ]


def test_nothing_is_applied_where_rows_do_not_fit(services: Services) -> None:
    rows = [UnitRow(Sheet.UNITS, 2, Unit("a", "甲", "nowhere"))]
    with pytest.raises(InvalidOrganisation):
        services.organising.apply(rows, (), "", CLERK, file_sha256="")
    assert codes(services) == []


def test_a_preview_that_was_overtaken_is_not_applied(services: Services) -> None:
    preview = services.organising.preview(WORKBOOK, CLERK)
    services.staffing.add("li", (Grant(Role.LEADER),), "李强", CLERK)
    with pytest.raises(Conflict, match="since the preview"):
        apply(services, preview)
    assert codes(services) == []
    assert [account.name for account in services.staffing.accounts()] == ["li"]


def test_one_of_two_who_apply_the_same_at_once_succeeds(services: Services) -> None:
    preview = services.organising.preview(WORKBOOK, CLERK)
    start = threading.Barrier(2)
    outcomes: list[str] = []

    def run() -> None:
        start.wait()
        try:
            apply(services, preview)
            outcomes.append("applied")
        except Conflict:
            outcomes.append("refused")

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["applied", "refused"]
    assert len(codes(services)) == 3


def test_a_unit_that_appears_at_the_last_moment_is_a_conflict(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    preview = services.organising.preview(WORKBOOK, CLERK)
    monkeypatch.setattr(UnitRepository, "add", lambda *_: False)
    with pytest.raises(Conflict, match="since the preview"):
        apply(services, preview)


def test_nobody_raises_themselves_by_a_workbook(services: Services) -> None:
    name = staff_member(services, Role.ADMIN, name="wang")
    me = Actor(name, services.staffing.find(name).id)
    own = a_workbook(账号=[ACCOUNTS, ["wang", "王敏", "管理员、问卷编辑", ""]])
    preview = services.organising.preview(own, me)
    assert ["their own roles" in str(one.message) for one in preview.problems] == [True]
    with pytest.raises(InvalidOrganisation):
        apply(services, preview, me)


def test_too_many_new_accounts_at_once_are_refused(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(organising, "MAXIMUM_NEW_ACCOUNTS", 1)
    with pytest.raises(BadInput, match="At most 1 new accounts"):
        services.organising.preview(WORKBOOK, CLERK)


def test_the_template_speaks_the_language_of_the_reader(services: Services) -> None:
    assert services.organising.template("zh")[:2] == b"PK"
    assert services.organising.template("en")[:2] == b"PK"


def test_a_table_of_units_is_imported(services: Services, tmp_path: Path) -> None:
    path = tmp_path / "units.csv"
    path.write_text("code,name,parent,category\n2,局,1,\n1,县,,\n", encoding="utf-8")
    assert services.organising.import_units(path, CLERK) == UnitImport(2, 0, 0)
    path.write_text("code,name,parent,category\n2,新局,1,\n1,县,,\n", encoding="utf-8")
    assert services.organising.import_units(path, CLERK) == UnitImport(0, 1, 1)
    assert [unit.name for unit in services.organising.units()] == ["县", "新局"]


def test_a_table_that_would_close_a_circle_is_refused(services: Services, tmp_path: Path) -> None:
    path = tmp_path / "units.csv"
    path.write_text("code,name,parent\n1,县,\n2,局,1\n", encoding="utf-8")
    services.organising.import_units(path, CLERK)
    path.write_text("code,name,parent\n1,县,2\n", encoding="utf-8")
    with pytest.raises(InvalidOrganisation) as caught:
        services.organising.import_units(path, CLERK)
    assert [(one.sheet, one.row) for one in caught.value.problems] == [(None, 2)]
