"""Replay one compiled trace and print the requests per second, reading the file and printing left out.

    python benchmarks/replay_rate.py TRACE

TO FILL IN by the owner of `cachelens.replay`: the two functions below, and nothing else in this folder.
`prepare` loads the trace and the rules before the clock; `replay` runs one scenario and returns the requests
that it replayed. The first call is the warm-up (compiled loops), the median of the others counts.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

REPEATS = 7


def prepare(trace: Path) -> object:
    """Load the trace and what the replay needs."""
    raise NotImplementedError(trace.name)


def replay(prepared: object) -> int:
    """Replay one scenario; return how many requests it had."""
    raise NotImplementedError(type(prepared).__name__)


def main() -> None:
    """Print requests and one line of requests per second for each repeat."""
    try:
        prepared = prepare(Path(sys.argv[1]))
        replay(prepared)
    except NotImplementedError:
        print("not filled in")
        return
    for _ in range(REPEATS):
        start = time.perf_counter()
        requests = replay(prepared)
        print(requests / (time.perf_counter() - start))


if __name__ == "__main__":
    main()
