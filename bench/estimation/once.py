"""One measurement in a process of its own: ``python -m bench.estimation.once MODULE FOLDER``.

Prints one line of JSON. A run on the first 10,000 rows comes before the measured one, so that what
a library loads or compiles on first use is not counted, for every contender alike.
"""

from __future__ import annotations

import gc
import json
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import Any

from bench.estimation import task as tasks

WARM_UP_ROWS = 10_000


def main() -> None:
    """Load, warm up, measure, print."""
    contender: Any = import_module(sys.argv[1])
    task = tasks.load(Path(sys.argv[2]))
    first = contender.prepare(task.first(WARM_UP_ROWS))
    contender.estimate(first, contender.weigh(first))
    state = contender.prepare(task)
    del first
    gc.collect()
    start = _now()
    weights = contender.weigh(state)
    weighted = _now()
    means, errors = contender.estimate(state, weights)
    end = _now()
    answer = {
        "version": contender.VERSION,
        "wall": end[0] - start[0],
        "weighting": weighted[1] - start[1],
        "estimation": end[1] - weighted[1],
        "peak_mb": _peak_mb(),
        "margin_error": contender.margin_error(state, weights),
        "means": means,
        "errors": errors,
    }
    print(json.dumps(answer))


def _now() -> tuple[float, float]:
    return time.perf_counter(), time.process_time()


def _peak_mb() -> float:
    """Return the most memory this program held; what its parent held does not count."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


if __name__ == "__main__":
    main()
