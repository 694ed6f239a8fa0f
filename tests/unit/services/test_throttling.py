"""How many wrong passwords are heard."""

from __future__ import annotations

import pytest
from limits.errors import StorageError
from limits.storage import MemoryStorage

from surveyapp.config import ConfigurationError
from surveyapp.domain.accounts import TooManyAttempts
from surveyapp.services import throttling
from surveyapp.services.throttling import ADDRESS, NAME, NAME_AT_ADDRESS, SignInLimits


@pytest.fixture
def limits() -> SignInLimits:
    return SignInLimits("memory://", "pepper")


def fail(limits: SignInLimits, name: str, address: str) -> None:
    limits.begin(name, address)
    limits.failed(address)


def test_a_name_is_heard_a_few_times_from_one_address(limits: SignInLimits) -> None:
    for _ in range(NAME_AT_ADDRESS.amount):
        fail(limits, "li", "10.0.0.1")
    with pytest.raises(TooManyAttempts) as caught:
        limits.begin("li", "10.0.0.1")
    assert 1 <= caught.value.minutes <= 5
    limits.begin("sun", "10.0.0.1")
    limits.begin("li", "10.0.0.2")


def test_a_name_is_heard_more_often_from_everywhere_but_not_without_end(
    limits: SignInLimits,
) -> None:
    for number in range(NAME.amount):
        fail(limits, "li", f"10.0.{number}.1")
    with pytest.raises(TooManyAttempts) as caught:
        limits.begin("li", "10.9.9.9")
    assert 1 <= caught.value.minutes <= 15


def test_an_office_behind_one_address_signs_in_all_at_once(limits: SignInLimits) -> None:
    for number in range(3 * ADDRESS.amount):
        limits.begin(f"clerk-{number}", "10.0.0.1")
        limits.succeeded(f"clerk-{number}", "10.0.0.1")


def test_an_address_that_tries_many_names_must_wait(limits: SignInLimits) -> None:
    for number in range(ADDRESS.amount):
        fail(limits, f"name-{number}", "10.0.0.1")
    with pytest.raises(TooManyAttempts):
        limits.begin("another", "10.0.0.1")
    limits.begin("another", "10.0.0.2")


def test_who_knows_the_password_has_all_attempts_again(limits: SignInLimits) -> None:
    for _ in range(2):
        for _ in range(NAME_AT_ADDRESS.amount - 1):
            fail(limits, "li", "10.0.0.1")
        limits.begin("li", "10.0.0.1")
        limits.succeeded("li", "10.0.0.1")


def test_neither_names_nor_addresses_stand_in_the_store(
    limits: SignInLimits, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys: list[str] = []
    incr = MemoryStorage.incr

    def spy(self: MemoryStorage, key: str, expiry: float, amount: int = 1) -> int:
        keys.append(key)
        return incr(self, key, expiry, amount)

    monkeypatch.setattr(MemoryStorage, "incr", spy)
    fail(limits, "wang.min", "10.0.0.1")
    assert len(keys) == 3
    assert not any("wang.min" in key or "10.0.0.1" in key for key in keys)


class LostStorage(MemoryStorage):
    """A shared store that is away."""

    def get(self, key: str) -> int:
        raise StorageError(ConnectionError())

    def clear(self, key: str) -> None:
        raise StorageError(ConnectionError())

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        raise StorageError(ConnectionError())


def test_while_the_shared_store_is_away_each_process_counts_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(throttling, "_storage", lambda _url: LostStorage())
    limits = SignInLimits("redis://nowhere", "pepper")
    for _ in range(NAME_AT_ADDRESS.amount):
        fail(limits, "li", "10.0.0.1")
    with pytest.raises(TooManyAttempts):
        limits.begin("li", "10.0.0.1")
    limits.succeeded("li", "10.0.0.1")
    limits.begin("li", "10.0.0.1")


@pytest.mark.parametrize("url", ["async+memory://", "nothing://", "memory"])
def test_a_store_that_cannot_be_used_is_refused_at_once(url: str) -> None:
    with pytest.raises(ConfigurationError, match="SURVEYAPP_RATELIMIT_URL"):
        SignInLimits(url, "pepper")
