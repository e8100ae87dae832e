"""Replay one compiled trace and print the requests per second, reading the file and printing left out.

    python benchmarks/replay_rate.py TRACE

Timed is what one more scenario costs: the replay of every request under it, prices, totals for the whole log and
for each workload. The first run is the warm-up (compiled loops, what scenarios share); each of the others counts.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from cachelens.config.compiling import CompileOptions
from cachelens.layouts.boundaries import BOUNDARIES
from cachelens.model.scenario import Scenario
from cachelens.providers.book import PriceBook
from cachelens.providers.loading import load_pricing
from cachelens.reading import Compiled, compile_inputs
from cachelens.simulation import Plan, run

REPEATS = 7


def prepare(trace: Path) -> tuple[Compiled, PriceBook]:
    """Load the trace and the rules."""
    return compile_inputs([str(trace)], CompileOptions()), load_pricing()


def main() -> None:
    """Print the requests per second and scenario for each repeat."""
    compiled, book = prepare(Path(sys.argv[1]))
    scenarios = tuple(Scenario(boundary=name) for name in BOUNDARIES)
    alone, all_of_them = Plan(book=book, scenarios=scenarios[:1]), Plan(book=book, scenarios=scenarios)
    for repeat in range(REPEATS + 1):
        first = _seconds(compiled, alone)
        more = (_seconds(compiled, all_of_them) - first) / (len(scenarios) - 1)
        if repeat:
            print(len(compiled.trace) / more)


def _seconds(compiled: Compiled, plan: Plan) -> float:
    start = time.perf_counter()
    run(compiled, plan)
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
