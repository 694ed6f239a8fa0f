"""How the product is served: what it listens on, and what it never writes down."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from surveyapp.server import _Scrub, address_to_bind, options, scrubbed
from tests.builders import settings_for


@pytest.mark.parametrize(
    ("base_url", "address"),
    [
        ("http://127.0.0.1:8000", "127.0.0.1:8000"),
        ("http://localhost:9000", "127.0.0.1:9000"),
        ("http://192.168.8.20:8000", "0.0.0.0:8000"),
        ("http://192.168.8.20", "0.0.0.0:8000"),
        ("https://survey.example.gov.cn", "0.0.0.0:8000"),
        ("https://survey.example.gov.cn:8443/x", "0.0.0.0:8000"),
    ],
)
def test_it_listens_for_others_only_if_others_are_meant(
    tmp_path: Path, base_url: str, address: str
) -> None:
    settings = settings_for("sqlite:///x.sqlite3", tmp_path, SURVEYAPP_BASE_URL=base_url)
    assert address_to_bind(settings) == address


def test_there_is_no_access_log(tmp_path: Path) -> None:
    chosen = options(settings_for("sqlite:///x.sqlite3", tmp_path))
    assert chosen["accesslog"] is None
    assert chosen["worker_class"] == "gthread"
    assert chosen["forwarded_allow_ips"] == ""


def test_codes_are_blotted_out_of_what_the_server_reports() -> None:
    line = (
        "Error handling request GET /survey/r/ABCD1234?lang=en and /receipt/X /i/Y /b/Z /console/"
    )
    assert scrubbed(line) == (
        "Error handling request GET /survey/r/…?lang=en and /receipt/… /i/… /b/… /console/"
    )
    record = logging.LogRecord("x", logging.ERROR, "", 1, "bad %s", ("/r/ABCD1234",), None)
    assert _Scrub().filter(record)
    assert record.getMessage() == "bad /r/…"
