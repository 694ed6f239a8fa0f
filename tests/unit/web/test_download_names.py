"""Names of files that are saved on people's own computers."""

from __future__ import annotations

from urllib.parse import unquote

import pytest

from surveyapp.web.console.files import disposition, safe_name


@pytest.mark.parametrize(
    ("name", "plain", "shown"),
    [
        ("hall.yaml", "hall.yaml", "hall.yaml"),
        ("大厅 2026-11-21.csv", "2026-11-21.csv", "大厅 2026-11-21.csv"),
        ("2026/2027 年度<调查>.csv", "2026 2027.csv", "2026／2027 年度＜调查＞.csv"),
        ("好差评.xlsx", "download.xlsx", "好差评.xlsx"),
        ('a"b\r\nSet-Cookie: x.csv', "a bSet-Cookie x.csv", "a＂bSet-Cookie： x.csv"),
    ],
)
def test_a_download_keeps_its_whole_name_without_what_systems_forbid(
    name: str, plain: str, shown: str
) -> None:
    header = disposition(name)
    assert f'filename="{plain}"' in header
    assert unquote(header.partition("UTF-8''")[2]) == shown


def test_the_name_of_an_upload_loses_its_path() -> None:
    assert safe_name("../../etc/passwd.csv") == "passwd.csv"
    assert safe_name("C:\\Users\\wang\\数据.csv") == "数据.csv"
    assert safe_name(None) == "file"
