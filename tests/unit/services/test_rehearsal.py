"""The demo's evaluation: slips that show the whole packet and reach no urn."""

from __future__ import annotations

from pathlib import Path

from surveyapp.services.demonstration.rehearsal import KEY, prepare_rehearsal
from tests.builders import CLERK, services_on


def test_a_slip_opens_the_whole_packet_and_counts_for_nothing(
    sqlite_url: str, tmp_path: Path
) -> None:
    services = services_on(sqlite_url, tmp_path)
    rehearsal = prepare_rehearsal(services)
    assert rehearsal is not None
    code = rehearsal.url.rpartition("/")[2]
    ballot = services.balloting.open(code)
    assert ballot.rehearsal
    assert len(ballot.rules.sheets_of(ballot.voting_class)) == 4
    receipt = services.balloting.mint(code)
    assert services.balloting.cast(code, {"p1._card": ["excellent"]}, receipt).receipt
    again = prepare_rehearsal(services)
    assert again is not None
    assert again.url != rehearsal.url
    services.ballot_preparing.put_in_use(KEY, CLERK)
    assert services.ballot_closing.close(KEY, CLERK).ballots == 0
    assert prepare_rehearsal(services) is None
    services.database.dispose()
