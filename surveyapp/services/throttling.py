"""How many wrong passwords are heard, and how many requests of a program.

Guessing must be slow, but a whole office stands behind one address, and anybody can type a
colleague's name. So the tight limit counts one name from one address, the wider ones a name from
everywhere and an address for all names, and every limit ends by itself within minutes.
"""

from __future__ import annotations

import hashlib
import math
import time

import limits.errors
from limits import RateLimitItem, RateLimitItemPerMinute
from limits.errors import StorageError
from limits.storage import MemoryStorage, Storage, storage_from_string
from limits.strategies import FixedWindowRateLimiter

from surveyapp.config import ConfigurationError
from surveyapp.domain.accounts import TooManyAttempts

NAME_AT_ADDRESS = RateLimitItemPerMinute(5, 5, "sign-in-name-at-address")
REQUESTS = RateLimitItemPerMinute(600, 1, "api-requests")
UNKNOWN_TOKENS = RateLimitItemPerMinute(60, 5, "api-unknown-tokens")
NAME = RateLimitItemPerMinute(30, 15, "sign-in-name")
ADDRESS = RateLimitItemPerMinute(60, 5, "sign-in-address")

Attempt = tuple[tuple[RateLimitItem, tuple[str, ...]], ...]


class RequestLimits:
    """Counts the requests of one program: in the shared store, or in this process without it."""

    def __init__(self, url: str) -> None:
        self._shared = FixedWindowRateLimiter(_storage(url))
        self._own = FixedWindowRateLimiter(MemoryStorage())

    def wait(self, item: RateLimitItem, who: str) -> int:
        """Count a request; return how many seconds to wait before the next is heard, 0 for none."""
        hidden = hashlib.sha256(who.encode()).hexdigest()
        try:
            return _wait(self._shared, item, hidden)
        except StorageError:
            return _wait(self._own, item, hidden)


def _wait(limiter: FixedWindowRateLimiter, item: RateLimitItem, who: str) -> int:
    if limiter.hit(item, who):
        return 0
    return max(1, math.ceil(limiter.get_window_stats(item, who).reset_time - time.time()))


class SignInLimits:
    """Counts attempts in the shared store, or in this process while the store is away."""

    def __init__(self, url: str, pepper: str) -> None:
        self._shared = FixedWindowRateLimiter(_storage(url))
        self._own = FixedWindowRateLimiter(MemoryStorage())
        self._pepper = pepper

    def begin(self, name: str, address: str) -> None:
        """Count an attempt before the password is looked at.

        Raises
        ------
        TooManyAttempts
            The password is not to be looked at.
        """
        try:
            self._begin(self._shared, name, address)
        except StorageError:
            self._begin(self._own, name, address)

    def failed(self, address: str) -> None:
        """Count a wrong password against the address: right ones of a busy office do not count."""
        try:
            self._shared.hit(ADDRESS, self._hidden(address))
        except StorageError:
            self._own.hit(ADDRESS, self._hidden(address))

    def succeeded(self, name: str, address: str) -> None:
        """Forget the attempts of somebody who knows the password."""
        for limiter in (self._shared, self._own):
            try:
                for item, keys in self._counted(name, address):
                    limiter.clear(item, *keys)
            except StorageError:
                continue

    def _begin(self, limiter: FixedWindowRateLimiter, name: str, address: str) -> None:
        by_address = (self._hidden(address),)
        if not limiter.test(ADDRESS, *by_address):
            raise _refusal(limiter, ADDRESS, by_address)
        for item, keys in self._counted(name, address):
            if not limiter.hit(item, *keys):
                raise _refusal(limiter, item, keys)

    def _counted(self, name: str, address: str) -> Attempt:
        hidden = self._hidden(address)
        return ((NAME_AT_ADDRESS, (self._hidden(name), hidden)), (NAME, (self._hidden(name),)))

    def _hidden(self, text: str) -> str:
        """Keep names and addresses out of a store that others may read."""
        return hashlib.sha256(f"{self._pepper}\0{text}".encode()).hexdigest()


def _storage(url: str) -> Storage:
    try:
        storage = storage_from_string(url, wrap_exceptions=True)
    except (limits.errors.ConfigurationError, ValueError) as error:
        raise _unusable() from error
    if not isinstance(storage, Storage):
        raise _unusable()
    return storage


def _unusable() -> ConfigurationError:
    """Make the refusal; the address is not repeated, because it may hold a password."""
    return ConfigurationError(
        "SURVEYAPP_RATELIMIT_URL must be memory:// or look like redis://127.0.0.1:6379/0."
    )


def _refusal(
    limiter: FixedWindowRateLimiter, item: RateLimitItem, keys: tuple[str, ...]
) -> TooManyAttempts:
    seconds = limiter.get_window_stats(item, *keys).reset_time - time.time()
    return TooManyAttempts(max(1, math.ceil(seconds / 60)))
