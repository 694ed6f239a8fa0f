"""What the three tables of an organisation workbook are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from surveyapp.domain.accounts import ROLE_NAMES
from surveyapp.domain.messages import Message, message
from surveyapp.domain.organisation import Sheet
from surveyapp.domain.text import Text

TITLES: Mapping[Sheet, Text] = {
    Sheet.UNITS: Text("单位", "Units"),
    Sheet.WINDOWS: Text("窗口", "Windows"),
    Sheet.ACCOUNTS: Text("账号", "Accounts"),
}
# A line whose first cell begins like this explains the table and is left out.
EXAMPLES = ("示例", "example")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    Attributes
    ----------
    field : str
        What the reader calls it.
    heading : Text
        As the handed-out workbook writes it.
    others : tuple of str
        What it may be called besides, in lower case.
    note : Message
        Shown on the heading.
    example : Text
        In the line that is marked as an example.
    """

    field: str
    heading: Text
    others: tuple[str, ...]
    note: Message
    example: Text
    required: bool = True

    def is_called(self, heading: str) -> bool:
        """Whether a heading means this column."""
        heading = heading.strip().rstrip("*").strip().lower()
        return heading in (self.heading.zh, self.heading.en.lower(), self.field, *self.others)


_CODE_NOTE = message("The official code, at most 64 characters. The column is formatted as text.")
_UNIT_COLUMNS = (
    Column(
        "code",
        Text("单位编码", "Unit code"),
        ("编码", "代码", "单位代码"),
        _CODE_NOTE,
        Text("示例-001", "example-001"),
    ),
    Column(
        "name",
        Text("单位名称", "Unit name"),
        ("名称", "单位"),
        message("The full name as it is to appear in results."),
        Text("示例县民政局", "Example County Civil Affairs Bureau"),
    ),
    Column(
        "parent",
        Text("上级编码", "Parent code"),
        ("上级单位编码", "上级", "所属单位编码", "parent_code"),
        message("Code of the unit above, in this file or stored already; empty at the top."),
        Text("", ""),
        required=False,
    ),
    Column(
        "category",
        Text("考核类别", "Category"),
        ("类别", "分类"),
        message("Units are compared only within one category; may stay empty."),
        Text("县直部门", "County department"),
        required=False,
    ),
)
_WINDOW_COLUMNS = (
    Column(
        "code",
        Text("窗口编码", "Window code"),
        ("编码", "代码", "窗口代码"),
        _CODE_NOTE,
        Text("示例-001-01", "example-001-01"),
    ),
    Column(
        "name",
        Text("窗口名称", "Window name"),
        ("名称", "窗口"),
        message("As it is written above the window."),
        Text("3号窗口 婚姻登记", "Window 3: marriages"),
    ),
    Column(
        "parent",
        Text("所属单位编码", "Code of its unit"),
        ("单位编码", "上级编码", "所属单位", "unit"),
        message("Code of the unit the window belongs to."),
        Text("示例-001", "example-001"),
    ),
)
_ACCOUNT_COLUMNS = (
    Column(
        "name",
        Text("登录名", "Sign-in name"),
        ("账号", "帐号", "用户名", "login"),
        message("2 to 64 letters or digits, for example the name in pinyin."),
        Text("示例.wangmin", "example.wangmin"),
    ),
    Column(
        "full_name",
        Text("姓名", "Full name"),
        ("名字",),
        message("The person's name: every account belongs to one person."),
        Text("王敏", "Wang Min"),
    ),
    Column(
        "roles",
        Text("角色", "Roles"),
        ("role",),
        message(
            "One or more roles, separated by commas: %(roles)s.",
            roles=Text(
                "、".join(name.zh for name in ROLE_NAMES.values()),
                ", ".join(name.en for name in ROLE_NAMES.values()),
            ),
        ),
        Text("问卷编辑", "Editor"),
    ),
    Column(
        "unit",
        Text("单位编码", "Unit code"),
        ("所属单位编码", "单位代码"),
        message("Only for the unit role: the unit whose results the person may see."),
        Text("", ""),
        required=False,
    ),
    Column(
        "team",
        Text("考核组", "Team"),
        ("考核组名称",),
        message(
            "Only for examiners and scrutineers: they then see only the meetings of this team."
        ),
        Text("", ""),
        required=False,
    ),
)
COLUMNS: Mapping[Sheet, tuple[Column, ...]] = {
    Sheet.UNITS: _UNIT_COLUMNS,
    Sheet.WINDOWS: _WINDOW_COLUMNS,
    Sheet.ACCOUNTS: _ACCOUNT_COLUMNS,
}
