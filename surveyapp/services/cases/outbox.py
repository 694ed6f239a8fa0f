"""Notices for the office's own SMS or messenger: a signed webhook, or a file of JSON lines.

A notice is stored in the transaction that makes it and sent afterwards, at least once: whoever
receives it recognises a repetition by its ``id``. It never holds what a citizen wrote or their
telephone number.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from http.client import HTTPException
from pathlib import Path
from typing import Any
from uuid import uuid4

from surveyapp.config import Settings
from surveyapp.storage.case_records import OutboxRecord
from surveyapp.storage.database import Database, Work
from surveyapp.storage.outbox import OutboxRepository

BATCH = 100
LEASE = timedelta(minutes=5)
KEPT = timedelta(days=30)
TIMEOUT_SECONDS = 10
_LONGEST_WAIT = timedelta(hours=12)
_ERROR_LENGTH = 500

Deliver = Callable[[bytes, datetime], None]


@dataclass(frozen=True, slots=True)
class Delivered:
    """How many notices arrived, and how many were tried in vain."""

    sent: int
    failed: int


class Outbox:
    """Notices on their way out."""

    def __init__(self, database: Database, now: Callable[[], datetime], settings: Settings) -> None:
        self._database = database
        self._now = now
        self._deliver = _way_out(settings)

    def add(
        self,
        work: Work,
        topic: str,
        dedupe: str,
        payload: Mapping[str, Any],
        *,
        not_before: datetime | None = None,
    ) -> bool:
        """Make a notice in the transaction of a larger change; whether one was made.

        Nothing is stored where the office named no way out, and never the same notice twice.

        Parameters
        ----------
        not_before : datetime, optional
            When it may be sent; default at once.
        """
        if self._deliver is None:
            return False
        return OutboxRepository(work).add(
            OutboxRecord(
                id=uuid4(),
                topic=topic,
                dedupe=dedupe,
                payload=dict(payload),
                created_at=self._now(),
                sent_at=None,
                attempts=0,
                last_error=None,
                next_attempt_at=not_before,
            )
        )

    def send(self, as_of: datetime) -> Delivered:
        """Send what is due; after a failure wait twice as long each time, at most 12 hours."""
        if self._deliver is None:
            return Delivered(0, 0)
        now = self._now()
        with self._database.writing() as work:
            outbox = OutboxRepository(work)
            outbox.forget_sent(now - KEPT)
            claimed = outbox.claim(as_of, now + LEASE, BATCH)
        sent = failed = 0
        for notice in claimed:
            error = self._try(self._deliver, notice)
            with self._database.writing() as work:
                if error is None:
                    OutboxRepository(work).mark_sent(notice.id, self._now())
                    sent += 1
                else:
                    again_at = now + _wait(notice.attempts)
                    OutboxRepository(work).mark_failed(notice.id, error[:_ERROR_LENGTH], again_at)
                    failed += 1
        return Delivered(sent, failed)

    def _try(self, deliver: Deliver, notice: OutboxRecord) -> str | None:
        content = {"id": str(notice.id), "topic": notice.topic, **notice.payload}
        body = json.dumps(content, ensure_ascii=False, sort_keys=True).encode()
        try:
            deliver(body, self._now())
        except (OSError, HTTPException, ValueError) as error:
            return f"{type(error).__name__}: {error}"
        return None


def signature_of(secret: str, timestamp: str, body: bytes) -> str:
    """Return the signature a receiver checks: HMAC-SHA256 over ``timestamp.body``, in hex."""
    return hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def _wait(attempts: int) -> timedelta:
    return min(timedelta(minutes=2 ** min(attempts, 12)), _LONGEST_WAIT)


def _way_out(settings: Settings) -> Deliver | None:
    if settings.notice_url is not None:
        return _webhook(settings.notice_url, settings.notice_secret or "")
    if settings.notice_file is not None:
        return _file(settings.notice_file)
    return None


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A notice goes where the operator said, and nowhere else."""

    def redirect_request(self, *_arguments: Any) -> None:
        """Follow nothing."""


def _webhook(url: str, secret: str) -> Deliver:
    # No proxy of the environment either: the address is the office's own.
    opener = urllib.request.build_opener(_NoRedirect, urllib.request.ProxyHandler({}))

    def deliver(body: bytes, now: datetime) -> None:
        timestamp = str(int(now.timestamp()))
        request = urllib.request.Request(  # noqa: S310 -- Settings takes only http and https
            url,
            data=body,
            headers={
                "Content-Type": "application/json; charset=utf-8",
                "X-Surveyapp-Timestamp": timestamp,
                "X-Surveyapp-Signature": f"sha256={signature_of(secret, timestamp, body)}",
            },
        )
        with opener.open(request, timeout=TIMEOUT_SECONDS):
            pass

    return deliver


def _file(path: Path) -> Deliver:
    def deliver(body: bytes, _now: datetime) -> None:
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(descriptor, body + b"\n")
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    return deliver
