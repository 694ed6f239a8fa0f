from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from surveyapp.domain.messages import Message, message
from surveyapp.domain.roles import Grant, Permission, Role, permissions_of
from surveyapp.domain.survey import Accepting, CollectionWindow

NOON = datetime(2026, 11, 21, 4, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        (CollectionWindow(), Accepting.OPEN),
        (CollectionWindow(opens_at=NOON), Accepting.OPEN),
        (CollectionWindow(opens_at=NOON + HOUR), Accepting.NOT_YET),
        (CollectionWindow(closes_at=NOON), Accepting.CLOSED),
        (CollectionWindow(closes_at=NOON + HOUR), Accepting.OPEN),
    ],
)
def test_a_window_takes_its_first_moment_and_not_its_last(
    window: CollectionWindow, expected: Accepting
) -> None:
    assert window.accepting(NOON) is expected


def test_a_message_is_a_template_until_somebody_reads_it() -> None:
    assert str(message("50 % done")) == "50 % done"
    assert message("%(n)s rows", n=3) == Message("%(n)s rows", {"n": 3})
    assert str(message("%(n)s rows", n=3)) == "3 rows"


def test_several_roles_add_up_and_no_role_does_everything() -> None:
    both = permissions_of((Grant(Role.EDITOR), Grant(Role.AUDITOR)))
    assert {Permission.EDIT_SURVEYS, Permission.SEE_LOG} <= both
    assert all(set(Permission) - permissions_of((Grant(role),)) for role in Role if role != "unit")
    assert permissions_of(()) == frozenset()


def test_an_administrator_sees_no_results_and_an_editor_puts_nothing_in_use() -> None:
    admin = permissions_of((Grant(Role.ADMIN),))
    assert not admin & {Permission.SEE_LIVE_RESULTS, Permission.SEE_RELEASED_RESULTS}
    assert Permission.PUT_IN_USE not in permissions_of((Grant(Role.EDITOR),))
