from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from surveyapp.domain.letters import band_letter
from surveyapp.domain.text import Text
from surveyapp.language import translate
from surveyapp.services.assembly import Services
from surveyapp.services.exports.indices import index_sheet
from surveyapp.services.results import ranking as ranking_figures
from surveyapp.services.results.ranking import IndexRanking, alike_words
from surveyapp.services.results.ranking_json import ranking_json
from surveyapp.stats.ranking import LeftOut, Place
from tests.builders import CLERK, services_on
from tests.support.results import a_city

WINDOWS = [
    {"key": f"w{number}", "title": {"zh": f"{number}号窗口", "en": f"Window {number}"}}
    for number in range(1, 6)
]
GOOD, FAIR, BAD = ("5", "4"), ("5", "2"), ("1", "2")


@pytest.fixture
def services(sqlite_url: str, tmp_path: Path) -> Iterator[Services]:
    made = services_on(sqlite_url, tmp_path)
    yield made
    made.database.dispose()


def answers(window: str, levels: Sequence[str], times: int, area: str = "town") -> list[str]:
    return [f"{level},{area},{window},phone" for level in levels] * times


def rankings(services: Services, key: str) -> tuple[IndexRanking, ...]:
    return services.reporting.report(key, fold="all").rankings


def ranked(services: Services, *rows: str, **changes: Any) -> IndexRanking:
    (found,) = rankings(services, a_city(services, *rows, **({"subjects": WINDOWS} | changes)))
    return found


def said(ranking: IndexRanking) -> list[str]:
    return [translate(one, "en") for one in ranking.sentences]


def words(ranking: IndexRanking) -> dict[str, str]:
    return {one.subject.key: translate(one.said, "en") for one in ranking.subjects}


def test_places_possible_ranks_and_words(services: Services) -> None:
    rows = [
        *answers("w1", BAD, 20),
        *answers("w2", GOOD, 20),
        *answers("w3", FAIR, 20),
        *answers("w4", FAIR, 18),
        *answers("w5", FAIR, 2),
    ]
    got = ranked(services, *rows)
    assert [one.subject.key for one in got.subjects] == ["w2", "w3", "w4", "w1", "w5"]
    assert [place.rank for _, place in got.ranked] == [1, 2, 2, 4]
    possible = [(place.possible_low, place.possible_high) for _, place in got.ranked]
    assert possible == [(1, 1), (2, 3), (2, 3), (4, 4)]
    assert [one.bands for one in got.subjects] == ["A", "B", "B", "C", ""]
    assert words(got) == {
        "w2": "differs from all others",
        "w3": "shares its place and differs from all others",
        "w4": "shares its place and differs from all others",
        "w1": "differs from all others",
        "w5": "too few responses to be ranked",
    }
    assert said(got) == [
        "First is “Window 2” (90.0 points); it differs from all others.",
        "Last is “Window 1” (15.0 points); it differs from all others.",
    ]
    assert got.subjects[-1].left_out is LeftOut.TOO_FEW
    assert got.comparisons == 6
    assert got.draws is None
    assert [one.share_rank for one in got.subjects] == [1, 2, 3, 4, None]


def test_an_order_that_may_be_chance_says_so(services: Services) -> None:
    rows = [*answers("w1", ("5", "2", "4"), 5), *answers("w2", FAIR, 7)]
    got = ranked(services, *rows, *answers("w3", FAIR, 8))
    assert said(got) == [
        "None of the 3 can be told apart from the others: the order may be chance."
    ]
    assert set(list(words(got).values())[:3]) == {"cannot be told apart from any other"}
    assert {one.bands for one in got.subjects if one.place} == {"A"}
    assert got.subjects[-1].left_out is LeftOut.NO_VALUE
    assert translate(got.subjects[0].said, "zh") == "与其他对象均无显著差异"


def test_one_window_with_enough_answers_is_no_ranking(services: Services) -> None:
    got = ranked(services, *answers("w1", FAIR, 8), *answers("w2", GOOD, 1))
    assert said(got) == ["Fewer than two have enough valid responses to be ranked."]


def test_equal_answers_are_ranked_with_a_cautious_error(services: Services) -> None:
    got = ranked(services, *answers("w1", ("5",), 30), *answers("w2", BAD, 20))
    first = got.subjects[0]
    assert (first.figure.value, first.figure.se, first.figure.low) == (100, 0, None)
    assert first.is_bounded
    assert first.se is not None
    assert 1 < first.se < 5
    assert got.has_bounded
    assert not got.subjects[1].is_bounded
    alone = ranked(
        services,
        *answers("w1", ("5",), 1),
        *answers("w2", BAD, 2),
        key="tiny",
        minimum_group=1,
    )
    assert [one.left_out for one in alone.subjects if one.subject.key == "w1"] == [LeftOut.NO_ERROR]
    assert not alone.has_bounded


def test_a_rate_that_is_too_good_is_named(services: Services) -> None:
    got = ranked(services, *answers("w1", ("5",), 800), *answers("w2", FAIR, 20))
    assert said(got)[-1] == (
        "“Window 1”: 100.00 % of 800 answers are favourable, more than can be believed; look at"
        " how they were collected."
    )
    assert len(said(got)) == 3


