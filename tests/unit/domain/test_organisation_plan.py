"""What a workbook of the organisation would do."""

from __future__ import annotations

from surveyapp.domain.organisation import AccountRow, Sheet, Unit, UnitRow
from surveyapp.domain.organisation_plan import Kind, Plan, check_accounts, plan_accounts, plan_units
from surveyapp.domain.roles import Grant, Role

EDITOR = (Grant(Role.EDITOR),)
STORED = {"a": Unit("a", "甲"), "b": Unit("b", "乙", "a")}
ROWS = [
    UnitRow(Sheet.UNITS, 3, Unit("a", "甲")),
    UnitRow(Sheet.UNITS, 4, Unit("b", "乙局", "a")),
    UnitRow(Sheet.WINDOWS, 3, Unit("c", "1号窗口", "b", "窗口")),
]


def account(name: str, full_name: str = "李强", grants: tuple[Grant, ...] = EDITOR) -> AccountRow:
    return AccountRow(3, name, full_name, grants)


def test_units_are_unchanged_changed_or_new() -> None:
    changes = plan_units(ROWS, STORED)
    assert [change.kind for change in changes] == [Kind.UNCHANGED, Kind.CHANGED, Kind.NEW]
    assert [change.before for change in changes] == [STORED["a"], STORED["b"], None]


def test_accounts_are_unchanged_changed_or_new() -> None:
    present = {"li": ("李强", EDITOR), "sun": ("孙丽", EDITOR), "zhou": ("周杰", EDITOR)}
    given = [
        account("li"),
        account("sun", "孙莉"),
        account("zhou", "周杰", (Grant(Role.LEADER),)),
        account("new"),
    ]
    changes = plan_accounts(given, present)
    assert [change.kind for change in changes] == [
        Kind.UNCHANGED,
        Kind.CHANGED,
        Kind.CHANGED,
        Kind.NEW,
    ]
    assert (changes[1].before_name, changes[3].before_name) == ("孙丽", None)


def test_a_plan_knows_whether_it_does_anything() -> None:
    assert Plan((), ()).is_empty
    assert Plan(plan_units(ROWS[:1], STORED), ()).is_empty
    assert not Plan(plan_units(ROWS, STORED), ()).is_empty
    assert not Plan((), plan_accounts([account("new")], {})).is_empty


def test_the_digest_changes_with_what_would_happen() -> None:
    present = {"li": ("李强", EDITOR)}
    plans = [
        Plan(plan_units(ROWS, STORED), ()),
        Plan(plan_units(ROWS, {"a": Unit("a", "甲县")}), ()),
        Plan(plan_units(ROWS, {}), ()),
        Plan((), plan_accounts([account("li")], {})),
        Plan((), plan_accounts([account("li")], present)),
        Plan((), plan_accounts([account("li", "李强", (Grant(Role.UNIT, "a"),))], present)),
        Plan((), plan_accounts([account("li")], {"li": ("李小强", EDITOR)})),
    ]
    assert len({plan.sha256 for plan in plans}) == len(plans)
    assert plans[0].sha256 == Plan(plan_units(ROWS, STORED), ()).sha256


def test_bad_accounts_are_found_at_once() -> None:
    unit = (Grant(Role.UNIT, "x"),)
    given = [
        AccountRow(3, "li", "李强", EDITOR),
        AccountRow(4, "li", "李强", EDITOR),
        AccountRow(5, "sun", "孙丽", unit),
        AccountRow(6, "me", "王敏", EDITOR),
    ]
    present = {"me": ("王敏", (Grant(Role.ADMIN),))}
    problems = check_accounts(given, {"a"}, present, "me")
    assert [(problem.row, str(problem.message)) for problem in problems] == [
        (4, "The sign-in name li stands in row 3 already."),
        (5, "No unit has the code x."),
        (6, "Nobody changes their own roles or access: ask another administrator."),
    ]


def test_ones_own_account_may_stand_in_the_table_unchanged() -> None:
    present = {"me": ("王敏", EDITOR)}
    assert check_accounts([account("me", "王小敏")], set(), present, "me") == []
    assert check_accounts([account("li")], set(), {}, "li") == []
