"""What a page computed serves its charts for a minute, and no longer."""

from __future__ import annotations

from surveyapp.web.console.recent import SECONDS, Recent


class Counter:
    """Counts how often something is made."""

    def __init__(self) -> None:
        self.made = 0

    def __call__(self) -> int:
        self.made += 1
        return self.made


def test_charts_use_what_the_page_computed() -> None:
    now = [0.0]
    recent, make = Recent[int](lambda: now[0]), Counter()
    assert recent.fresh("key", make) == 1
    assert recent.get("key", make) == 1
    assert recent.get("other", make) == 2
    assert recent.fresh("key", make) == 3
    now[0] = SECONDS
    assert recent.get("key", make) == 4


def test_only_a_few_are_kept() -> None:
    recent, make = Recent[int](lambda: 0.0), Counter()
    for key in range(17):
        recent.fresh(key, make)
    assert recent.get(1, make) == 2
    assert recent.get(0, make) == 18
