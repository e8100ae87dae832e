"""Replay the published capacity studies of llm-d and print them beside what was published, as Markdown.

python benchmarks/capacity_study.py

The published numbers are those of the study's report, by strategy; hit rates are not in it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from cachelens.catalog import load_catalog
from cachelens.fleet.hardware import latency
from cachelens.fleet.requests import FleetRequests
from cachelens.fleet.routing.base import Index, Policy
from cachelens.fleet.run import Replayed, Setting, replay
from cachelens.fleet.workloads import Workload, generate, load

WORKLOADS = Path(__file__).resolve().parents[1] / "fixtures" / "workloads"
BLOCK = 16
PERCENTILE = 90


SMALL = Index(tokens=2200 * 64, most_tokens=256 * 64)
"""`lruCapacityPerServer: 2200` and `maxPrefixBlocksToMatch: 256` blocks of 256 characters, 64 tokens."""


class Strategy(NamedTuple):
    """One row of a study."""

    name: str
    policy: str
    parameters: Mapping[str, float]
    published: float
    """TTFT P90 in seconds, the report's summary over all rates."""
    idle: float
    """Mean TTFT in seconds at the lowest rate."""
    index: Index | None = None
    """The router's record where the study sized it otherwise."""


class Study(NamedTuple):
    """One report."""

    file: str
    pods: int
    tokens: int
    """Of each pod's cache."""
    llm: str
    gpus: int
    strategies: tuple[Strategy, ...]


STUDIES = (
    Study(
        "llm-d-73-capacity.yaml",
        8,
        307_328,
        "qwen3-32b",
        2,
        (
            Strategy("precise", "llm-d-precise", {"prefix": 3, "queue": 2, "kv": 2}, 0.542, 0.291),
            Strategy("estimated", "llm-d-approx", {"prefix": 1, "queue": 1, "kv": 1, "load_aware": 0}, 31.083, 0.300),
            Strategy("random", "random", {}, 92.551, 0.622),
            Strategy("load", "least-requests", {}, 94.865, 0.944),
        ),
    ),
    Study(
        "llm-d-37-capacity.yaml",
        4,
        461_376,
        "llama-3.1-70b",
        4,
        (
            Strategy("precise", "llm-d-precise", {"prefix": 2, "queue": 1, "kv": 1}, 0.409, 0.246),
            Strategy(
                "estimated", "llm-d-approx", {"prefix": 2, "queue": 1, "kv": 1, "load_aware": 0}, 64.430, 1.007, SMALL
            ),
            Strategy("random", "random", {}, 84.938, 1.102),
            Strategy("load", "least-requests", {}, 98.318, 1.548),
        ),
    ),
)


def main() -> None:
    """Print a table a study."""
    for study in STUDIES:
        workload = load(WORKLOADS / study.file)
        requests = generate(workload, BLOCK)
        stage = stages(workload, requests)
        print(f"### {workload.name}\n")
        print("| strategy | policy | TTFT P90, published | replayed | ratio | idle mean, published | replayed | hits |")
        print("|---|---|---|---|---|---|---|---|")
        replayed = [run(study, strategy, requests) for strategy in study.strategies]
        for strategy, result in zip(study.strategies, replayed, strict=True):
            print(row(strategy, requests, stage, result))
        print("\nTTFT P90 in seconds, by requests a second\n")
        print("| strategy |", " | ".join(f"{step.rate:g}" for step in workload.arrivals.stages[1:]), "|")
        print("|---" * len(workload.arrivals.stages) + "|")
        for strategy, result in zip(study.strategies, replayed, strict=True):
            print(f"| {strategy.name} |", " | ".join(f"{p90:.2f}" for p90 in by_stage(requests, stage, result)), "|")
        print()


def stages(workload: Workload, requests: FleetRequests) -> npt.NDArray[np.int64]:
    """Return the stage of each request; 0 is the warm-up."""
    ends = np.cumsum([stage.seconds + stage.pause_s for stage in workload.arrivals.stages]) * 1e6
    return np.searchsorted(ends, requests.arrived, side="right")


def run(study: Study, strategy: Strategy, requests: FleetRequests) -> Replayed:
    """Replay one strategy."""
    policy: Policy = load_catalog("fleet.routing").get(strategy.policy)()
    parameters = {**policy.parameters, **strategy.parameters}
    return replay(
        requests,
        Setting(
            policy=dataclasses.replace(policy, parameters=parameters, index=strategy.index or policy.index),
            replicas=study.pods,
            engine=load_catalog("fleet.engines").get("vllm")(),
            capacity=study.tokens // BLOCK,
            latency=latency("h100", study.llm, tensor_parallel=study.gpus).array(),
            timed=True,
            groups=requests.workload,
        ),
    )


def by_stage(requests: FleetRequests, stage: npt.NDArray[np.int64], replayed: Replayed) -> list[float]:
    """Return the P90 of TTFT in seconds for each stage behind the warm-up."""
    served, ttft = replayed.replica >= 0, (replayed.first_token - requests.arrived) / 1e6
    return [
        float(np.percentile(ttft[served & (stage == number)], PERCENTILE)) for number in range(1, int(stage.max()) + 1)
    ]


def row(strategy: Strategy, requests: FleetRequests, stage: npt.NDArray[np.int64], replayed: Replayed) -> str:
    """Write one row: the mean of the stages' P90, each weighted by its requests, as the report's summary has it."""
    served = replayed.replica >= 0
    main, idle = served & (stage > 0), served & (stage == 1)
    counts = np.bincount(stage[main])[1:]
    p90 = np.average(by_stage(requests, stage, replayed), weights=counts)
    first = (replayed.first_token - requests.arrived)[idle].mean() / 1e6
    hit = replayed.hit[main].sum() / requests.tokens[main].sum()
    return (
        f"| {strategy.name} | `{strategy.policy}` "
        f"| {strategy.published:.2f} s | {p90:.2f} s | {p90 / strategy.published:.2f} "
        f"| {strategy.idle:.2f} s | {first:.2f} s | {hit:.1%} |"
    )


if __name__ == "__main__":
    main()
