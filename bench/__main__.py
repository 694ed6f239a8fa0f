"""``python -m bench``: all parts of the benchmark, or one of them."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping

from bench import ballot_form, citizens, growth
from bench.estimation import part as estimation

FULL_LIMIT = 1800.0


def main() -> None:
    """Run the parts asked for, one after the other."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "--only", choices=["journey", "estimation", "index", "ballot"], help="one part"
    )
    parser.add_argument("--seconds", type=float, default=4.0, help="journey: length of one block")
    parser.add_argument("--pairs", type=int, default=5, help="journey: blocks of each side")
    parser.add_argument(
        "--repetitions", type=int, default=5, help="estimation: measurements of each contender"
    )
    parser.add_argument(
        "--limit",
        type=float,
        default=60.0,
        help="estimation: leave out whoever is expected to take more seconds",
    )
    parser.add_argument(
        "--full",
        action="store_true",
        help="estimation: nobody is left out; a quarter of an hour or more",
    )
    parser.add_argument(
        "--responses", type=int, default=1_000_000, help="index: responses of the large survey"
    )
    given = parser.parse_args()
    parts: Mapping[str, Callable[[], None]] = {
        "journey": lambda: citizens.run(given.seconds, given.pairs),
        "estimation": lambda: estimation.run(
            given.repetitions, FULL_LIMIT if given.full else given.limit
        ),
        "index": lambda: growth.run(given.responses),
        "ballot": ballot_form.run,
    }
    for name, run in parts.items():
        if given.only in (None, name):
            run()
            print()


if __name__ == "__main__":
    main()
