"""What a survey rates can be read from a table; bad rows are listed and nothing is changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from surveyapp.domain.errors import BadInput, NotFound
from surveyapp.domain.organisation import InvalidOrganisation
from surveyapp.domain.roles import Grant, Role
from surveyapp.domain.survey import Subject
from surveyapp.domain.text import Text
from surveyapp.services.assembly import Services
from surveyapp.services.rated import SubjectImport
from tests.builders import CLERK, a_definition, an_open_survey, review_document, services_on


@pytest.fixture
def services(sqlite_url: str, tmp_path: Path) -> Services:
    return services_on(sqlite_url, tmp_path)


def _file(folder: Path, text: str, name: str = "subjects.csv") -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def test_subjects_are_added_and_changed_and_never_removed(
    services: Services, tmp_path: Path
) -> None:
    units = _file(tmp_path, "code,name\nZW-01,1号窗口\n", "units.csv")
    services.organising.import_units(units, CLERK)
    survey = an_open_survey(services)
    first = _file(
        tmp_path, "编号,名称,英文名称,单位编码\nw1,一号窗口,Window 1,ZW-01\nw2,二号窗口,,\n"
    )
    assert services.rated.import_file(survey, first, CLERK) == SubjectImport(2, 0, 0)
    second = _file(tmp_path, "title,key\n2号窗口,w2\n三号窗口,w3\n一号窗口,w1\n")
    assert services.rated.import_file(survey, second, CLERK) == SubjectImport(1, 2, 0)
    assert services.rated.import_file(survey, second, CLERK) == SubjectImport(0, 0, 3)
    assert services.authoring.get(survey).subjects == (
        Subject("w1", Text.same("一号窗口")),
        Subject("w2", Text.same("2号窗口")),
        Subject("w3", Text.same("三号窗口")),
    )


def test_every_bad_row_is_listed_and_nothing_is_changed(services: Services, tmp_path: Path) -> None:
    survey = an_open_survey(services)
    path = _file(
        tmp_path,
        f"key,title,unit\nw1,好\n,无编号\na|b,竖线\nw1,重复\nw5,,\nw6,{'长' * 201}\nw7,外单位,XX\n"
        f"{'k' * 65},长编号\n",
    )
    with pytest.raises(InvalidOrganisation) as refusal:
        services.rated.import_file(survey, path, CLERK)
    assert [(one.row, str(one.message)[:22]) for one in refusal.value.problems] == [
        (3, "A subject needs a shor"),
        (4, "A subject needs a shor"),
        (5, "The key “w1” stands in"),
        (6, "The name needs 1 to 20"),
        (7, "The name needs 1 to 20"),
        (8, "No unit has the code X"),
        (9, "A subject needs a shor"),
    ]
    assert services.authoring.get(survey).subjects == ()


@pytest.mark.parametrize(
    ("header", "complaint"),
    [
        ("key,title,colour", "“colour” is none of them"),
        ("key,编号,title", "“编号” is none of them"),
        ("key,unit", "“title” is missing"),
    ],
)
def test_a_table_needs_its_columns(
    services: Services, tmp_path: Path, header: str, complaint: str
) -> None:
    survey = an_open_survey(services)
    with pytest.raises(BadInput, match=complaint):
        services.rated.import_file(survey, _file(tmp_path, f"{header}\na,b,c\n"), CLERK)


def test_an_unknown_survey_rates_nothing(services: Services, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        services.rated.import_file("nowhere", _file(tmp_path, "key,title\nw1,好\n"), CLERK)


def test_a_definition_cannot_name_a_unit_that_is_not_known(services: Services) -> None:
    document = review_document(subjects=[{"key": "w1", "title": "一号窗口", "unit": "ZW-01"}])
    with pytest.raises(BadInput, match="No unit has the code ZW-01"):
        services.authoring.import_definition(a_definition(document), CLERK)
    assert services.authoring.summaries() == []


def test_a_lasting_password_works_more_than_once(services: Services) -> None:
    services.staffing.add("demo-editor", (Grant(Role.EDITOR),), "演示编辑", CLERK)
    password = services.staffing.reset_password("demo-editor", CLERK, lasting=True)
    for _ in range(2):
        token = services.staffing.sign_ins.begin("demo-editor", password, "127.0.0.1")
        who = services.staffing.sign_ins.who(token)
        assert who is not None
        assert not who.must_change_password
