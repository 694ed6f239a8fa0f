from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from surveyapp.domain.errors import BadInput, Conflict, NotFound
from surveyapp.services.assembly import Services
from surveyapp.services.collection.importing import ImportResult
from surveyapp.storage.records import ResponseRecord
from surveyapp.storage.responses import ResponseRepository
from surveyapp.storage.surveys import SurveyRepository
from tests.builders import (
    CLERK,
    a_definition,
    an_open_survey,
    every_type_document,
    review_document,
    services_on,
)

HEADER = "id,used,police,m.air,why,visits,remark,district,age,mode,subject,observed_on,weight\n"
GOOD = "1,1,5,3,a;b,3,好,2,40+,phone,w1,2026/11/2,1.50\n"


@pytest.fixture
def services(sqlite_url: str, tmp_path: Path) -> Iterator[Services]:
    made = services_on(sqlite_url, tmp_path)
    yield made
    made.database.dispose()


@pytest.fixture
def survey(services: Services) -> str:
    return an_open_survey(services, every_type_document(subjects=[{"key": "w1"}]))


def import_text(
    services: Services,
    key: str,
    text: str,
    *,
    name: str = "data.csv",
    mode: str | None = None,
    source: str | None = None,
) -> ImportResult:
    path = services.settings.instance_dir / name
    path.write_bytes(text.encode())
    return services.importing.import_file(key, path, actor=CLERK, mode=mode, source=source)


def stored(services: Services, key: str) -> list[ResponseRecord]:
    with services.database.reading() as work:
        survey = SurveyRepository(work).find(key)
        assert survey is not None
        return list(ResponseRepository(work).each(survey.id))


def test_a_row_becomes_a_response(services: Services, survey: str) -> None:
    assert import_text(services, survey, HEADER + GOOD) == ImportResult(1, 0, 0, ())
    (response,) = stored(services, survey)
    assert response.answers["why"] == ["a", "b"]
    assert response.attributes == {"district": "2", "age": "40+"}
    assert (response.mode, response.subject_key, response.weight) == ("phone", "w1", "1.5")
    assert response.observed_on is not None
    assert response.observed_on.isoformat() == "2026-11-02"
    assert services.counting.fold(survey) == 1


def test_the_same_rows_again_are_duplicates_and_identical_rows_are_not(
    services: Services, survey: str
) -> None:
    text = "police\n5\n5\n5\n"
    assert import_text(services, survey, text).accepted == 3
    assert import_text(services, survey, text, name="copy.csv") == ImportResult(0, 0, 3, ())
    longer = import_text(services, survey, text + "5\n")
    assert (longer.accepted, longer.duplicates) == (4, 0)


def test_an_id_is_known_for_ever_whatever_file_it_comes_in(services: Services, survey: str) -> None:
    assert import_text(services, survey, "id,police\n1,5\n2,4\n").accepted == 2
    again = import_text(services, survey, "id,police\n2,1\n3,4\n3,4\n")
    assert (again.accepted, again.duplicates) == (1, 2)


def test_any_bad_row_stores_nothing_and_every_one_is_named(services: Services, survey: str) -> None:
    text = (
        "id,police,mode,subject,observed_on,weight\n"
        "1,5,phone,w1,2026-11-01,1\n"
        "2,7,,,,\n"
        "3,5,open,,,\n"
        "4,5,two words,,,\n"
        "5,5,,w9,,\n"
        "6,5,,,2026-02-30,\n"
        "7,5,,,tomorrow,\n"
        "8,5,,,2026-12-01,\n"
        "9,5,,,,0\n"
        "10,5,,,,much\n"
        "11,5,,,,1,surplus\n"
        "12,,,,,\n"
        f"{'x' * 201},5,,,,\n"
    )
    result = import_text(services, survey, text)
    assert (result.accepted, result.refused) == (0, 12)
    assert [error.line for error in result.errors] == list(range(3, 15))
    assert stored(services, survey) == []
    assert services.counting.fold(survey) == 0


def test_an_unknown_column_is_refused_by_name(services: Services, survey: str) -> None:
    with pytest.raises(BadInput, match="no column “shoe_size”"):
        import_text(services, survey, "police,shoe_size\n5,44\n")


def test_rows_without_a_mode_take_the_one_given(services: Services, survey: str) -> None:
    import_text(services, survey, "id,police\n1,5\n", mode="paper")
    import_text(services, survey, "id,police\n2,5\n")
    assert {response.mode for response in stored(services, survey)} == {"paper", "imported"}
    with pytest.raises(BadInput, match="kept for answers given here"):
        import_text(services, survey, "police\n5\n", mode="open")


def test_reviews_come_only_from_a_named_channel_with_id_and_date(services: Services) -> None:
    key = an_open_survey(services)
    row = "id,overall,observed_on\nA1,5,2026-11-01\n"
    with pytest.raises(Conflict, match="--source"):
        import_text(services, key, row)
    with pytest.raises(BadInput, match=r"missing: id, observed_on"):
        import_text(services, key, "overall\n5\n", source="12345")
    bad = import_text(services, key, "id,overall,observed_on\n,5,2026-11-01\n", source="12345")
    assert "own id and date" in str(bad.errors[0].message)
    assert import_text(services, key, row, source="12345").accepted == 1


def test_a_draft_takes_no_file_and_a_closed_survey_does(services: Services) -> None:
    definition = a_definition(every_type_document())
    services.authoring.import_definition(definition, CLERK)
    with pytest.raises(Conflict, match="draft"):
        import_text(services, definition.key, "police\n5\n")
    services.authoring.publish(definition.key, CLERK)
    services.authoring.close(definition.key, CLERK)
    assert import_text(services, definition.key, "police\n5\n").accepted == 1
    with pytest.raises(NotFound):
        import_text(services, "x", "police\n5\n")


def test_more_rows_than_a_batch_are_all_stored(
    services: Services, survey: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("surveyapp.services.collection.importing.BATCH", 2)
    told: list[int] = []
    path = services.settings.instance_dir / "five.csv"
    path.write_text("police\n5\n4\n3\n2\n1\n")
    services.importing.import_file(survey, path, actor=CLERK, progress=told.append)
    assert len(stored(services, survey)) == sum(told) == 5
    assert import_text(services, survey, "police\n5\n4\n").accepted == 2


def test_the_batch_remembers_file_source_and_numbers(services: Services) -> None:
    key = an_open_survey(services, review_document())
    import_text(services, key, "id,overall,observed_on\nA1,5,2026-11-01\n", source="省平台")
    with services.database.reading() as work:
        survey = SurveyRepository(work).find(key)
        assert survey is not None
        (batch,) = ResponseRepository(work).batches(survey.id)
    assert (batch.file_name, batch.source, batch.accepted) == ("data.csv", "省平台", 1)
    assert len(batch.file_sha256) == 64
