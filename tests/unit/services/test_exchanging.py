"""Reviews for other platforms: the right digit in both directions, and nobody's name."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from surveyapp.domain.errors import BadInput, Conflict, InvalidDefinition, NotFound
from surveyapp.domain.exchange import Target
from surveyapp.domain.survey import Standing
from surveyapp.services.assembly import Services
from surveyapp.services.reviews.exchanging import HandedOver, direction_of, read_target
from tests.builders import CLERK, a_place, an_open_survey, review_document, services_on, submit
from tests.support.results import responses_of
from tests.support.reviews import a_hall, record

LEVELS = ["非常满意", "满意", "基本满意", "不满意", "非常不满意"]
HEADER = "id,observed_on,subject,channel,case_number,review_number,is_default,named,满意度,评价原因,评价内容"  # noqa: E501  # one heading


@pytest.fixture
def services(database_url: str, tmp_path: Path) -> Iterator[Services]:
    made = services_on(database_url, tmp_path)
    yield made
    made.database.dispose()


@pytest.fixture
def sqlite_services(sqlite_url: str, tmp_path: Path) -> Iterator[Services]:
    made = services_on(sqlite_url, tmp_path)
    yield made
    made.database.dispose()


def five_levels(services: Services) -> str:
    key = a_hall(services)
    rows = [f"r{n},2026-11-0{n + 1},tax,pc,CASE-{n},,,,{level},," for n, level in enumerate(LEVELS)]
    assert record(services, key, *rows, header=HEADER).accepted == 5
    return key


def hand_over(
    services: Services, key: str, target: Target | str, **options: Any
) -> tuple[HandedOver, list[dict[str, str]]]:
    described = services.exchanging.target(target) if isinstance(target, str) else target
    path = Path(services.settings.instance_dir) / "out"
    done = services.exchanging.write(key, described, path, CLERK, **options)
    if options.get("file_format") == "json":
        return done, json.loads(path.read_text("utf-8"))["reviews"]
    return done, list(csv.DictReader(path.read_text("utf-8-sig").splitlines()))


@pytest.mark.parametrize(
    ("target", "label", "code", "digits"),
    [
        ("gbt39046", "满意度", "满意度代码（1=非常满意）", ["1", "2", "3", "4", "5"]),
        ("provincial", "satisfactionName", "satisfaction（5=非常满意）", ["5", "4", "3", "2", "1"]),
    ],
)
def test_each_level_goes_out_with_the_digit_of_the_target(
    services: Services, target: str, label: str, code: str, digits: list[str]
) -> None:
    done, rows = hand_over(services, five_levels(services), target)
    assert done.rows == 5
    assert {row[label]: row[code] for row in rows} == dict(zip(LEVELS, digits, strict=True))
    assert f"{digits[0]} is the best" in str(done.direction)


def test_json_says_the_direction_too(sqlite_services: Services) -> None:
    services = sqlite_services
    key = five_levels(services)
    for target, best, column in (("gbt39046", 1, "满意度代码"), ("provincial", 5, "satisfaction")):
        _, rows = hand_over(services, key, target, file_format="json", region="510000")
        head = json.loads((Path(services.settings.instance_dir) / "out").read_text("utf-8"))
        assert head["satisfaction_code"] == {"best": best, "worst": 6 - best}
        assert {row[column] for row in rows} == set("12345")
    assert {row["areaCode"] for row in rows} == {"510000"}
    assert {row["deptCode"] for row in rows} == {"5101"}


def test_no_file_holds_anything_that_names_a_person(services: Services) -> None:
    key = a_hall(services)
    result = record(
        services,
        key,
        'a,2026-11-02,tax,hotline,C-1,,,实名,不满意,"207,208",打我电话13812345678',
        header=HEADER,
    )
    assert not result.errors
    place = a_place(services, key)
    submit(services, place, overall="satisfied", comment="身份证510102199003074512")
    done, rows = hand_over(services, key, "provincial")
    assert done.rows == 2
    told = {row["dataSource"]: row for row in rows}
    assert set(told) == {"好差评", "12345热线"}
    recorded, own = told["12345热线"], told["好差评"]
    assert recorded["writingEvaluation"] == "打我电话【已隐去】"
    assert own["writingEvaluation"] == "身份证【已隐去】"
    assert recorded["evalDetail"] == "207,208"
    assert (recorded["isAnonymous"], own["isAnonymous"]) == ("2", "1")
    # Of an anonymous review the day goes out, never the time.
    assert own["assessTime"] == "2026-11-23 00:00:00"


def test_a_named_review_given_here_keeps_its_time(sqlite_services: Services) -> None:
    services = sqlite_services
    key = a_hall(services)
    submit(services, a_place(services, key), overall="satisfied")
    (response,) = responses_of(services, key)
    with services.database.writing() as work:
        work.session.get_one(type(response), response.id).is_named = True
    _, (row,) = hand_over(services, key, "provincial")
    assert row["assessTime"] == "2026-11-23 09:00:00"


def test_what_a_target_cannot_take_is_left_out_and_said(sqlite_services: Services) -> None:
    services = sqlite_services
    key = a_hall(services)
    record(
        services,
        key,
        "a,2026-11-02,tax,pc,,,,,满意,,",
        "b,2026-11-02,tax,paper,C-2,,,,满意,,",
        "c,2026-11-02,tax,default,C-3,,,,基本满意,,",
        "d,2026-11-02,tax,pc,C-4,,,,,,只有意见",
        "e,2026-11-03,tax,pc,C-5,,,,满意,,",
        "f,2026-11-04,tax,,C-6,,,,满意,,",
        header=HEADER,
    )
    done, rows = hand_over(services, key, "gbt39046")
    assert done.rows == 1
    assert {str(reason): n for reason, n in done.left_out} == {
        "without the number of a service case": 1,
        "from a channel the target has no name for": 2,
        "entered by default, which the target has no column to say": 1,
        "without a rating": 1,
    }
    (row,) = rows
    assert (row["办件编号"], row["评价渠道"], row["评价人"]) == ("C-5", "PC端", "匿名用户")
    assert row["评价时间"] == "20261103T000000"
    done, rows = hand_over(services, key, "provincial")
    assert sorted(row["isdefault"] for row in rows) == ["1", "2", "2"]


def test_standings_and_days_decide_what_goes_out(sqlite_services: Services) -> None:
    services = sqlite_services
    key = five_levels(services)
    worst = next(one for one in responses_of(services, key) if one.case_number == "CASE-4")
    services.counting.fold(key)
    services.counting.set_standing(worst.id, Standing.EXCLUDED, "malicious", CLERK)
    assert hand_over(services, key, "gbt39046")[0].rows == 4
    _, rows = hand_over(services, key, "provincial")
    assert {row["effectivevalua"] for row in rows if row["projectNo"] == "CASE-4"} == {"2"}
    days = {"since": date(2026, 11, 2), "until": date(2026, 11, 3)}
    _, rows = hand_over(services, key, "gbt39046", **days)
    assert sorted(row["办件编号"] for row in rows) == ["CASE-1", "CASE-2"]


def test_what_cannot_be_handed_over_is_refused(sqlite_services: Services) -> None:
    services = sqlite_services
    key = five_levels(services)
    for options in ({"file_format": "xml"}, {"region": "x1"}):
        with pytest.raises(BadInput):
            hand_over(services, key, "gbt39046", **options)
    with pytest.raises(BadInput):
        hand_over(services, key, "elsewhere")
    with pytest.raises(NotFound):
        hand_over(services, "nowhere", "gbt39046")
    document = review_document(key="three")
    document["questions"] = [{**document["questions"][0], "scale": "sat3"}]
    with pytest.raises(Conflict, match="five levels"):
        hand_over(services, an_open_survey(services, document), "gbt39046")
    services.database.mark_simulated()
    with pytest.raises(Conflict, match="made up"):
        hand_over(services, key, "gbt39046")
    assert not list(Path(services.settings.instance_dir).glob(".out*"))


TARGET = """\
key: ours
title: {zh: 本市平台, en: Our platform}
best: 5
channels: {pc: "1"}
columns:
  - {name: code, from: satisfaction_code}
  - {name: words, from: satisfaction}
  - {name: kind, constant: "7"}
