"""Proposed indicators: by units for themselves, settled by a reviewer with a reason."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from surveyapp.domain.errors import BadInput, Conflict, InvalidDefinition, NotAllowed, NotFound
from surveyapp.domain.periods import Length
from surveyapp.domain.proposals import ProposalStatus, ProposedIndicator, as_scheme_line
from surveyapp.domain.roles import Role
from surveyapp.domain.scheme import Direction
from surveyapp.domain.scheme_reading import parse_scheme
from surveyapp.storage.schemes import SchemeRepository
from tests.support.values import SCHEME, ValueBook, staff_of

WEST = staff_of("west", Role.UNIT, unit="west")
EAST = staff_of("east", Role.UNIT, unit="east")
OFFICE = staff_of("office", Role.EDITOR)
REVIEWER = staff_of("reviewer", Role.REVIEWER)
LEADER = staff_of("leader", Role.LEADER)
FIRMS = ProposedIndicator(
    title="新增规上企业数",
    kind="标兵指标",
    measure="家",
    definition="当年新增入库的规模以上企业数，以统计部门名录库为准。",
    target="20家以上",
    direction=Direction.HIGHER,
    every=Length.QUARTER,
    weight="5.0",
    basis="县政府工作报告",
)


def _propose(book: ValueBook, **changes: str) -> UUID:
    return book.services.proposals.propose(SCHEME, "west", replace(FIRMS, **changes), WEST)  # type: ignore[arg-type]  # texts


def _accepted(book: ValueBook) -> UUID:
    proposal = _propose(book)
    book.services.proposals.settle(proposal, "符合职责，数据可得", REVIEWER, accepts=True)
    return proposal


def test_a_unit_proposes_and_a_reviewer_settles_with_a_reason(book: ValueBook) -> None:
    proposals = book.services.proposals
    proposal = _propose(book)
    assert _propose(book) == proposal
    view = proposals.get(proposal, WEST)
    assert (view.unit_name, view.content.weight, view.may_withdraw) == ("西山县", "5", True)
    assert proposals.get(proposal, REVIEWER).may_settle
    with pytest.raises(BadInput, match="reason of the decision"):
        proposals.settle(proposal, " ", REVIEWER, accepts=False)
    proposals.settle(proposal, "与共性指标重复", REVIEWER, accepts=False)
    settled = proposals.get(proposal, WEST)
    assert (settled.status, settled.reason) == (ProposalStatus.DECLINED, "与共性指标重复")
    for again in (
        lambda: proposals.settle(proposal, "再议", REVIEWER, accepts=True),
        lambda: proposals.withdraw(proposal, WEST),
        lambda: proposals.adopt(proposal, "firms", "common", OFFICE),
    ):
        with pytest.raises(Conflict):
            again()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"title": ""}, "a title"),
        ({"definition": " "}, "how the indicator is counted"),
        ({"basis": ""}, "duty or document"),
        ({"weight": "五分"}, "is no value"),
        ({"title": "长" * 101}, "too long"),
    ],
)
def test_what_is_missing_is_said(book: ValueBook, changes: dict[str, str], reason: str) -> None:
    with pytest.raises(BadInput, match=reason):
        _propose(book, **changes)


def test_units_propose_for_themselves_and_see_their_own(book: ValueBook) -> None:
    proposals = book.services.proposals
    proposal = _propose(book)
    assert [one.id for one in proposals.lines(WEST, SCHEME)] == [proposal]
    assert proposals.lines(EAST) == []
    assert len(proposals.lines(LEADER)) == 1
    for staff, unit in ((EAST, "west"), (LEADER, "west"), (REVIEWER, "west")):
        with pytest.raises(NotAllowed, match="for itself"):
            proposals.propose(SCHEME, unit, FIRMS, staff)
    proposals.propose(SCHEME, "east", FIRMS, OFFICE)
    assert len(proposals.lines(EAST)) == 1
    with pytest.raises(BadInput, match="no unit"):
        proposals.propose(SCHEME, "nowhere", FIRMS, OFFICE)
    with pytest.raises(NotFound, match="no scheme"):
        proposals.propose("none", "west", FIRMS, WEST)
    for attempt in (
        lambda: proposals.get(proposal, EAST),
        lambda: proposals.withdraw(proposal, EAST),
        lambda: proposals.get(uuid4(), OFFICE),
        lambda: proposals.settle(uuid4(), "无", REVIEWER, accepts=True),
        lambda: proposals.adopt(uuid4(), "firms", "common", OFFICE),
    ):
        with pytest.raises(NotFound, match="no such proposal"):
            attempt()
    proposals.withdraw(proposal, WEST)
    assert proposals.get(proposal, WEST).status is ProposalStatus.WITHDRAWN


def test_nobody_settles_what_they_or_their_unit_proposed(book: ValueBook) -> None:
    both = staff_of("both", Role.EDITOR, Role.REVIEWER)
    own = book.services.proposals.propose(SCHEME, "west", FIRMS, both)
    with pytest.raises(NotAllowed, match="second person"):
        book.services.proposals.settle(own, "好", both, accepts=True)
    inside = staff_of("inside", Role.REVIEWER, Role.UNIT, unit="west")
    with pytest.raises(NotAllowed, match="own unit"):
        book.services.proposals.settle(own, "好", inside, accepts=True)
    with pytest.raises(NotAllowed, match="by a reviewer"):
        book.services.proposals.settle(own, "好", OFFICE, accepts=True)


def test_an_accepted_one_becomes_a_line_of_the_draft(book: ValueBook) -> None:
    proposal = _accepted(book)
    proposals = book.services.proposals
    with pytest.raises(NotAllowed, match="edited by the office"):
        proposals.adopt(proposal, "firms", "common", REVIEWER)
    with pytest.raises(InvalidDefinition):
        proposals.adopt(proposal, "gdp", "common", OFFICE)
    assert proposals.get(proposal, OFFICE).may_adopt
    assert proposals.adopt(proposal, "firms", "common", OFFICE) == SCHEME
    assert proposals.get(proposal, OFFICE).indicator_key == "firms"
    with book.services.database.reading() as work:
        schemes = SchemeRepository(work)
        record = schemes.find(SCHEME)
        assert record is not None
        versions = schemes.versions(record.id)
    assert [one.published_at is None for one in versions] == [False, True]
    line = parse_scheme(versions[-1].document).indicator("firms")
    assert (line.responsible, line.every, line.weight) == ("west", Length.QUARTER, None)
    assert line.definition is not None
    assert "（目标：20家以上）（申报单位建议权重：5）" in line.definition.zh
    assert any("normalisation" in place for place in parse_scheme(versions[-1].document).unfilled)
    with pytest.raises(Conflict, match="only once"):
        proposals.adopt(proposal, "firms2", "common", OFFICE)


def test_a_bare_proposal_becomes_a_bare_line() -> None:
    bare = replace(FIRMS, kind="", measure="", target="", weight="")
    line = as_scheme_line(bare, "firms", "common", "west")
    assert line["definition"] == FIRMS.definition
    assert not {"kind", "unit"} & set(line)
