from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from surveyapp.services.assembly import Services
from surveyapp.services.results.figures import QuestionFigures, Shape
from surveyapp.services.results.report_json import report_json
from tests.builders import an_open_survey, every_type_document, review_document, services_on
from tests.support.results import import_rows


@pytest.fixture
def services(sqlite_url: str, tmp_path: Path) -> Iterator[Services]:
    made = services_on(sqlite_url, tmp_path)
    yield made
    made.database.dispose()


HEADER = "used,police,m.air,m.water,why,visits,remark"
ROWS = (
    "yes,5,5,1,a;b,2.5,好",
    "yes,4,9,,a,0.5,",
    "no,9,3,,,,不好",
    "yes,,3,9,,,",
)


def questions(services: Services, *rows: str) -> dict[str, QuestionFigures]:
    key = an_open_survey(services, every_type_document())
    import_rows(services, key, HEADER, *(rows or ROWS))
    return {one.field: one for one in services.reporting.report(key, fold="all").questions}


def counts(figures: QuestionFigures) -> dict[str, int]:
    return {level.key: level.count for level in figures.levels if level.count}


def shares(figures: QuestionFigures) -> dict[str, float | None]:
    return {level.key: level.share.value for level in figures.levels if level.count}


def test_a_scale_has_its_distribution_and_a_dont_know_share_of_its_own(services: Services) -> None:
    police = questions(services)["police"]
    assert counts(police) == {"very_satisfied": 1, "fairly_satisfied": 1, "dont_know": 1}
    assert shares(police) == {
        "very_satisfied": 0.5,
        "fairly_satisfied": 0.5,
        "dont_know": pytest.approx(1 / 3),
    }
    assert (police.asked, police.answered, police.not_answered) == (4, 3, 1)
    assert police.mean is not None
    assert (police.mean.value, police.mean.n, police.lowest, police.highest) == (90.0, 2, 0, 100)
    assert police.favourable is not None
    assert (police.favourable.value, police.favourable.n) == (1.0, 2)
    assert police.favourable.low is not None
    assert 0 < police.favourable.low < 1
    assert police.dont_know is not None
    assert police.dont_know.value == pytest.approx(1 / 3)
    assert police.dont_know.n == 3


def test_each_row_of_a_matrix_is_a_question(services: Services) -> None:
    found = questions(services)
    assert counts(found["m.air"]) == {"very_satisfied": 1, "neutral": 2, "dont_know": 1}
    assert counts(found["m.water"]) == {"very_dissatisfied": 1, "dont_know": 1}
    assert found["m.air"].heading == found["m.water"].heading
    assert found["m.air"].heading is not None
    assert found["m.water"].not_answered == 2


def test_a_single_choice_has_shares_and_no_points(services: Services) -> None:
    used = questions(services)["used"]
    assert used.shape is Shape.SINGLE
    assert (counts(used), used.mean) == ({"yes": 3, "no": 1}, None)


def test_options_are_shares_of_the_people_who_were_asked(services: Services) -> None:
    why = questions(services)["why"]
    assert (why.asked, why.answered, why.not_answered) == (3, None, None)
    assert [(level.key, level.count, level.share.n) for level in why.levels] == [
        ("a", 2, 3),
        ("b", 1, 3),
        ("c", 0, 3),
    ]
    assert why.levels[0].share.value == pytest.approx(2 / 3)


def test_a_number_has_mean_and_deviation(services: Services) -> None:
    visits = questions(services)["visits"]
    assert visits.mean is not None
    assert (visits.mean.value, visits.mean.n, visits.not_answered) == (1.5, 2, 2)
    assert visits.deviation == pytest.approx(2**0.5)


def test_one_number_has_no_deviation(services: Services) -> None:
    assert questions(services, "no,5,,,,3,")["visits"].deviation is None


def test_of_a_text_only_the_number_is_told(services: Services) -> None:
    remark = questions(services)["remark"]
    assert (remark.answered, remark.not_answered, remark.levels) == (2, 2, ())


def test_tags_are_shares_of_those_who_chose_their_level(services: Services) -> None:
    tags = {
        "satisfied": [{"key": "fast", "label": "快"}],
        "dissatisfied": [{"key": "slow", "label": "慢"}, {"key": "rude", "label": "差"}],
    }
    document = review_document(kind="satisfaction")
    document["questions"][1]["tags"] = tags
    key = an_open_survey(services, document)
    import_rows(services, key, "overall,reasons", "4,fast", "2,slow;rude", "2,slow", "5,")
    report = services.reporting.report(key, fold="all")
    reasons = report.questions[1]
    assert [(one.key, one.given, one.count, one.share.n) for one in reasons.levels] == [
        ("fast", "satisfied", 1, 1),
        ("slow", "dissatisfied", 2, 2),
        ("rude", "dissatisfied", 1, 2),
    ]
    assert reasons.answered is None


CONDITIONS = [
    ({"used": ["yes"], "pick": ["x"]}, None),
    ({"pick": ["x", "y"]}, None),
    ({"pick": ["x"]}, 2),
    ({"used": ["yes", "no"]}, 3),
]


@pytest.mark.parametrize(("conditions", "asked"), CONDITIONS)
def test_whom_skip_logic_asks_is_counted_where_it_can_be(
    services: Services, conditions: dict[str, list[str]], asked: int | None
) -> None:
    document = every_type_document(indices=[])
    document["questions"] = [
        {"key": "used", "type": "single", "options": "yes_no", "title": "甲"},
        {"key": "pick", "type": "multiple", "title": "乙", "options": [{"key": "x"}, {"key": "y"}]},
        {"key": "more", "type": "multiple", "title": "丙", "show_if": conditions,
         "options": [{"key": "p"}, {"key": "q"}]},
    ]  # fmt: skip
    key = an_open_survey(services, document)
    import_rows(services, key, "used,pick,more", "yes,x,p", "yes,x;y,p;q", "no,y,", "dont_know,,")
    more = services.reporting.report(key, fold="all").questions[2]
    assert more.asked == asked
    assert [(level.count, level.share.n) for level in more.levels] == [
        (2, asked or 4),
        (1, asked or 4),
    ]


def test_a_scale_without_points_has_shares_only(services: Services) -> None:
    document = every_type_document(indices=[])
    document["questions"] = [
        {"key": "vote", "type": "scale", "scale": "vote3", "title": "表决"},
        {"key": "known", "type": "scale", "scale": "know3", "title": "知晓"},
    ]
    key = an_open_survey(services, document)
    import_rows(services, key, "vote,known", "for,know", "against,heard")
    vote, known = services.reporting.report(key, fold="all").questions
    assert (vote.mean, vote.lowest) == (None, None)
    assert (known.mean is not None, known.dont_know) == (True, None)


def test_everything_can_be_written_as_json(services: Services) -> None:
    key = an_open_survey(services, every_type_document())
    import_rows(services, key, HEADER, *ROWS)
    document = report_json(services.reporting.report(key, by=None, fold="all"))
    assert [one["shape"] for one in document["questions"]] == [
        *("single", "rated", "rated", "rated", "multiple", "number", "text")
    ]
    assert document["indices"][1]["by"] == {"district": "1"}
    assert document["indices"][1]["group_title"] == {"zh": "1", "en": "1"}
