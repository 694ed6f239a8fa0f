"""An attacker with everything that is left tries to match voters to grades, on both databases.

He watched who voted in which order, and knows their slips and receipts. While the vote was open he
took a copy of the database; after the closing he has a copy again, the database with its hidden
columns and its files, the write-ahead log with all it has kept, the logs and the server's secret.
What he has not is the key directory of the time before. He must do no better than chance.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Sequence
from itertools import combinations
from pathlib import Path
from uuid import UUID

import pytest
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, SealedBox
from nacl.secret import SecretBox
from sqlalchemy import select, text

from surveyapp.domain.survey import Kind
from surveyapp.services.assembly import Services
from surveyapp.storage.ballot_records import (
    BallotBoxRecord,
    BallotRecord,
    CredentialRecord,
    UrnRecord,
)
from surveyapp.storage.records import AuditEventRecord, SurveyRecord
from tests.builders import CLERK, SECRET
from tests.support.ballots import ballots_on, cast, issue, pattern, pattern_of, put_in_use

VOTERS = 200
# Beyond these a fair shuffle of 200 goes less than once in a million times.
MOST_ALIKE = 0.25
MOST_GUESSED = 10


def alike(order: Sequence[int]) -> float:
    """Kendall's tau between an order of ballots and the order in which they were cast."""
    pairs = list(combinations(order, 2))
    return sum(1 if first < second else -1 for first, second in pairs) / len(pairs)


def guessed(order: Sequence[int]) -> int:
    """How many voters are found by saying: the n-th who came is the n-th ballot."""
    return sum(place == voter for place, voter in enumerate(order))


def require_chance(order: Sequence[int]) -> None:
    assert sorted(order) == list(range(VOTERS))
    for tried in (list(order), list(reversed(order))):
        assert abs(alike(tried)) < MOST_ALIKE
        assert guessed(tried) <= MOST_GUESSED


class Vote:
    """A vote that was held, watched and closed."""

    def __init__(self, services: Services, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.DEBUG)
        self.services = services
        if not services.database.is_sqlite:
            with services.database.reading() as work:
                first = text("SELECT pg_walfile_name(pg_current_wal_lsn())")
                self.first_segment = work.session.execute(first).scalar_one()
        put_in_use(services)
        (key_file,) = services.settings.key_dir.iterdir()
        self.survey_key = key_file.read_bytes()
        self.codes = issue(services, B=VOTERS)["B"]
        self.receipts: list[str] = []
        for number, code in enumerate(self.codes):
            if number == VOTERS // 2:
                self.copy = self.content() + self.write_ahead_log()
            self.receipts.append(str(cast(services, code, pattern(number))))
        with services.database.reading() as work:
            self.boxes = list(work.session.scalars(select(UrnRecord.box)))
            self.urn_ids = list(work.session.scalars(select(UrnRecord.id)))
            self.digests = list(work.session.scalars(select(CredentialRecord.digest)))
            box = work.session.scalars(select(BallotBoxRecord)).one()
            self.wrapped = box.wrapped_private_key or b""
        self.private = SecretBox(self._wrapping()).decrypt(self.wrapped)
        services.ballot_closing.close("cadres", CLERK)
        self.log = caplog.text.encode()

    def _wrapping(self) -> bytes:
        from surveyapp.services.ballots.keys import _wrapping_key

        return _wrapping_key(self.survey_key, None, None)

    def content(self) -> bytes:
        """The files of the database, as a thief or a backup finds them."""
        database = self.services.database
        if database.is_sqlite:
            folder = Path(database.url.removeprefix("sqlite:///")).parent
            return b"".join(path.read_bytes() for path in sorted(folder.glob("*.sqlite3*")))
        with database.reading() as work:
            tables = ("survey", "ballot_box", "credential", "urn", "ballot", "receipt_list")
            dumped = [
                str(
                    work.session.execute(
                        text(f"SELECT xmin, ctid, t.* FROM {t} t")  # noqa: S608 our own words
                    ).all()
                )
                for t in tables
            ]
        return "".join(dumped).encode()

    def write_ahead_log(self) -> bytes:
        """What PostgreSQL keeps, also what it will write over; SQLite's is among its files."""
        if self.services.database.is_sqlite:
            return b""
        with self.services.database.reading() as work:
            folder = work.session.execute(text("SHOW data_directory")).scalar_one()
        segments = sorted(path for path in Path(folder, "pg_wal").iterdir() if path.is_file())
        # Other tests use the same server: what it wrote before this vote is left out, and space.
        kept = (path.read_bytes() for path in segments if path.name >= self.first_segment)
        return re.sub(rb"\x00{32,}", bytes(32), b"".join(kept))

    def opened(self) -> dict[UUID, int]:
        """The voter of each ballot, by the ballot's id: what the attacker is after."""
        with self.services.database.reading() as work:
            ballots = work.session.scalars(select(BallotRecord)).all()
            return {one.id: pattern_of(one.grades) for one in ballots}

    def orders(self) -> Iterator[list[int]]:
        """Every order in which the database can be made to show the ballots."""
        hidden = (
            [""] if self.services.database.is_sqlite else ["ORDER BY ctid", "ORDER BY xmin::text"]
        )
        for order in (*hidden, "ORDER BY id", "ORDER BY CAST(grades AS TEXT), id DESC"):
            with self.services.database.reading() as work:
                sql = f"SELECT id, grades FROM ballot {order}"  # noqa: S608 our own words
                table = text(sql).columns(grades=AuditEventRecord.detail.type)
                yield [pattern_of(row.grades) for row in work.session.execute(table)]


