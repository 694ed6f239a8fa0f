"""The rates of reviews over random counts: parts add up, and no share leaves its bounds."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from surveyapp.domain.messages import Message
from surveyapp.domain.rates import BY_KEY, RATES, Identity, RateKey, Unit
from surveyapp.domain.review_counts import CaseCount, ReviewCount, Volume, Where, count
from surveyapp.domain.scales import PRESETS
from surveyapp.domain.survey import Standing
from surveyapp.services.reviews.groups import STANDINGS, rate_of

SCALE = PRESETS["hcp5"]
BAD = tuple(level.key for level in SCALE.levels if not level.favourable)
LEVELS = st.sampled_from([*(level.key for level in SCALE.levels), ""])
REVIEWS = st.lists(
    st.builds(
        ReviewCount,
        where=st.builds(Where, is_imported=st.booleans()),
        day=st.none(),
        is_named=st.booleans(),
        is_default=st.booleans(),
        review_number=st.sampled_from([1, 2]),
        standing=st.sampled_from(["counted", "flagged", "excluded"]),
        level=LEVELS,
        n=st.integers(1, 500),
    ),
    max_size=12,
)


def exact(
    reviews: list[ReviewCount],
    volume: Volume,
    key: RateKey,
    standings: frozenset[Standing] = STANDINGS["valid"],
    identity: Identity = Identity.ALL,
) -> Fraction | Message:
    counted = count(SCALE, BAD, reviews, (), volume, standings=standings, identity=identity).parts(
        BY_KEY[key]
    )
    return counted if isinstance(counted, Message) else counted[0] / counted[1]


@given(REVIEWS, st.integers(0, 20_000), st.sampled_from(sorted(STANDINGS)))
def test_given_default_and_unreviewed_are_the_whole(
    reviews: list[ReviewCount], volume: int, standings: str
) -> None:
    rates = [
        exact(reviews, Volume(volume), key, STANDINGS[standings])
        for key in (RateKey.ACTIVE, RateKey.DEFAULT, RateKey.UNREVIEWED)
    ]
    numbers = [one for one in rates if isinstance(one, Fraction)]
    assert len(numbers) in (0, 3)
    if numbers:
        assert sum(numbers) == 1
        assert min(numbers) >= 0


@given(REVIEWS)
def test_good_and_bad_are_the_whole_where_every_level_is_one_of_them(
    reviews: list[ReviewCount],
) -> None:
    good, bad = (exact(reviews, Volume(), key) for key in (RateKey.GOOD, RateKey.BAD))
    if isinstance(good, Fraction):
        assert isinstance(bad, Fraction)
        assert good + bad == 1


@given(REVIEWS)
def test_without_service_cases_no_rate_divides_by_them(reviews: list[ReviewCount]) -> None:
    for rate in RATES:
        if rate.needs_volume:
            assert isinstance(exact(reviews, Volume(), rate.key), Message)


@given(REVIEWS)
def test_second_reviews_are_in_no_other_rate(reviews: list[ReviewCount]) -> None:
    first = [row for row in reviews if row.review_number == 1]
    for rate in RATES:
        if rate.key is not RateKey.FOLLOW_UP_GOOD:
            assert exact(reviews, Volume(9999), rate.key) == exact(first, Volume(9999), rate.key)


@given(REVIEWS)
def test_defaults_are_in_no_rate_of_reviews_given(reviews: list[ReviewCount]) -> None:
    given_ones = [row for row in reviews if not row.is_default]
    for key in (RateKey.ACTIVE, RateKey.ACTIVE_GOOD):
        assert (exact(reviews, Volume(20_000), key)) == exact(given_ones, Volume(20_000), key)


@given(REVIEWS, st.integers(0, 20_000))
def test_named_and_anonymous_reviews_add_up_and_never_mix(
    reviews: list[ReviewCount], volume: int
) -> None:
    named = [row for row in reviews if row.is_named]
    by_identity = [rate for rate in RATES if rate.by_identity]
    assert by_identity
    for rate in by_identity:
        assert Identity.ALL not in rate.identities
        counted = count(SCALE, BAD, reviews, (), Volume(volume), identity=Identity.NAMED)
        alone = count(SCALE, BAD, named, (), Volume(volume))
        assert counted.quantities[rate.denominator] == alone.quantities[rate.denominator]


@given(REVIEWS, st.integers(0, 20_000))
def test_every_share_stands_in_its_interval(reviews: list[ReviewCount], volume: int) -> None:
    counted = count(SCALE, BAD, reviews, (), Volume(volume))
    for definition in RATES:
        rate = rate_of(definition, Identity.ALL, counted)
        if rate.value is None:
            assert rate.reason is not None
        elif definition.unit is Unit.PERCENT:
            assert rate.low is not None
            assert rate.high is not None
            assert 0 <= rate.low <= rate.value <= rate.high <= 1


def test_cases_of_reviews_that_do_not_count_are_in_no_rate() -> None:
    case = CaseCount(Where(), True, "excluded", True, "satisfied", True, True, 5)
    counted = count(SCALE, BAD, (), [case], Volume(), identity=Identity.NAMED)
    assert not any(counted.quantities.values())
