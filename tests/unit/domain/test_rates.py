"""The one table of definitions, and the document made from it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from surveyapp.domain.channels import CHANNELS, channel_name, read_channel
from surveyapp.domain.days import read_day
from surveyapp.domain.messages import Message
from surveyapp.domain.rates import BY_KEY, QUANTITIES, RATES, Identity, Quantity, as_markdown
from surveyapp.domain.recorded_reviews import coded_level, column_aliases, read_level, read_recorded
from surveyapp.domain.scales import PRESETS
from surveyapp.domain.text import Language
from tests.builders import a_definition, review_document

ROOT = Path(__file__).resolve().parents[3]
HCP = PRESETS["hcp5"]
TODAY = date(2026, 11, 23)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_document_is_made_from_the_table(language: Language) -> None:
    assert as_markdown(language) in (ROOT / "docs" / "rates.md").read_text("utf-8")


def test_every_rate_is_defined_once_and_every_quantity_has_a_name() -> None:
    assert len(BY_KEY) == len(RATES)
    assert len({rate.name.zh for rate in RATES}) == len(RATES)
    assert set(QUANTITIES) == set(Quantity)
    for rate in RATES:
        assert rate.identities == (
            (Identity.NAMED, Identity.ANONYMOUS) if rate.by_identity else (Identity.ALL,)
        )


def test_headings_follow_the_questions_that_there_are() -> None:
    document = review_document()
    document["questions"] = document["questions"][:1]
    plain, full = (column_aliases(a_definition(one)) for one in (document, review_document()))
    assert "评价原因" not in plain
    assert (full["评价原因"], full["文字评价"]) == ("reasons", "comment")


def test_channels_are_read_by_key_name_alias_and_agreed_code() -> None:
    assert [read_channel(one) for one in ("qr", "二维码", "扫码", "3", "QR Code")] == ["qr"] * 5
    for code in ("6", "7", "8"):
        assert isinstance(read_channel(code), Message)
    assert channel_name("pigeon").zh == "pigeon"
    assert channel_name("pc").zh == "PC端"
    assert len({one.code for one in CHANNELS.values() if one.code}) == 5


@pytest.mark.parametrize(
    "written",
    ["2026-11-05", "2026/11/5", "2026年11月5日", "20261105", "20261105T101500",
     "2026-11-05 10:15", "2026-11-05T10:15:00+08:00"],
)  # fmt: skip
def test_days_are_read_as_files_write_them(written: str) -> None:
    assert read_day(written, TODAY) == (date(2026, 11, 5), None)


@pytest.mark.parametrize("written", ["5.11.2026", "2026-11-31", "2026-11-24", "2026-11-05 noon"])
def test_what_is_no_day_is_refused(written: str) -> None:
    day, problem = read_day(written, TODAY)
    assert day is None
    assert problem is not None
    assert read_day("", TODAY) == (None, None)


def test_every_level_is_the_right_one_in_both_directions() -> None:
    for place, level in enumerate(HCP.levels):
        assert read_level(str(place + 1), HCP, "1") == level.key
        assert read_level(str(5 - place), HCP, "5") == level.key
        assert read_level(level.label.zh, HCP, None) == level.key
    assert coded_level("3", HCP.levels, "1") == coded_level("3", HCP.levels, "5")
    for digit in "1245":
        assert isinstance(read_level(digit, HCP, None), Message)


@pytest.mark.parametrize(
    ("cells", "complaint"),
    [
        ({"channel": "default", "is_default": "否"}, "system default"),
        ({"named": "实名", "anonymous": "是"}, "both named and anonymous"),
        ({"satisfaction": "满意", "satisfaction_code": "5"}, "different levels"),
    ],
)
def test_rows_that_contradict_themselves_are_refused(cells: dict[str, str], complaint: str) -> None:
    review = read_recorded(cells, HCP, "5")
    assert complaint in str(review.problems[0])


def test_a_row_says_whose_review_it_is() -> None:
    def named(**cells: str) -> bool:
        return bool(read_recorded(cells, HCP, None).values["is_named"])

    assert [named(), named(named="实名"), named(named="匿名"), named(named="1")] == [
        False, True, False, True,
    ]  # fmt: skip
    assert [named(anonymous="2"), named(anonymous="1"), named(named="否", anonymous="是")] == [
        True, False, False,
    ]  # fmt: skip


def test_the_level_in_words_and_its_code_go_together() -> None:
    both = {"satisfaction": "满意", "satisfaction_code": "2"}
    assert read_recorded(both, HCP, "1").level == "satisfied"
    assert read_recorded(both, HCP, None).level == "satisfied"
    assert read_recorded({"satisfaction_code": "2"}, HCP, "1").level == "satisfied"
    assert read_recorded({"is_default": "是"}, HCP, None).values["is_default"] is True