def test_a_scale_without_favourable_levels_has_no_rank_of_shares(services: Services) -> None:
    levels = [
        {"key": key, "code": code, "points": points, "label": {"zh": key, "en": key}}
        for key, code, points in (("a", 5, 100), ("b", 4, 60), ("c", 2, 30), ("d", 1, 0))
    ]
    questions = [
        {
            "key": "overall",
            "type": "scale",
            "scale": "own",
            "title": {"zh": "总体", "en": "Overall"},
        }
    ]
    rows = [*answers("w1", GOOD, 9), *answers("w2", BAD, 9)]
    got = ranked(services, *rows, scales={"own": levels}, questions=questions)
    assert not got.has_shares
    assert [one.share for one in got.subjects] == [None] * 5
    assert ranking_json(got)["subjects"][0]["favourable_low"] is None


def test_too_many_are_not_ranked(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranking_figures, "MOST_RANKED", 4)
    got = ranked(services, *answers("w1", GOOD, 9), *answers("w2", BAD, 9))
    assert got.subjects == ()
    assert said(got) == ["5 are rated; at most 4 can be ranked."]


def test_nothing_is_ranked_where_one_thing_is_rated(services: Services) -> None:
    key = a_city(services, *answers("w1", GOOD, 9), subjects=WINDOWS[:1])
    assert rankings(services, key) == ()


def test_weights_to_the_population_make_values_vary_together(
    services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [
        *answers("w1", GOOD, 10),
        *answers("w1", FAIR, 6, "village"),
        *answers("w2", FAIR, 9),
        *answers("w2", BAD, 7, "village"),
    ]
    key = a_city(services, *rows, subjects=WINDOWS)
    file = tmp_path / "margins.csv"
    file.write_text("variable,level,share\narea,town,0.3\narea,village,0.7\n", encoding="utf-8")
    services.weighting.set_file(key, file, CLERK, source="a census")
    (got,) = rankings(services, key)
    assert got.draws == 10_000
    assert [one.subject.key for one, _ in got.ranked] == ["w1", "w2"]
    assert rankings(services, key) == (got,), "the draws are seeded"
    monkeypatch.setattr(ranking_figures, "MOST_CORRELATED", 2)
    (independent,) = rankings(services, key)
    assert independent.draws is None


def test_programs_and_files_get_the_ranks(services: Services) -> None:
    rows = [*answers("w1", BAD, 20), *answers("w2", GOOD, 20), *answers("w3", GOOD, 1)]
    key = a_city(services, *rows, subjects=WINDOWS)
    report = services.reporting.report(key, by=["area"], fold="all")
    document = ranking_json(report.rankings[0])
    first, _, left_out, *_ = document["subjects"]
    assert (first["subject"], first["rank"], first["rank_low"], first["band"]) == ("w2", 1, 1, "A")
    assert sum(first["probabilities"]) == pytest.approx(1)
    assert first["alike"] == []
    assert (left_out["rank"], left_out["left_out"]) == (None, "too_few")
    assert (document["correction"], document["comparisons"]) == ("holm", 1)
    assert "revision" not in document
    sheet = index_sheet(report, "en")
    names = [column.name for column in sheet.columns]
    table = [dict(zip(names, row, strict=True)) for row in sheet.rows]
    ranks = {
        (row["subject"], row["level"]): (row["rank"], row["rank_low"], row["rank_high"])
        for row in table
        if row["rank"] is not None
    }
    assert ranks == {("w2", None): (1, 1, 1), ("w1", None): (2, 2, 2)}


def test_a_ranking_of_one_meaning_names_its_revision() -> None:
    assert ranking_json(IndexRanking("all", Text.same("I"), 2, (), ()))["revision"] == 2


@pytest.mark.parametrize(
    ("others", "english", "chinese"),
    [
        ([3], "place 3", "与第 3 名无显著差异"),
        ([3, 4], "places 3 and 4", "与第 3、4 名无显著差异"),
        ([3, 4, 5, 7], "places 3–5 and 7", "与第 3–5、7 名无显著差异"),
        ([1, 4, 6], "places 1, 4 and 6", "与第 1、4、6 名无显著差异"),
    ],
)
def test_places_are_listed_as_people_say_them(
    others: list[int], english: str, chinese: str
) -> None:
    place = Place(2, 2.0, 1, 7, 1, 7, 1, 7, (), tuple(others), (1, 27))
    got = alike_words(place, {rank: rank for rank in range(1, 10)})
    assert translate(got, "en") == f"cannot be told apart from {english}"
    assert translate(got, "zh") == chinese


def test_bands_beyond_the_alphabet() -> None:
    letters = [band_letter(number) for number in (1, 26, 27, 53)]
    assert letters == ["A", "Z", "AA", "BA"]


def test_the_first_sentences_agree_with_the_ranking(services: Services) -> None:
    rows = [
        *answers("w1", ("5", "5", "5", "5", "5", "2"), 1),
        *answers("w2", ("5", "4", "4", "3"), 20),
        *answers("w3", ("4", "3", "3", "2"), 20),
        *answers("w4", ("5", "5", "5", "1", "1", "1"), 1),
    ]
    report = services.reporting.report(a_city(services, *rows, subjects=WINDOWS), fold="all")
    (got,) = report.rankings
    places = {one.subject.key: one.alike for one, _ in got.ranked}
    assert list(places) == ["w1", "w2", "w3", "w4"]
    assert "w4" in places["w1"]
    assert "w3" not in places["w2"]
    # Neither may be said: that the order is chance, nor that the first is better than the last.
    texts = [translate(sentence, "en") for sentence in report.sentences]
    assert not any("chance" in text for text in texts)
    two = ranked(services, *answers("w1", GOOD, 8), *answers("w2", BAD, 8), key="two")
    sentences = services.reporting.report("two", fold="all").sentences
    assert "rated higher than “Window 2”" in translate(sentences[-1], "en")
    assert "differs from all others" in words(two)["w1"]
