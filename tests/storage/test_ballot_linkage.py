"""An attacker with everything that is left tries to match voters to grades, on both databases.

He watched who voted in which order, and knows their slips and receipts. While the vote was open he
took a copy of the database; after the closing he has the database with its hidden columns and its
files, the write-ahead log, the logs and the server's secret. What he has not is the key directory
of the time before. He must do no better than chance.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from itertools import combinations
from pathlib import Path

import pytest
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, SealedBox
from nacl.secret import SecretBox
from sqlalchemy import select, text

from surveyapp.domain.survey import Kind
from surveyapp.services.assembly import Services
from surveyapp.storage.ballot_records import BallotBoxRecord, CredentialRecord, UrnRecord
from surveyapp.storage.records import AuditEventRecord, SurveyRecord
from tests.builders import CLERK, SECRET
from tests.support.ballots import ballots_on, cast, issue, pattern, pattern_of, put_in_use

VOTERS = 120
# Beyond these a fair shuffle of 120 goes less than once in a million times.
MOST_ALIKE = 0.3
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
        put_in_use(services)
        (key_file,) = services.settings.key_dir.iterdir()
        self.survey_key = key_file.read_bytes()
        self.codes = issue(services, B=VOTERS)["B"]
        self.receipts: list[str] = []
        for number, code in enumerate(self.codes):
            if number == VOTERS // 2:
                self.copy = self.content()
            self.receipts.append(str(cast(services, code, pattern(number))))
        with services.database.reading() as work:
            self.boxes = list(work.session.scalars(select(UrnRecord.box)))
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
    if vote.services.database.is_sqlite:
        # Where in the file the rows lie.
        content = vote.content()
        with vote.services.database.reading() as work:
            rows = work.session.execute(
                text("SELECT id, grades FROM ballot").columns(grades=AuditEventRecord.detail.type)
            ).all()
        places = sorted((content.rindex(row.id.encode()), pattern_of(row.grades)) for row in rows)
        require_chance([number for _place, number in places])
    # The n-th receipt of the list does not belong to the n-th ballot.
    listed = vote.services.ballot_closing.verify("cadres").receipts
    voters = [vote.receipts.index(receipt) for receipt in listed]
    require_chance(voters)
    for order in shown:
        assert sum(a == b for a, b in zip(order, voters, strict=True)) <= MOST_GUESSED


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
    # A copy taken while the vote was open holds boxes and the wrapped key, and neither opens with
    # the server's secret.
    assert vote.survey_key not in vote.copy
    assert vote.private not in vote.copy
    assert vote.survey_key.hex().encode() not in vote.copy
    for guess in (SECRET.encode().ljust(32, b"\0")[:32], bytes(32)):
        with pytest.raises(CryptoError):
            SecretBox(guess).decrypt(vote.wrapped)
    with pytest.raises(CryptoError):
        SealedBox(PrivateKey(vote.survey_key)).decrypt(vote.boxes[0])


def no_slip_and_no_receipt_stands_beside_a_ballot_or_in_a_log(vote: Vote) -> None:
    left = vote.content() + vote.log + vote.copy
    for code in vote.codes:
        assert code.encode() not in left
    for digest in vote.digests:
        assert digest.encode() not in vote.content()
    for receipt in vote.receipts:
        assert receipt.encode() not in vote.log + vote.copy
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
    nothing_that_opens_a_box_is_left(vote)
    no_slip_and_no_receipt_stands_beside_a_ballot_or_in_a_log(vote)
    the_files_of_what_was_deleted_are_empty(vote)
