from __future__ import annotations

from collections.abc import Mapping

import pytest

from surveyapp.domain import release
from surveyapp.domain.release import (
    EMPTY,
    NO_GROUP,
    RESPONSES,
    Content,
    Edge,
    Entry,
    Item,
    ItemEntry,
    Ledger,
    Nesting,
    is_safe,
    may_move,
    plan_release,
    shown_groups,
)

Numbers = Mapping[str, int]


def content(n: int, mark: str = "") -> Content:
    return Content(n, f"{n}{mark}") if n else EMPTY


def groups(**numbers: int) -> dict[str, Content]:
    return {name.replace("rest", NO_GROUP): content(n) for name, n in numbers.items()}


def item(**breakdowns: Numbers) -> Item:
    every = {name: groups(**numbers) for name, numbers in breakdowns.items()}
    first = next(iter(breakdowns.values()))
    return Item(content(sum(first.values())), every)


def release_of(
    history: list[Ledger], nestings: tuple[Nesting, ...] = (), **items: Item
) -> Mapping[str, ItemEntry]:
    ledger = plan_release(items, history, 5, nestings)
    history.append(ledger)
    return ledger


def shown(ledger: Ledger, item: str = RESPONSES, breakdown: str = "windows") -> set[str]:
    return {group for group, entry in ledger[item].groups[breakdown].items() if entry.shown}


def test_the_first_release_shows_groups_that_are_large_enough() -> None:
    ledger = release_of([], responses=item(windows={"a": 8, "b": 7, "c": 0}))
    assert ledger[RESPONSES].whole.shown
    assert shown(ledger) == {"a", "b", "c"}


def test_a_small_group_takes_the_smallest_other_with_it() -> None:
    # 30 - 18 = 12 of b and c together; c alone would be 3
    ledger = release_of([], responses=item(windows={"a": 18, "b": 9, "c": 3}))
    assert shown(ledger) == {"a"}


def test_small_groups_that_are_enough_together_take_nobody() -> None:
    ledger = release_of([], responses=item(windows={"a": 18, "b": 4, "c": 3}))
    assert shown(ledger) == {"a"}


def test_responses_outside_all_groups_are_the_rest_of_a_subtraction() -> None:
    ledger = release_of([], responses=item(windows={"a": 18, "b": 9, "rest": 2}))
    assert shown(ledger) == {"a"}


def test_a_group_moves_with_enough_new_responses_and_stays_with_fewer() -> None:
    history: list[Ledger] = []
    release_of(history, responses=item(windows={"a": 10, "b": 10, "c": 10}))
    ledger = release_of(history, responses=item(windows={"a": 18, "b": 12, "c": 14}))
    assert shown(ledger) == {"a"}
    ledger = release_of(history, responses=item(windows={"a": 18, "b": 12, "c": 19}))
    assert shown(ledger) == {"a"}  # b and c together are known now: with c, b's 2 would be


def test_a_group_held_back_moves_once_everybody_held_with_it_can() -> None:
    history: list[Ledger] = []
    release_of(history, responses=item(windows={"a": 10, "b": 10, "c": 10}))
    release_of(history, responses=item(windows={"a": 18, "b": 12, "c": 14}))
    ledger = release_of(history, responses=item(windows={"a": 18, "b": 17, "c": 19}))
    assert shown(ledger) == {"a", "b", "c"}  # 2 and 4, 5 and 5: only their sums are known


def test_an_unchanged_group_stays_shown() -> None:
    history: list[Ledger] = []
    release_of(history, responses=item(windows={"a": 10, "b": 10}))
    assert shown(release_of(history, responses=item(windows={"a": 15, "b": 10}))) == {"a", "b"}


def test_the_difference_of_two_releases_is_watched_too() -> None:
    """One response in a held group, everything else alone: the whole would tell it."""
    history: list[Ledger] = []
    release_of(history, responses=item(windows={"a": 10, "b": 2, "c": 4}))
    assert shown(history[0]) == {"a"}
    ledger = release_of(history, responses=item(windows={"a": 15, "b": 3, "c": 4}))
    assert shown(ledger) == set()


def test_nothing_moves_where_the_whole_has_too_few_new_responses() -> None:
    history: list[Ledger] = []
    release_of(history, responses=item(windows={"a": 10}), q=item(windows={"a": 6}))
    ledger = release_of(history, responses=item(windows={"a": 20}), q=item(windows={"a": 9}))
    assert shown(ledger) == {"a"}
    assert not ledger["q"].whole.shown
    assert shown(ledger, "q") == set()
    ledger = release_of(history, responses=item(windows={"a": 26}), q=item(windows={"a": 11}))
    assert (ledger["q"].whole.shown, shown(ledger, "q")) == (True, {"a"})