@pytest.fixture
def vote(database_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> Iterator[Vote]:
    with ballots_on(database_url, tmp_path / "instance") as services:
        yield Vote(services, caplog)


def test_the_attack_would_find_ballots_in_order() -> None:
    with pytest.raises(AssertionError):
        require_chance(range(VOTERS))
    with pytest.raises(AssertionError):
        require_chance(list(reversed(range(VOTERS))))


def who_voted_what_is_not_better_guessed_than_by_chance(vote: Vote) -> None:
    *shown, by_grades = vote.orders()
    for order in shown:
        require_chance(order)
    assert sorted(by_grades) == list(range(VOTERS))
    # Where the rows lie in the file, and in which order they came into the log.
    voters = vote.opened()
    is_sqlite = vote.services.database.is_sqlite
    for content in (vote.content(),) if is_sqlite else (vote.write_ahead_log(),):
        for find in (content.find, content.rfind):
            places = {find(_stored(one, is_sqlite=is_sqlite)): voters[one] for one in voters}
            assert min(places) >= 0
            require_chance([places[place] for place in sorted(places)])
    # The n-th receipt of the list does not belong to the n-th ballot.
    listed = vote.services.ballot_closing.verify("cadres").receipts
    holders = [vote.receipts.index(receipt) for receipt in listed]
    require_chance(holders)
    for order in shown:
        assert sum(a == b for a, b in zip(order, holders, strict=True)) <= MOST_GUESSED


def _stored(ballot_id: UUID, *, is_sqlite: bool) -> bytes:
    """An id as it stands in the files."""
    return ballot_id.hex.encode() if is_sqlite else ballot_id.bytes


def no_box_is_known_again_as_a_ballot(vote: Vote) -> None:
    left = vote.content()
    is_sqlite = vote.services.database.is_sqlite
    assert any(_stored(one, is_sqlite=is_sqlite) in vote.copy for one in vote.urn_ids)
    assert set(vote.opened()).isdisjoint(vote.urn_ids)
    for one in vote.urn_ids:
        assert one.hex.encode() not in left
        assert str(one).encode() not in left


def boxes_tell_nothing_by_their_size(vote: Vote) -> None:
    assert len({len(box) for box in vote.boxes}) == 1
    assert len(set(vote.boxes)) == VOTERS


def nothing_that_opens_a_box_is_left(vote: Vote) -> None:
    assert list(vote.services.settings.key_dir.iterdir()) == []
    left = vote.content() + vote.log
    secrets = (vote.survey_key, vote.private, vote.wrapped, *vote.boxes)
    for secret in secrets:
        assert secret not in left
        assert secret.hex().encode() not in left
    # A copy taken while the vote was open, and the write-ahead log, hold boxes and the wrapped key,
    # and neither opens with the server's secret.
    kept = vote.write_ahead_log()
    # Pages of the log cut some boxes in two; that any lies in one piece shows what the log holds.
    assert vote.services.database.is_sqlite or any(box in kept for box in vote.boxes)
    for secret in (vote.survey_key, vote.private):
        for written in (vote.copy, kept):
            assert secret not in written
            assert secret.hex().encode() not in written
    for guess in (SECRET.encode().ljust(32, b"\0")[:32], bytes(32)):
        with pytest.raises(CryptoError):
            SecretBox(guess).decrypt(vote.wrapped)
    with pytest.raises(CryptoError):
        SealedBox(PrivateKey(vote.survey_key)).decrypt(vote.boxes[0])


def no_slip_and_no_receipt_stands_beside_a_ballot_or_in_a_log(vote: Vote) -> None:
    content = vote.content()
    left = content + vote.log + vote.copy + vote.write_ahead_log()
    assert not any(code.encode() in left for code in vote.codes)
    assert not any(digest.encode() in content for digest in vote.digests)
    earlier = vote.log + vote.copy
    assert not any(receipt.encode() in earlier for receipt in vote.receipts)
    with vote.services.database.reading() as work:
        events = work.session.scalars(select(AuditEventRecord.action)).all()
        survey = work.session.scalars(
            select(SurveyRecord).where(SurveyRecord.kind == Kind.BALLOT)
        ).one()
        assert sorted(events) == [
            "credentials.issue",
            "survey.close",
            "survey.import",
            "survey.publish",
        ]
        assert survey.updated_at == survey.closed_at


def the_files_of_what_was_deleted_are_empty(vote: Vote) -> None:
    database = vote.services.database
    if database.is_sqlite:
        wal = Path(database.url.removeprefix("sqlite:///") + "-wal")
        with database.reading() as work:
            free = work.session.execute(text("PRAGMA freelist_count")).scalar_one()
        assert free == 0
        assert not wal.exists() or vote.boxes[0] not in wal.read_bytes()
    else:
        for table in ("credential", "urn"):
            with database.reading() as work:
                size = work.session.execute(
                    text(f"SELECT pg_relation_size('{table}')")
                ).scalar_one()
            assert size == 0


def test_an_attacker_with_all_that_is_left_does_no_better_than_chance(vote: Vote) -> None:
    # One vote for all attacks: holding it is what takes time.
    who_voted_what_is_not_better_guessed_than_by_chance(vote)
    boxes_tell_nothing_by_their_size(vote)
    no_box_is_known_again_as_a_ballot(vote)
    nothing_that_opens_a_box_is_left(vote)
    no_slip_and_no_receipt_stands_beside_a_ballot_or_in_a_log(vote)
    the_files_of_what_was_deleted_are_empty(vote)
