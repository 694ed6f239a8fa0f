from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import openpyxl
import pytest
from pyarrow import parquet

from surveyapp.domain.definition import parse_definition
from surveyapp.domain.errors import BadInput, NotFound
from surveyapp.domain.masking import MASK
from surveyapp.domain.survey import Standing
from surveyapp.services.assembly import Services
from surveyapp.services.auditing import LogQuery
from surveyapp.services.exports import files as export_files
from surveyapp.services.exports.exporting import FORMATS
from tests.builders import CLERK, a_place, every_type_document, review_document, services_on, submit
from tests.builders import an_open_survey as opened
from tests.support.results import (
    import_rows,
    responses_of,
    satisfaction_document,
    set_standings,
)


@pytest.fixture
def services(sqlite_url: str, tmp_path: Path) -> Iterator[Services]:
    made = services_on(sqlite_url, tmp_path)
    yield made
    made.database.dispose()


HEADER = "used,police,m.air,why,visits,remark,district,age,mode,subject,observed_on,weight"
ROWS = (
    "yes,5,3,a;b,12.5,=1+1,2,40+,phone,w1,2026-11-02,1.50",
    "no,9,,,,打13812345678,,,paper,,2026-11-03,",
)


def every_type(services: Services, *rows: str) -> str:
    remark = every_type_document(subjects=[{"key": "w1"}])
    remark["questions"][-1]["max_chars"] = 40
    key = opened(services, remark)
    import_rows(services, key, HEADER, *(rows or ROWS))
    return key


def csv_rows(path: Path) -> list[dict[str, str]]:
    text = path.read_bytes().decode("utf-8-sig")
    return list(csv.DictReader(text.splitlines()))


def test_a_response_is_a_row_of_the_import_format(services: Services, tmp_path: Path) -> None:
    done = services.exporting.export_responses(
        every_type(services), path := tmp_path / "out.csv", "csv", CLERK
    )
    assert path.read_bytes().startswith(b"\xef\xbb\xbfrow,mode,subject,observed_on,weight,")
    assert done.rows == 2
    assert done.sha256 == sha256(path.read_bytes()).hexdigest()
    rows = {row["mode"]: row for row in csv_rows(path)}
    assert rows["phone"] | {"row": ""} == {
        "row": "",
        "mode": "phone",
        "subject": "w1",
        "observed_on": "2026-11-02",
        "weight": "1.5",
        "district": "2",
        "age": "40+",
        "used": "yes",
        "police": "very_satisfied",
        "m.air": "neutral",
        "m.water": "",
        "why": "a;b",
        "visits": "12.5",
        "remark": "'=1+1",
        "standing": "counted",
    }
    assert (rows["paper"]["remark"], rows["paper"]["weight"]) == (f"打{MASK}", "1")


def test_levels_can_be_written_as_codes_or_labels(services: Services, tmp_path: Path) -> None:
    key = every_type(services)
    path = tmp_path / "out.csv"
    services.exporting.export_responses(key, path, "csv", CLERK, levels="code")
    rows = {row["mode"]: row for row in csv_rows(path)}
    assert [rows["phone"][name] for name in ("police", "why")] == ["5", "1;2"]
    services.exporting.export_responses(key, path, "csv", CLERK, levels="label", language="en")
    rows = {row["mode"]: row for row in csv_rows(path)}
    assert [rows["phone"][name] for name in ("police", "why")] == ["Very satisfied", "A;B"]


def test_codes_that_are_other_levels_keys_are_written_as_keys(
    services: Services, tmp_path: Path
) -> None:
    document = every_type_document(indices=[])
    options = [{"key": "1", "code": 2}, {"key": "2", "code": 1}]
    document["questions"] = [
        {"key": "a", "type": "single", "title": "甲", "options": options},
    ]
    key = opened(services, document)
    place = a_place(services, key)
    submit(services, place, a="1")
    path = tmp_path / "out.csv"
    services.exporting.export_responses(key, path, "csv", CLERK, levels="code")
    assert csv_rows(path)[0]["a"] == "1"


@pytest.mark.parametrize("suffix", ["csv", "xlsx", "parquet"])
def test_an_export_can_be_imported_again(services: Services, tmp_path: Path, suffix: str) -> None:
    key = every_type(
        services, *(row.replace("=1+1", "一般").replace("打13812345678", "好") for row in ROWS)
    )
    again = parse_definition({**services.authoring.get(key).definition.document, "key": "again"})
    services.authoring.import_definition(again, CLERK)
    services.authoring.publish("again", CLERK)
    path = tmp_path / f"out.{suffix}"
    services.exporting.export_responses(key, path, suffix, CLERK)
    result = services.importing.import_file("again", path, actor=CLERK)
    assert (result.accepted, result.errors) == (2, ())

    def content(survey: str) -> list[str]:
        return sorted(
            json.dumps([one.answers, one.attributes, one.mode, one.subject_key, one.weight])
            for one in responses_of(services, survey)
        )

    assert content("again") == content(key)


def test_responses_that_do_not_count_cannot_be_imported_again(
    services: Services, tmp_path: Path
) -> None:
    key = every_type(services)
    set_standings(services, key, Standing.EXCLUDED, 1)
    path = tmp_path / "out.csv"
    services.exporting.export_responses(key, path, "csv", CLERK)
    assert sorted(row["standing"] for row in csv_rows(path)) == ["counted", "excluded"]
    result = services.importing.import_file(key, path, actor=CLERK)
    assert [str(error.message) for error in result.errors] == [
        "Only counted responses are imported: take this row out."
    ]