def test_an_item_moves_only_in_groups_whose_responses_move() -> None:
    history: list[Ledger] = []
    ledger = release_of(
        history,
        responses=item(windows={"a": 20, "b": 20, "c": 3}),
        q=item(windows={"a": 20, "b": 12, "c": 0}),
    )
    assert (shown(ledger), shown(ledger, "q")) == ({"a"}, {"a"})


def test_a_new_item_begins_without_a_past() -> None:
    history: list[Ledger] = []
    release_of(history, responses=item(windows={"a": 10, "b": 10}))
    ledger = release_of(
        history, responses=item(windows={"a": 15, "b": 15}), q=item(windows={"a": 5, "b": 5})
    )
    assert shown(ledger, "q") == {"a", "b"}


def test_exclusions_count_like_additions() -> None:
    history: list[Ledger] = []
    release_of(history, responses=item(windows={"a": 20, "b": 20}))
    assert shown(release_of(history, responses=item(windows={"a": 12, "b": 17}))) == set()
    assert may_move(content(12), [content(20)], 5)
    assert not may_move(content(17), [content(20)], 5)
    assert not may_move(content(20, "other people"), [content(20)], 5)
    assert may_move(content(20), [content(20)], 5)


def test_a_figure_does_not_come_back_close_to_one_of_long_ago() -> None:
    assert may_move(content(10), [content(20)], 5)
    assert not may_move(content(10), [content(8), content(20)], 5)
    assert may_move(EMPTY, [content(8)], 5)
    assert not may_move(content(3), [content(8)], 5)


def test_a_group_that_shrinks_below_the_minimum_is_not_shown_again() -> None:
    history: list[Ledger] = []
    release_of(history, responses=item(windows={"a": 20, "b": 9}))
    assert shown(release_of(history, responses=item(windows={"a": 40, "b": 3}))) == set()


HALLS = Nesting("windows", "halls", {"w1": "h1", "w2": "h1", "w3": "h2", "w4": "h2"})


def test_a_hall_waits_for_its_windows() -> None:
    history: list[Ledger] = []
    responses = item(windows={"w1": 9, "w2": 4, "w3": 9, "w4": 4}, halls={"h1": 13, "h2": 13})
    ledger = release_of(history, (HALLS,), responses=responses)
    # w2 and w4 are enough together, but each hall minus its shown window would tell one of them
    assert shown(ledger) == {"w1", "w3"}
    assert shown(ledger, breakdown="halls") == set()
    assert shown(release_of([], responses=responses), breakdown="halls") == {"h1", "h2"}


def test_halls_move_when_only_responses_without_a_window_are_left() -> None:
    inside = {**HALLS.inside, NO_GROUP: "h2"}
    responses = item(windows={"w1": 9, "w3": 9, "rest": 6}, halls={"h1": 9, "h2": 15})
    ledger = release_of([], (Nesting("windows", "halls", inside),), responses=responses)
    assert shown(ledger, breakdown="halls") == {"h1", "h2"}


def test_nesting_in_breakdowns_an_item_does_not_have_is_no_matter() -> None:
    ledger = release_of([], (HALLS,), responses=item(halls={"h1": 9, "h2": 9}))
    assert shown(ledger, breakdown="halls") == {"h1", "h2"}


def test_sums_that_no_row_or_column_tells_alone_are_found() -> None:
    def atoms(**numbers: tuple[int, ...]) -> list[Edge]:
        return [
            Edge(column, (group, 9) if group in "ab" else None, change)
            for group, changes in numbers.items()
            for column, change in enumerate(changes)
            if change
        ]

    assert is_safe(atoms(a=(4, 4), b=(4, 4)), 5)
    # a run that is too small, once what is known of it is taken away
    assert not is_safe(atoms(a=(2, 2), b=(9, 9)), 5)
    # the columns without the runs inside leave the open group
    assert not is_safe(atoms(a=(5, 5), b=(5, 5), open=(2, 2)), 5)
    assert is_safe(atoms(a=(5, 5), b=(5, 5), open=(2, 3)), 5)
    # the runs that touch the first column without it leave the rest of them
    assert not is_safe(atoms(a=(9, 2), b=(9, 2), open=(0, 9)), 5)


def test_too_many_entangled_releases_are_held_back(monkeypatch: pytest.MonkeyPatch) -> None:
    entangled = [Edge(column, (group, 9), 50) for column in (0, 1, 2) for group in "ab"]
    assert is_safe(entangled, 5)
    monkeypatch.setattr(release, "MOST_COLUMNS", 2)
    assert not is_safe(entangled, 5)


def test_groups_of_an_earlier_revision_keep_their_past() -> None:
    past = [{"gone": Entry(content(9), shown=True), "a": Entry(content(9), shown=True)}]
    assert shown_groups(groups(a=14), past, 5) == {"a"}


def test_a_very_large_breakdown_is_planned_in_portions() -> None:
    many = {f"g{number}": 5 + number for number in range(150)} | {"few": 2}
    assert len(shown_groups(groups(**many), [], 5)) == 147
