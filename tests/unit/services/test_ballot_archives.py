"""Archives of votes with everything a vote can have, and files that are none."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from surveyapp.domain.definition import parse_definition
from surveyapp.domain.errors import BadInput, Conflict
from surveyapp.services.assembly import Services
from surveyapp.services.ballots.archive import opened_archive, verified_alone
from surveyapp.services.ballots.archive_content import class_counts_of
from surveyapp.services.ballots.opening import counts_in_root
from surveyapp.services.ballots.paper_printing import ballot_title, papers_html
from surveyapp.storage.ballot_records import BallotClassRecord
from tests.builders import CLERK
from tests.support.ballots import (
    ballots_on,
    cast,
    issue,
    packet_document,
    put_definition_in_use,
    put_in_use,
)
from tests.support.papers import a_count, print_papers

CLASSES = [
    {"key": "L", "title": "领导评分", "weight": 20, "roll": 2, "signed": True},
    {"key": "A", "title": "A票（同级）", "weight": 30, "roll": 20},
    {"key": "B", "title": "B票", "weight": 50, "roll": 20},
]


@pytest.fixture
def services(sqlite_url: str, tmp_path: Path) -> Iterator[Services]:
    with ballots_on(sqlite_url, tmp_path / "instance") as made:
        yield made


def a_whole_vote(services: Services) -> str:
    """Sheets, a signed class, pooled classes, reasons, suggestions and papers; returns the root."""
    definition = parse_definition(packet_document(classes=CLASSES, remarks=30))
    put_definition_in_use(services, definition)
    codes = issue(services, L=1, A=2, B=9)
    said = {"n1._card": ["disapprove"], "n1._reason": ["不在岗"], "_remark": ["多下基层"]}
    for class_key in ("A", "B"):
        for code in codes[class_key]:
            cast(services, code, {"t1._card": ["excellent"], "c1._card": ["competent"]} | said)
    cast(services, codes["L"][0], {"_signature": ["王芳"], "t1._card": ["good"]})
    print_papers(services, B=3)
    count = a_count(services)
    nothing = {one.key: ["0"] for one in definition.ballot.subjects} if definition.ballot else {}
    count.key(1, nothing | {"t1": ["12"], "n2": ["3"], "n2._reason": ["说明"]})
    count.key(2, {"_void": ["1"]})
    count.confirm()
    return services.ballot_closing.close("cadres", CLERK).root


def test_an_archive_of_everything_proves_itself_alone(services: Services) -> None:
    root = a_whole_vote(services)
    sealed = services.ballot_archives.make("cadres", CLERK, restricted=True)
    found = verified_alone(sealed.content, passphrase=sealed.passphrase, root=root.upper())
    assert (found.ok, found.root, found.ballots, found.receipts) == (True, root, 13, 12)
    content = opened_archive(sealed.content, sealed.passphrase)
    again = services.ballot_archives.make("cadres", CLERK, restricted=True)
    assert again.content != sealed.content
    assert opened_archive(again.content, again.passphrase) == content
    assert services.ballot_archives.verify("cadres", content, passphrase=None, root=root).ok
    assert not services.ballot_archives.verify("cadres", content, passphrase=None, root="0").ok


def test_cells_say_no_more_than_the_tabulation(services: Services) -> None:
    a_whole_vote(services)
    made = services.ballot_archives.make("cadres", CLERK)
    with zipfile.ZipFile(io.BytesIO(opened_archive(made.content, made.passphrase))) as archive:
        files = {name: json.loads(archive.read(name)) for name in archive.namelist()}
        assert {entry.date_time[0] for entry in archive.infolist()} == {1980}
    assert not any("多下基层" in json.dumps(one, ensure_ascii=False) for one in files.values())
    votes = {}
    for cell in files["cells.json"]:
        if (cell["subject"], cell["item"]) == ("n1", "overall"):
            votes[cell["class"]] = cell["grades"]
    # A and B are pooled, so there is one cell of both; the sheet that L left blank is in none.
    assert votes == {"B": {"disapprove": 11, "blank": 1}, "L": {}}
    (sheet,) = [one for one in files["result.json"]["sheets"] if one["sheet"] == "promoted"]
    first, _second = sheet["groups"][0]["subjects"]
    assert first["votes"]["disapprove"] == [11, "11/12"]


def test_paper_says_what_the_phone_says(services: Services) -> None:
    definition = parse_definition(packet_document(classes=CLASSES, remarks=30))
    put_definition_in_use(services, definition)
    html = papers_html(print_papers(services, L=1, A=2))
    assert html.count("一、班子测评表") == 3
    assert html.count("请勿写可识别本人的内容") == 3
    assert html.count("签名：") == html.count("署名评价，不保密") == 1
    assert "“不认同”的原因" in html
    title = definition.title
    assert ballot_title(title, definition.ballot.classes[1]) == "2026年度民主测评票（A票）"  # type: ignore[union-attr]  # it is a ballot


def test_many_items_go_on_larger_paper(services: Services) -> None:
    criteria = [{"key": f"k{n}", "title": f"指标{n}", "weight": 10} for n in range(1, 11)]
    put_in_use(services, criteria=criteria, subjects=[
        {"key": "c1", "title": "甲", "group": "chief"},
        {"key": "d1", "title": "乙", "group": "deputy"},
    ])  # fmt: skip
    assert "A3 landscape" in papers_html(print_papers(services, A=1))


@pytest.mark.parametrize("data", [b"", b"PK", b"PK\x03\x04 nothing", b"surveyapp"])
def test_other_files_are_no_archive(data: bytes) -> None:
    with pytest.raises(BadInput, match="no archive"):
        verified_alone(data, passphrase=None)


def zipped(**files: object) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in files.items():
            archive.writestr(f"{name}.json", json.dumps(content))
    return file.getvalue()


def test_an_archive_with_nonsense_in_it_is_none() -> None:
    with pytest.raises(BadInput, match="no archive"):
        verified_alone(zipped(other={}), passphrase=None)
    nonsense = zipped(manifest={}, definition={}, counts=[], receipts=[], ballots=[])
    with pytest.raises(BadInput, match="no archive"):
        verified_alone(nonsense, passphrase=None)


def test_a_sealed_archive_needs_its_passphrase(services: Services) -> None:
    put_in_use(services)
    services.ballot_closing.close("cadres", CLERK)
    sealed = services.ballot_archives.make("cadres", CLERK)
    with pytest.raises(Conflict, match="sealed"):
        opened_archive(sealed.content, None)
    wrong = ("0" if sealed.passphrase[0] != "0" else "1") + sealed.passphrase[1:]
    for passphrase in ("", "nonsense!", wrong):
        with pytest.raises(BadInput, match="passphrase is wrong"):
            opened_archive(sealed.content, passphrase)
    with pytest.raises(BadInput, match="damaged"):
        opened_archive(sealed.content[:60], sealed.passphrase)


def test_roots_of_earlier_votes_hold() -> None:
    counts = {"class": "A", "roll": 9, "issued": 8, "spent": 7, "merged_into": None}
    earlier = BallotClassRecord(key="A", roll=9, issued=8, spent=7, paper_issued=0)
    assert counts_in_root(earlier) == counts
    (one,), unreadable = class_counts_of([counts, {"unreadable": 2}])
    assert (one.paper_issued, unreadable) == (0, 2)
