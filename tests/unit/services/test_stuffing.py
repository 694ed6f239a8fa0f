"""Made-up reviews: what the rules find, what they flag, and what they never touch."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from surveyapp.domain.errors import BadInput, Conflict, NotAllowed, NotFound
from surveyapp.domain.roles import Actor
from surveyapp.domain.stuffing import PERIOD_DAYS, Sign
from surveyapp.domain.survey import Standing
from surveyapp.services.assembly import Services
from surveyapp.services.reviews.stuffing import StuffingTick
from surveyapp.services.reviews.stuffing_look import StuffingReport
from surveyapp.storage.records import ResponseRecord
from surveyapp.storage.responses import ResponseRepository
from tests.builders import CLERK, Clock, an_open_survey, review_document, services_on
from tests.support.arrivals import arrivals, place_of
from tests.support.receipts import traces

OFFICE, SECOND = Actor("office", uuid4()), Actor("second", uuid4())


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def services(database_url: str, tmp_path: Path, clock: Clock) -> Iterator[Services]:
    made = services_on(database_url, tmp_path, clock)
    yield made
    made.database.dispose()


@pytest.fixture
def key(services: Services) -> str:
    return an_open_survey(services, review_document())


def at(clock: Clock, days_ago: int, hour: float) -> datetime:
    """A moment of an earlier day in Shanghai: the clock of tests stands at nine in the morning."""
    return clock.now - timedelta(days=days_ago) + timedelta(hours=hour - 9)


def quiet_days(clock: Clock, first: int, last: int, n: int = 16) -> list[datetime]:
    """Evenly spread moments from nine to five, on days `last` to `first` days ago."""
    return [
        at(clock, day, 9 + 8 * (i + 0.5) / n)
        for day in range(first, last - 1, -1)
        for i in range(n)
    ]


def standings(services: Services, ids: list[UUID]) -> list[str]:
    with services.database.reading() as work:
        return [ResponseRepository(work).get(one).standing for one in ids]


def signs(report: StuffingReport) -> list[Sign]:
    return [one.sign for one in report.findings]


def test_nothing_is_found_where_nothing_came(services: Services, key: str) -> None:
    report = services.stuffing.report(key)
    assert (report.findings, report.checked, report.unnoticed) == ((), 0, ())
    assert (report.until - report.since).days == PERIOD_DAYS - 1
    assert services.stuffing.tick() == StuffingTick(0, 0)
    with pytest.raises(NotFound):
        services.stuffing.report("nothing")


def test_a_burst_is_found_flagged_once_and_said(services: Services, key: str, clock: Clock) -> None:
    place = place_of(services, key)
    honest = arrivals(services, key, place, quiet_days(clock, 12, 1))
    made_up = arrivals(
        services, key, place, [at(clock, 1, 11) + timedelta(seconds=20 * i) for i in range(24)]
    )
    bad = arrivals(services, key, place, [at(clock, 1, 11.05)], level="dissatisfied")
    report = services.stuffing.report(key)
    burst = next(one for one in report.findings if one.sign is Sign.BURST)
    assert (burst.place, burst.begins, burst.bad) == ("1号窗口", "11:00", 1)
    assert set(made_up) | set(bad) <= burst.ids
    assert burst.p_value is not None
    assert burst.p_value <= report.level < 0.05
    assert signs(report) == [Sign.SURGE, Sign.BURST]
    done = services.stuffing.tick()
    assert done.flagged == len(burst.ids) - 1
    assert set(standings(services, made_up)) == {"flagged"}
    assert standings(services, bad) == ["counted"], "a bad review is never flagged by a rule"
    assert standings(services, honest[:16]) == ["counted"] * 16
    assert services.stuffing.tick().flagged == 0
    (one, *_) = services.flagged.reviews(key, OFFICE)
    assert one.reason == "规则：短时集中 / Rule: Burst"
    assert one.level.zh == "非常满意"


def test_what_was_cleared_stays_cleared(services: Services, key: str, clock: Clock) -> None:
    text = "工作人员耐心细致一次办好"
    ids = arrivals(services, key, place_of(services, key), quiet_days(clock, 4, 1, 1), comment=text)
    assert services.stuffing.tick().flagged == 4
    assert services.flagged.clear(key, ids[:1], " 核对过\n登记簿 ", OFFICE) == 1
    assert services.flagged.clear(key, ids[:1], "again", OFFICE) == 0
    assert services.stuffing.tick().flagged == 0
    assert standings(services, ids) == ["counted", *["flagged"] * 3]
    overview = services.review_figures.overview(key)
    assert overview.whole.n == 1
    assert overview.alternatives["flagged"].n == 4
    for bad, refusal in (((), "x"), (ids, " "), (ids, "x" * 501)):
        with pytest.raises(BadInput):
            services.flagged.clear(key, bad, refusal, OFFICE)
    with pytest.raises(NotFound):
        services.flagged.clear(key, [uuid4()], "x", OFFICE)


def test_an_exclusion_takes_a_second_person(services: Services, key: str, clock: Clock) -> None:
    place = place_of(services, key)
    ids = arrivals(
        services, key, place, quiet_days(clock, 4, 1, 1), comment="一样的话一样的话一样的话"
    )
    services.stuffing.tick()
    one, other = sorted(ids)[:2]
    with pytest.raises(BadInput):
        services.flagged.propose(key, [], "x", OFFICE)
    with pytest.raises(Conflict, match="Nobody proposes"):
        services.flagged.confirm(key, one, SECOND)
    assert services.flagged.propose(key, [one, other], "同一人所填", OFFICE) == 2
    assert services.flagged.propose(key, [one], "twice", SECOND) == 0
    with pytest.raises(NotAllowed):
        services.flagged.confirm(key, one, OFFICE)
    shown = services.flagged.reviews(key, OFFICE)
    assert [item.proposal is not None for item in shown] == [True, True, False, False]
    assert shown[0].proposal is not None
    assert shown[0].proposal.is_own
    services.flagged.confirm(key, one, SECOND)
    assert standings(services, [one]) == ["excluded"]
    with pytest.raises(Conflict, match="no longer flagged"):
        services.flagged.confirm(key, one, SECOND)
    services.flagged.clear(key, [other], "doch", SECOND)
    assert all(item.proposal is None for item in services.flagged.reviews(key, OFFICE))
    # The command line has no account: there a name stands for a person.
    third = sorted(ids)[2]
    services.flagged.propose(key, [third], "x", CLERK)
    with pytest.raises(NotAllowed):
        services.flagged.confirm(key, third, CLERK)


def test_a_bad_review_is_cleared_or_stays_but_is_not_excluded_here(
    services: Services, key: str, clock: Clock
) -> None:
    place = place_of(services, key)
    (bad,) = arrivals(services, key, place, [at(clock, 1, 10)], level="dissatisfied")
    services.counting.set_standing(bad, Standing.FLAGGED, "by an older version", CLERK)
    (shown,) = services.flagged.reviews(key, OFFICE)
    assert shown.is_bad
    with pytest.raises(Conflict, match="in its case"):
        services.flagged.propose(key, [bad], "x", OFFICE)
    assert services.flagged.clear(key, [bad], "zählt", OFFICE) == 1


def test_reviews_of_another_survey_are_not_there(services: Services, clock: Clock) -> None:
    one = an_open_survey(services, review_document(key="one"))
    two = an_open_survey(services, review_document(key="two"))
    (review,) = arrivals(services, one, place_of(services, one), [at(clock, 1, 10)])
    services.counting.set_standing(review, Standing.FLAGGED, "x", CLERK)
    for act in (
        lambda: services.flagged.clear(two, [review], "x", OFFICE),
        lambda: services.flagged.propose(two, [review], "x", OFFICE),
        lambda: services.flagged.confirm(two, review, OFFICE),
    ):
        with pytest.raises(NotFound):
            act()
    assert services.flagged.reviews(two, OFFICE) == ()


def test_quick_ones_and_shared_devices_flag_only_together(
    services: Services, key: str, clock: Clock
) -> None:
    place, other = place_of(services, key), place_of(services, key, "2号窗口")
    moments = [at(clock, 1, hour) for hour in (9.2, 10.4, 13, 14.5, 16)]
    quick = arrivals(services, key, place, moments[:2], seconds=1)
    shared = arrivals(services, key, place, moments, device="a" * 64)
    both = arrivals(services, key, place, moments[:4], device="b" * 64, seconds=0)
    bad = arrivals(
        services, key, other, moments[:1], device="b" * 64, seconds=0, level="dissatisfied"
    )
    report = services.stuffing.report(key)
    assert signs(report) == [Sign.FAST, Sign.DEVICE, Sign.DEVICE]
    assert [one.place for one in report.findings] == [None, "1号窗口", None]
    assert report.to_flag == set(both)
    assert report.not_compared == 0
    services.stuffing.tick()
    assert set(standings(services, quick + shared + bad)) == {"counted"}


def test_a_review_that_stopped_counting_meanwhile_is_left_alone(
    services: Services, key: str, clock: Clock
) -> None:
    ids = arrivals(
        services,
        key,
        place_of(services, key),
        quiet_days(clock, 4, 1, 1),
        comment="抄来抄去的一大段话",
    )
    assert services.stuffing.report(key).to_flag == frozenset()
    more = arrivals(
        services,
        key,
        place_of(services, key, "2"),
        quiet_days(clock, 4, 1, 1),
        comment="抄来抄去的 一大段话啊",
    )
    services.counting.set_standing(more[0], Standing.EXCLUDED, "x", CLERK)
    assert services.stuffing.report(key).to_flag == frozenset(more)
    assert services.stuffing.tick().flagged == 3
    assert standings(services, ids + more) == ["counted"] * 4 + ["excluded"] + ["flagged"] * 3


def test_the_same_reasons_ticked_are_shown_and_flag_nothing(
    services: Services, key: str, clock: Clock
) -> None:
    place = place_of(services, key)
    moments = quiet_days(clock, 20, 1, 4)
    tags = ["t1", "t2", "t3", "t4", "t5", "t6", "t7", "t8"]
    for number, moment in enumerate(moments):
        pair = [tags[number % 8], tags[(number * 3 + number // 8 + 1) % 8]]
        arrivals(services, key, place, [moment], reasons=sorted(set(pair)))
    arrivals(services, key, place, moments[:6], reasons=tags)
    report = services.stuffing.report(key)
    found = [one for one in report.findings if one.sign is Sign.ALIKE]
    assert found
    assert found[0].n == 6
    assert report.to_flag == frozenset()


def test_a_day_with_far_too_many_is_an_alarm_and_flags_none(
    services: Services, key: str, clock: Clock
) -> None:
    place = place_of(services, key)
    arrivals(services, key, place, quiet_days(clock, 20, 2))
    arrivals(services, key, place, quiet_days(clock, 1, 1, 80))
    report = services.stuffing.report(key)
    (surge,) = report.findings
    assert (surge.sign, surge.n, surge.usual) == (Sign.SURGE, 80, 16)
    assert report.to_flag == frozenset()
    (limit,) = report.unnoticed
    assert limit.most > limit.usual > 16
    assert 0 < limit.share < 1


def test_the_first_days_are_compared_with_other_places_or_not_at_all(
    services: Services, key: str, clock: Clock
) -> None:
    place = place_of(services, key)
    moments = [at(clock, 1, 10) + timedelta(seconds=i) for i in range(30)]
    arrivals(services, key, place, moments)
    assert services.stuffing.report(key).not_compared == 1
    arrivals(services, key, place_of(services, key, "2"), quiet_days(clock, 1, 1, 60))
    report = services.stuffing.report(key)
    assert (signs(report), report.not_compared) == ([Sign.BURST], 0)


def test_reviews_through_links_belong_to_no_place(
    services: Services, key: str, clock: Clock
) -> None:
    text = "办得快，下次还来办"
    ids = arrivals(services, key, None, [at(clock, 1, 10)] * 4, comment=text + "。")
    report = services.stuffing.report(key)
    assert (report.checked, report.unnoticed, signs(report)) == (4, (), [Sign.COPIED])
    assert report.to_flag == set(ids)


def test_old_traces_are_deleted(services: Services, key: str, clock: Clock) -> None:
    place = place_of(services, key)
    arrivals(services, key, place, [at(clock, PERIOD_DAYS, 10), at(clock, PERIOD_DAYS + 1, 10)])
    assert services.stuffing.tick() == StuffingTick(0, 1)
    assert len(traces(services)) == 1
    assert services.stuffing.tick(clock.now + timedelta(days=1)) == StuffingTick(0, 1)


def test_a_reviewer_alone_neither_flags_a_bad_review_nor_excludes_one(
    services: Services, key: str, clock: Clock
) -> None:
    place = services.placing.add(key, "窗口", None, CLERK)
    for level, standing in (("dissatisfied", "flagged"), ("very_satisfied", "excluded")):
        services.collecting.submit(place.code, uuid4(), None, {"overall": [level]})
        with services.database.reading() as work:
            (review,) = work.session.query(ResponseRecord).filter_by(standing="counted").all()
        with pytest.raises(Conflict):
            services.reviewing.judge(key, review.id, standing, "x", SECOND)
        services.counting.set_standing(review.id, Standing.REHEARSAL, "x", CLERK)
