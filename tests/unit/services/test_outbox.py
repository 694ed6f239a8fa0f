"""Notices: a file, a signed webhook, and what happens when nobody listens."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from sqlalchemy import select

from surveyapp.domain import case_fields as given
from surveyapp.domain.case import CallResult
from surveyapp.domain.slips import Colour
from surveyapp.services.cases.outbox import KEPT, _wait, signature_of
from surveyapp.services.cases.views import CaseFilters
from surveyapp.storage.case_records import OutboxRecord
from tests.support.cases import EDITOR, CaseBook, a_case_book

SECRET = "sixteen letters at least"


@dataclass
class Receiver:
    """The office's gateway: keeps what it was sent."""

    url: str
    answer: int = 204
    bodies: list[bytes] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)


@contextmanager
def receiving(answer: int = 204) -> Iterator[Receiver]:
    receiver = Receiver("", answer)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            receiver.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            receiver.headers.append(dict(self.headers.items()))
            self.send_response(receiver.answer)
            self.send_header("Location", "http://127.0.0.1:9/elsewhere")
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            """Stay quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.url = f"http://127.0.0.1:{server.server_port}/notices"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield receiver
    server.shutdown()
    thread.join()
    server.server_close()


def records(book: CaseBook) -> list[OutboxRecord]:
    with book.services.database.reading() as work:
        return list(work.session.scalars(select(OutboxRecord).order_by(OutboxRecord.created_at)))


def test_without_a_way_out_nothing_is_kept(sqlite_url: str, tmp_path: Path) -> None:
    with a_case_book(sqlite_url, tmp_path) as book:
        book.opened()
        assert records(book) == []


def test_a_file_takes_a_line_a_notice_and_nothing_a_citizen_wrote(
    sqlite_url: str, tmp_path: Path
) -> None:
    file = tmp_path / "notices.jsonl"
    with a_case_book(sqlite_url, tmp_path, SURVEYAPP_NOTICE_FILE=str(file)) as book:
        case = book.opened(number=True, comment="态度差")
        book.clock.advance(days=1)
        assert book.work.tick().slips == {Colour.BLUE: 1}
        lines = [json.loads(line) for line in file.read_text().splitlines()]
        assert [line["topic"] for line in lines] == ["case.opened", "case.blue"]
        first = lines[0]
        assert first.pop("id")
        assert first == {
            "topic": "case.opened",
            "case": case,
            "survey": "hall-review",
            "unit_code": "511-3",
            "unit": "3号窗口",
            "responsible_person": None,
            "state": "to_verify",
            "received_on": "2026-11-09",
            "due_on": "2026-11-10",
            "due_is_provisional": False,
            "slip": "督办〔2026〕1号",
            "day": "2026-11-09",
            "url": f"http://127.0.0.1:8000/console/cases/{case}",
        }
        assert file.stat().st_mode & 0o777 == 0o600
        assert "态度差" not in file.read_text()
        assert "5678" not in file.read_text()
        book.clock.advance(days=KEPT.days + 1)
        book.work.tick()
        assert [record.topic for record in records(book)] == ["case.yellow", "case.red"]


def test_an_office_that_lets_a_case_lie_is_told_once(sqlite_url: str, tmp_path: Path) -> None:
    file = tmp_path / "notices.jsonl"
    with a_case_book(sqlite_url, tmp_path, SURVEYAPP_NOTICE_FILE=str(file)) as book:
        case = book.answered(number=True)
        book.clock.advance(days=20)
        assert book.work.tick().sent == 2
        book.work.call(EDITOR, case, given.Call(CallResult.NO_ANSWER))
        assert book.work.tick().sent == 0
        topics = [json.loads(line)["topic"] for line in file.read_text().splitlines()]
        assert topics == ["case.opened", "case.assigned", "case.overdue"]


def test_a_webhook_is_signed(sqlite_url: str, tmp_path: Path) -> None:
    with (
        receiving() as gateway,
        a_case_book(
            sqlite_url,
            tmp_path,
            SURVEYAPP_NOTICE_URL=gateway.url,
            SURVEYAPP_NOTICE_SECRET=SECRET,
        ) as book,
    ):
        book.opened()
        (body,), (headers,) = gateway.bodies, gateway.headers
        signature = signature_of(SECRET, headers["X-Surveyapp-Timestamp"], body)
        assert headers["X-Surveyapp-Signature"] == f"sha256={signature}"
        assert headers["X-Surveyapp-Timestamp"] == str(int(book.clock().timestamp()))
        assert json.loads(body)["topic"] == "case.opened"
        (record,) = records(book)
        assert (record.sent_at, record.attempts, record.last_error) == (book.clock(), 1, None)


@pytest.mark.parametrize("answer", [302, 500])
def test_what_did_not_arrive_is_tried_again_later_and_later(
    sqlite_url: str, tmp_path: Path, answer: int
) -> None:
    with (
        receiving(answer) as gateway,
        a_case_book(
            sqlite_url,
            tmp_path,
            SURVEYAPP_NOTICE_URL=gateway.url,
            SURVEYAPP_NOTICE_SECRET=SECRET,
        ) as book,
    ):
        book.review()
        book.clock.advance(minutes=10)
        waits = []
        report = book.work.tick()
        for _ in range(7):
            assert (report.sent, report.failed) == (0, 1)
            assert book.work.tick().failed == 0
            (record,) = records(book)
            assert str(answer) in (record.last_error or "")
            assert record.next_attempt_at is not None
            waits.append(record.next_attempt_at - book.clock())
            book.clock.now = record.next_attempt_at
            report = book.work.tick()
        assert waits[:3] == [timedelta(minutes=2), timedelta(minutes=4), timedelta(minutes=8)]
        assert [_wait(attempts) for attempts in (9, 10, 99)] == [
            timedelta(minutes=512), timedelta(hours=12), timedelta(hours=12)
        ]  # fmt: skip
        gateway.answer = 200
        book.clock.advance(hours=5)
        assert book.work.tick().sent == 1


def test_reading_sends_nothing(sqlite_url: str, tmp_path: Path) -> None:
    file = tmp_path / "notices.jsonl"
    with a_case_book(sqlite_url, tmp_path, SURVEYAPP_NOTICE_FILE=str(file)) as book:
        book.review()
        book.clock.advance(minutes=10)
        assert book.work.inbox(EDITOR, CaseFilters()).total == 1
        assert len(records(book)) == 1
        assert not file.exists()
        assert book.work.tick().sent == 1
