"""The urn under pressure, on both databases: counted once or refused, and opened exactly once."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from surveyapp.domain.errors import BadInput, Conflict, NotFound, Refusal, SurveyClosed
from surveyapp.services.assembly import Services
from surveyapp.services.ballots import closing as ballot_closing
from surveyapp.storage.ballot_records import (
    BallotBoxRecord,
    BallotRecord,
    CredentialRecord,
    ReceiptListRecord,
    UrnRecord,
)
from surveyapp.storage.records import Record
from tests.builders import CLERK
from tests.support.ballots import ballots_on, cast, issue, pattern, put_in_use

FROZEN = {
    "ballot_box": "survey_id stage public_key wrapped_private_key salt unreadable away root",
    "ballot_class": "survey_id key position roll issued spent merged_into"
    " pace_fast pace_usual pace_slow paper_issued paper_returned paper_void",
    "credential": "survey_id digest class_key spent",
    "rehearsal_credential": "survey_id digest class_key spent",
    "urn": "survey_id id box",
    "ballot": "survey_id id class_key grades",
    "signed_ballot": "survey_id id class_key signed_by grades",
    "ballot_remark": "survey_id id subject_key remark",
    "receipt_list": "survey_id receipt",
    "paper_keying": "survey_id number turn clerk_id class_key void marks words",
    "paper_confirmation": "survey_id staff_id",
}


@pytest.fixture
def services(database_url: str, tmp_path: Path) -> Iterator[Services]:
    with ballots_on(database_url, tmp_path / "instance") as made:
        yield made


def count(services: Services, record: type[Record]) -> int:
    with services.database.reading() as work:
        return work.session.scalar(select(func.count()).select_from(record)) or 0


def stage(services: Services) -> str:
    with services.database.reading() as work:
        return work.session.scalars(select(BallotBoxRecord.stage)).one()


@pytest.mark.parametrize("table", FROZEN)
def test_no_column_is_added_to_ballots_without_thinking(table: str) -> None:
    assert " ".join(Record.metadata.tables[table].columns.keys()) == FROZEN[table]


@pytest.mark.parametrize("table", sorted(set(FROZEN) - {"ballot_box", "ballot_class"}))
def test_no_row_of_a_ballot_has_a_number(sqlite_url: str, tmp_path: Path, table: str) -> None:
    with ballots_on(sqlite_url, tmp_path) as services, services.database.reading() as work:
        schema = work.connection.exec_driver_sql(
            "SELECT sql FROM sqlite_master WHERE name = ?", (table,)
        ).scalar_one()
        assert "WITHOUT ROWID" in schema


def test_two_hundred_posts_of_one_slip_make_one_ballot(services: Services) -> None:
    put_in_use(services)
    (code,) = issue(services, B=1)["B"]
    with ThreadPoolExecutor(24) as pool:
        receipts = list(pool.map(lambda n: cast(services, code, pattern(n)), range(200)))
    given = [receipt for receipt in receipts if receipt is not None]
    assert len(given) == 1
    assert count(services, UrnRecord) == 1
    closed = services.ballot_closing.close("cadres", CLERK)
    assert closed.ballots == 1
    assert services.ballot_closing.verify("cadres").receipts == tuple(given)


def test_a_ballot_that_races_the_closing_is_counted_or_refused(services: Services) -> None:
    put_in_use(services)
    codes = issue(services, B=60)["B"]
    counted: list[str] = []
    refused: list[Refusal] = []
    half = threading.Event()

    def vote(number: int) -> None:
        try:
            receipt = cast(services, codes[number], pattern(number))
            assert receipt is not None
            counted.append(receipt)
        except (SurveyClosed, NotFound) as refusal:
            refused.append(refusal)
        if number >= 25:
            half.set()

    with ThreadPoolExecutor(8) as pool:
        closing = pool.submit(
            lambda: (half.wait(), services.ballot_closing.close("cadres", CLERK))[1]
        )
        list(pool.map(vote, range(60)))
    assert closing.result().ballots == len(counted)
    assert len(counted) + len(refused) == 60
    assert services.ballot_closing.verify("cadres").receipts == tuple(sorted(counted))


STEPS = {
    "before anything": "end",
    "closed": "_open",
    "opened": "_destroy",
    "key removed, not noted": "_advance",
    "destroyed": "_scrub",
}


KILLED = 9


class Killed(BaseException):
    """The transaction ends here."""


def exit_code_of_a_process_that_closes(services: Services) -> int:
    """Close in a process of its own, with connections of its own, that dies without a word."""
    child = os.fork()
    if child == 0:
        try:
            instance = services.settings.instance_dir
            with ballots_on(services.settings.database_url, instance) as own:
                own.ballot_closing.close("cadres", CLERK)
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@pytest.mark.parametrize("step", STEPS)
def test_a_closing_that_dies_is_finished_once(
    services: Services, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    put_in_use(services)
    codes = issue(services, B=9)["B"]
    receipts = sorted(str(cast(services, code, pattern(n))) for n, code in enumerate(codes))

    with monkeypatch.context() as patch:
        patch.setattr(ballot_closing.BallotClosing, STEPS[step], lambda *_a: os._exit(KILLED))
        assert exit_code_of_a_process_that_closes(services) == KILLED
    if step == "before anything":
        services.ballot_closing.close("cadres", CLERK)
    else:
        services.ballot_closing.resume()
    again = services.ballot_closing.close("cadres", CLERK)
    assert again.ballots == 9
    assert again.scrubbed
    assert stage(services) == "scrubbed"
    assert list(services.settings.key_dir.iterdir()) == []
    assert count(services, CredentialRecord) == count(services, UrnRecord) == 0
    verification = services.ballot_closing.verify("cadres", again.root)
    assert verification.ok
    assert list(verification.receipts) == receipts


def test_a_death_inside_the_opening_leaves_nothing_of_it(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_in_use(services)
    for number, code in enumerate(issue(services, B=6)["B"]):
        cast(services, code, pattern(number))

    def die(*_arguments: object) -> str:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(ballot_closing, "root_in", die)
        with pytest.raises(Killed):
            services.ballot_closing.close("cadres", CLERK)
    assert (count(services, BallotRecord), count(services, UrnRecord)) == (0, 6)
    assert stage(services) == "closed"
    assert len(list(services.settings.key_dir.iterdir())) == 1
    assert services.ballot_closing.verify("cadres").ballots == 6


def test_a_wrong_passphrase_loses_nothing(services: Services) -> None:
    keys = put_in_use(services, scrutineers=True).keys
    assert keys.passphrase is not None
    for number, code in enumerate(issue(services, B=6)["B"]):
        cast(services, code, pattern(number))
    for wrong in ("", "0" * 24, keys.halves[0], keys.passphrase[:-1] + "!"):
        with pytest.raises((BadInput, Conflict)):
            services.ballot_closing.close("cadres", CLERK, passphrase=wrong)
    with pytest.raises(Conflict):
        services.ballot_closing.close("cadres", CLERK)
    assert stage(services) == "sealed"
    typed = "\n".join(keys.halves).lower()
    assert services.ballot_closing.close("cadres", CLERK, passphrase=typed).ballots == 6


def test_a_lost_key_file_is_replaced_by_the_recovery_sheet(services: Services) -> None:
    keys = put_in_use(services).keys
    cast(services, issue(services, B=1)["B"][0], pattern(3))
    (file,) = services.settings.key_dir.iterdir()
    file.unlink()
    with pytest.raises(Conflict, match="recovery sheet"):
        services.ballot_closing.close("cadres", CLERK)
    wrong = ("0" if keys.recovery[5] != "0" else "1").join((keys.recovery[:5], keys.recovery[6:]))
    for bad in ("nothing", wrong):
        with pytest.raises(BadInput):
            services.ballot_closing.close("cadres", CLERK, recovery=bad)
    assert services.ballot_closing.close("cadres", CLERK, recovery=keys.recovery).ballots == 1


def test_a_box_that_does_not_open_is_counted(services: Services) -> None:
    put_in_use(services)
    for number, code in enumerate(issue(services, B=7)["B"]):
        cast(services, code, pattern(number))
    with services.database.writing() as work:
        some = work.session.scalars(select(UrnRecord.id)).first()
        work.session.execute(update(UrnRecord).where(UrnRecord.id == some).values(box=b"?" * 99))
    closed = services.ballot_closing.close("cadres", CLERK)
    assert (closed.ballots, closed.unreadable) == (6, 1)
    assert services.ballot_closing.verify("cadres").ok


@pytest.mark.parametrize("how", ["changed", "dropped", "added", "receipt", "count"])
def test_verify_finds_what_was_touched_after_closing(services: Services, how: str) -> None:
    put_in_use(services)
    for number, code in enumerate(issue(services, B=8)["B"]):
        cast(services, code, pattern(number))
    paper = services.ballot_closing.close("cadres", CLERK).root
    assert services.ballot_closing.verify("cadres", f" {paper.upper()}").ok
    with services.database.writing() as work:
        row = work.session.scalars(select(BallotRecord)).first()
        assert row is not None
        if how == "changed":
            row.grades = row.grades | {"c1": {"overall": "abstain"}}
        elif how == "dropped":
            work.session.delete(row)
        elif how == "added":
            work.session.add(
                BallotRecord(
                    survey_id=row.survey_id,
                    id=row.survey_id,
                    class_key="B",
                    grades=row.grades,
                )
            )
        elif how == "receipt":
            work.session.add(ReceiptListRecord(survey_id=row.survey_id, receipt="Z" * 16))
        else:
            services_class = work.session.scalars(select(BallotBoxRecord)).one()
            services_class.unreadable = 1
    touched = services.ballot_closing.verify("cadres", paper)
    assert not touched.ok
    with services.database.writing() as work:
        # Whoever also rewrites the stored root is found by the root on paper.
        work.session.scalars(select(BallotBoxRecord)).one().root = touched.root
    assert services.ballot_closing.verify("cadres").ok
    assert not services.ballot_closing.verify("cadres", paper).ok
