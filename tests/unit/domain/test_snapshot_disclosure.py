"""Nothing that rests on few answers is told, nor can it be worked out from what is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

from surveyapp.domain.periods import Period
from surveyapp.domain.snapshot import Measure, Snapshot, SnapshotValue
from surveyapp.domain.snapshot_disclosure import protected, seen_by_units
from surveyapp.domain.text import Text

PARENTS = {"51": None, "5101": "51", "5102": "51", "5103": "51"}
MONTH = Period.parse("2026-10")


def a_snapshot(period: Period = MONTH, *, waves: bool = False, **numbers: int) -> Snapshot:
    """A snapshot of the figure ``value``: answers by unit, ``whole`` for everything together."""
    return Snapshot(
        id=uuid4(),
        source_kind="indicator",
        source_key="public",
        title=Text.same("public"),
        period=period,
        number=1,
        supersedes=None,
        made_by="wang",
        made_at=datetime(2026, 11, 23, tzinfo=UTC),
        values=tuple(
            SnapshotValue(
                "value",
                None if code == "whole" else code.removeprefix("u"),
                80.0,
                1.0,
                78.0,
                82.0,
                n,
                float(n),
                "equal",
                Measure.POINTS,
                suppressed=n < 5,
            )
            for code, n in numbers.items()
        ),
        values_sha256="0" * 64,
        input_sha256="0" * 64,
        seed=1,
        version=1,
        whole_waves=waves,
    )


def told(snapshot: Snapshot) -> set[str | None]:
    """Units of which a value can be read; None for everything together."""
    return {one.subject for one in snapshot.values if one.value is not None}


def test_few_answers_are_withheld_with_all_their_numbers() -> None:
    made = protected(a_snapshot(whole=30, u5101=4, u5102=3, u5103=23), (), PARENTS)
    assert told(made) == {None, "5103"}
    withheld = made.find("value", "5101")
    assert withheld is not None
    assert (withheld.n, withheld.se, withheld.low, withheld.suppressed) == (0, None, None, True)


def test_a_second_equation_is_not_told() -> None:
    snapshot = a_snapshot(whole=30)
    weighed = replace(snapshot, values=(replace(snapshot.values[0], unweighted=81.0),))
    (one,) = protected(weighed, (), PARENTS).values
    assert (one.value, one.unweighted) == (80.0, None)


def test_the_only_withheld_part_is_not_left_alone() -> None:
    made = protected(a_snapshot(u51=40, u5101=4, u5102=12, u5103=24), (), PARENTS)
    assert told(made) == {"51", "5103"}
    made = protected(a_snapshot(whole=40, u5101=4, u5102=12, u5103=24), (), {})
    assert told(made) == {None, "5103"}


def test_without_a_whole_there_is_nothing_to_subtract_from() -> None:
    made = protected(a_snapshot(u5101=4, u5102=12), (), PARENTS)
    assert told(made) == {"5102"}
    assert told(protected(a_snapshot(u51=4, u5101=4), (), PARENTS)) == set()


def test_a_change_by_few_answers_is_not_told() -> None:
    first, second = a_snapshot(u5101=20), a_snapshot(u5101=22)
    assert told(protected(second, (first,), PARENTS)) == set()
    third = a_snapshot(u5101=25)
    assert told(protected(third, (first, second), PARENTS)) == {"5101"}
    assert told(protected(first, (), PARENTS)) == {"5101"}
    assert told(protected(a_snapshot(u5101=20), (first,), PARENTS)) == {"5101"}


def test_other_periods_share_answers_only_where_whole_waves_count() -> None:
    september = a_snapshot(Period.parse("2026-09"), u5101=20)
    assert told(protected(a_snapshot(u5101=22), (september,), PARENTS)) == {"5101"}
    waves = a_snapshot(u5101=22, waves=True)
    assert told(protected(waves, (replace(september, whole_waves=True),), PARENTS)) == set()


def test_a_unit_sees_its_own_figures_alone() -> None:
    made = seen_by_units(a_snapshot(whole=40, u5101=20, u5102=20), {"5101"})
    assert told(made) == {"5101"}