def test_nothing_in_a_file_names_a_response(services: Services, tmp_path: Path) -> None:
    key = opened(services, review_document())
    place = a_place(services, key)
    receipt = submit(services, place, overall="satisfied").receipt
    (stored,) = responses_of(services, key)
    for suffix in ("csv", "json"):
        path = tmp_path / f"out.{suffix}"
        services.exporting.export_responses(key, path, suffix, CLERK)
        text = path.read_text("utf-8-sig")
        assert receipt not in text
        assert str(stored.id) not in text
        assert stored.received_at.strftime("%H:%M") not in text
        assert "2026-11-23" in text


def test_columns_of_earlier_revisions_are_kept(services: Services, tmp_path: Path) -> None:
    key = opened(services, satisfaction_document(subjects=[]))
    import_rows(services, key, "overall,area", "5,town")
    document = satisfaction_document(subjects=[], attributes=[])
    document["questions"] = [{"key": "new", "type": "scale", "scale": "hcp5", "title": "新"}]
    document["indices"] = []
    services.authoring.import_definition(parse_definition(document), CLERK)
    services.authoring.publish(key, CLERK)
    import_rows(services, key, "new", "1")
    services.exporting.export_responses(key, tmp_path / "o.csv", "csv", CLERK, levels="code")
    rows = csv_rows(tmp_path / "o.csv")
    assert list(rows[0])[5:] == ["area", "new", "overall", "standing"]
    assert sorted((row["area"], row["new"], row["overall"]) for row in rows) == [
        ("", "1", ""),
        ("town", "", "5"),
    ]


def test_a_draft_has_a_header_and_no_rows(services: Services, tmp_path: Path) -> None:
    services.authoring.import_definition(parse_definition(satisfaction_document()), CLERK)
    for suffix in sorted(set(FORMATS) - {"sav"}):
        path = tmp_path / f"out.{suffix}"
        assert services.exporting.export_responses("city", path, suffix, CLERK).rows == 0
        assert path.stat().st_size
    with pytest.raises(BadInput, match="at least one row"):
        services.exporting.export_responses("city", tmp_path / "out.sav", "sav", CLERK)


def test_progress_is_told_row_by_row(services: Services, tmp_path: Path) -> None:
    seen: list[int] = []
    key = every_type(services)
    path = tmp_path / "o.csv"
    services.exporting.export_responses(key, path, "csv", CLERK, progress=seen.append)
    assert seen == [1, 1]


def test_every_export_is_logged(services: Services, tmp_path: Path) -> None:
    key = every_type(services)
    done = services.exporting.export_responses(key, tmp_path / "a.json", "json", CLERK)
    services.exporting.export_indices(key, tmp_path / "b.csv", "csv", CLERK)
    events = services.auditing.read(LogQuery(), 1, CLERK).events
    logged = {event.action: event for event in events}
    assert logged["responses.export"].target == key
    assert logged["responses.export"].detail == {
        "format": "json",
        "rows": 2,
        "sha256": done.sha256,
    }
    assert "indices.export" in logged


def test_simulated_data_say_so_in_every_file(services: Services, tmp_path: Path) -> None:
    key = every_type(services)
    services.database.mark_simulated()
    warning = "Simulated data: not to be used for any assessment."
    exporting = services.exporting
    for suffix in ("csv", "json", "parquet", "xlsx"):
        for what, export in (("r", exporting.export_responses), ("i", exporting.export_indices)):
            path = tmp_path / f"{what}.{suffix}"
            export(key, path, suffix, CLERK, language="en")
            assert warning in _everything(path)
    with pytest.raises(BadInput, match="no column"):
        services.importing.import_file(key, tmp_path / "r.csv", actor=CLERK)


def _everything(path: Path) -> str:
    if path.suffix == ".parquet":
        return str(parquet.read_table(path).to_pydict())
    if path.suffix == ".xlsx":
        book = openpyxl.load_workbook(path)
        return str([list(sheet.values) for sheet in book.worksheets])
    return path.read_text("utf-8-sig")


def test_refusals_leave_no_file(
    services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = every_type(services)
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "old.xlsx").write_text("old")
    with pytest.raises(BadInput, match="not a format; there are: csv, xlsx, json, parquet, sav"):
        services.exporting.export_responses(key, folder / "a.doc", "doc", CLERK)
    with pytest.raises(NotFound):
        services.exporting.export_responses("none", folder / "a.csv", "csv", CLERK)
    with pytest.raises(NotFound):
        services.exporting.export_indices("none", folder / "a.csv", "csv", CLERK)
    monkeypatch.setattr(export_files, "XLSX_ROWS", 1)
    with pytest.raises(BadInput, match="at most 1 rows"):
        services.exporting.export_responses(key, folder / "old.xlsx", "xlsx", CLERK)
    assert [path.name for path in folder.iterdir()] == ["old.xlsx"]
    assert (folder / "old.xlsx").read_text() == "old"


def test_a_file_can_be_replaced(services: Services, tmp_path: Path) -> None:
    key = every_type(services)
    path = tmp_path / "out.csv"
    first = services.exporting.export_responses(key, path, "csv", CLERK)
    assert services.exporting.export_responses(key, path, "csv", CLERK) == first
