"""Replay one workload or trace through fleets and print a JSON line for each: how fast, and with how much memory.

    python benchmarks/fleet_rate.py SOURCE [--policy first-blocks-hash] [--once]

SOURCE is a trace, or a workload file. Timed is the replay alone: requests routed, caches kept, and in timed replays
queues and steps as well; reading the file, cutting it into blocks and figures are left out. The first run of each kind
is the warm-up (compiled loops). `--once` makes that first run alone and gives the seconds of it all, for a cold start.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import time
from pathlib import Path

from cachelens.catalog import load_catalog
from cachelens.config.compiling import CompileOptions
from cachelens.fleet.hardware import latency
from cachelens.fleet.requests import FleetRequests, fleet_requests
from cachelens.fleet.run import Setting, replay
from cachelens.fleet.workloads import generated
from cachelens.reading import compile_inputs

BEGAN = time.perf_counter()
REPEATS = 7
REPLICAS = (4, 16)
BLOCK_SIZES = (512, 16)
TOKENS = 2000 * 512
"""Of each replica's cache."""


def requests_of(source: Path, block_size: int) -> FleetRequests:
    """Read a workload file or a trace."""
    if source.suffix in {".yaml", ".yml"}:
        return generated(source, block_size)
    return fleet_requests(compile_inputs([str(source)], CompileOptions()).trace, block_size)


def setting(requests: FleetRequests, policy: str, replicas: int, *, timed: bool) -> Setting:
    """Take the policy, vLLM's cache, and the speed of Llama 3.1 8B on an H100."""
    return Setting(
        policy=load_catalog("fleet.routing").get(policy)(),
        replicas=replicas,
        engine=load_catalog("fleet.engines").get("vllm")(),
        capacity=TOKENS // requests.block_size,
        latency=latency("h100", "llama-3.1-8b").array(),
        timed=timed,
        groups=requests.workload.clip(0),
    )


def measure(requests: FleetRequests, made: Setting) -> dict[str, float]:
    """Replay a few times; return what a run gives, and its median rate."""
    seconds = []
    for repeat in range(REPEATS + 1):
        start = time.perf_counter()
        replayed = replay(requests, made)
        if repeat:
            seconds.append(time.perf_counter() - start)
    served = replayed.replica >= 0
    median = statistics.median(seconds)
    return {
        "hit_rate": float(replayed.hit[served].sum() / requests.tokens.sum()),
        "requests_per_second": len(requests) / median,
        "touches_per_second": float((requests.tokens // requests.block_size).sum() / median),
    }


def main() -> None:
    """Print the lines."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path)
    parser.add_argument("--policy", default="first-blocks-hash")
    parser.add_argument("--once", action="store_true")
    options = parser.parse_args()
    if options.once:
        requests = requests_of(options.source, BLOCK_SIZES[0])
        replay(requests, setting(requests, options.policy, REPLICAS[0], timed=True))
        print(json.dumps({"seconds": time.perf_counter() - BEGAN}))
        return
    for block_size in BLOCK_SIZES:
        requests = requests_of(options.source, block_size)
        for timed in (False, True):
            for replicas in REPLICAS:
                found = measure(requests, setting(requests, options.policy, replicas, timed=timed))
                memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
                row = {"timed": timed, "replicas": replicas, "block_size": block_size, "requests": len(requests)}
                print(json.dumps({**row, **found, "largest_bytes": memory}), flush=True)


if __name__ == "__main__":
    main()