"""


def test_an_office_describes_its_own_target(sqlite_services: Services, tmp_path: Path) -> None:
    services = sqlite_services
    file = tmp_path / "ours.yaml"
    file.write_text(TARGET, encoding="utf-8")
    _, rows = hand_over(services, five_levels(services), str(file))
    assert {(row["words"], row["code（5=非常满意）"], row["kind"]) for row in rows} >= {
        ("非常满意", "5", "7"),
        ("非常不满意", "1", "7"),
    }
    assert [one.key for one in services.exchanging.targets()] == ["gbt39046", "provincial"]
    assert "1 is the best" in str(direction_of(services.exchanging.targets()[0]))


@pytest.mark.parametrize(
    ("before", "after", "complaint"),
    [
        ("best: 5\n", "", "best"),
        ("best: 5", "best: 3", "best"),
        ("  - {name: words, from: satisfaction}\n", "", "columns"),
        ("from: satisfaction}", "from: telephone}", "columns[2].from"),
        ("from: satisfaction}", "from: satisfaction, constant: x}", "columns[2]"),
        ("pc:", "pigeon:", "channels.pigeon"),
        ("best: 5", "best: 5\nstandings: [replaced]", "standings[1]"),
        ("name: words", "name: code", "columns[2].name"),
    ],
)
def test_a_target_that_could_mislead_is_refused(before: str, after: str, complaint: str) -> None:
    with pytest.raises(InvalidDefinition) as caught:
        read_target(TARGET.replace(before, after).encode())
    assert complaint in {problem.path for problem in caught.value.problems}


@pytest.mark.parametrize("data", [b"\xff\xfe", b"a: " + b"x" * 100_001])
def test_a_target_that_is_no_text_is_refused(data: bytes) -> None:
    with pytest.raises(BadInput):
        read_target(data)


def test_a_target_with_a_key_twice_is_refused() -> None:
    with pytest.raises(InvalidDefinition):
        read_target(f"{TARGET}best: 1\n".encode())
