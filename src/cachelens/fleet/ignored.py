"""What was asked for and changes nothing: options that need another one, events that find nothing to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

from cachelens.fleet.events import SECOND_US, rows_of, text_of
from cachelens.fleet.run import alive_at_start
from cachelens.kernels.fleet_timed import COMES
from cachelens.model.fleet import ALL, FleetChoices

_PLAIN: Final = FleetChoices()


class Need(NamedTuple):
    """An option, and what it is nothing without."""

    option: str
    is_given: Callable[[FleetChoices], bool]
    is_of_use: Callable[[FleetChoices, bool], bool]
    """The second argument says whether the replay has queues and times."""
    without: str


NEEDS: Final = (
    Need("--gpu-price", lambda asked: asked.gpu_price is not None, lambda _, timed: timed, "--timed or --ttft-target"),
    Need(
        "--prefill-budget",
        lambda asked: asked.prefill_budget != _PLAIN.prefill_budget,
        lambda _, timed: timed,
        "--timed",
    ),
    Need(
        "--gpus-per-replica",
        lambda asked: asked.gpus_per_replica != _PLAIN.gpus_per_replica,
        lambda asked, timed: timed or bool(asked.gpu),
        "--gpu and --llm, or --timed",
    ),
)


def options(choices: FleetChoices, *, timed: bool) -> Iterator[str]:
    """Say which options were given in vain."""
    for need in NEEDS:
        if need.is_given(choices) and not need.is_of_use(choices, timed):
            yield f"{need.option} changes nothing without {need.without}"


_BESIDE_CURVES: Final = (
    ("--timed", lambda asked: asked.timed),
    ("--event", lambda asked: bool(asked.changes)),
    ("--ttft-target", lambda asked: asked.ttft_target_us is not None),
    ("--gpu-price", lambda asked: asked.gpu_price is not None),
    ("--prefill-budget", lambda asked: asked.prefill_budget != _PLAIN.prefill_budget),
    ("--latency", lambda asked: bool(asked.latency)),
    ("--speed", lambda asked: asked.speed != _PLAIN.speed),
)
"""Options about time, and how to tell that one was given."""


def beside_curves(
    choices: FleetChoices, engine: str, longest: int, sizes: Sequence[int], drawn: Sequence[str]
) -> Iterator[str]:
    """Say what has no place beside curves, which know neither time nor load nor other orders of eviction."""
    for option, is_given in _BESIDE_CURVES:
        if is_given(choices):
            yield f"{option} changes nothing with --curve: a curve knows no time"
    if engine != _PLAIN.engine:
        yield f"--engine {engine} changes nothing with --curve but the block size: curves are of the order of `vllm`"
    for size in sizes:
        if size < longest:
            yield f"{size:,} blocks are not on the curve: the longest request needs {longest:,} and would be rejected"
    for name in choices.policies:
        if name not in (ALL, *drawn):
            yield f"{name} has no curve, as it looks at load or caches: leave out --curve to replay it"


def events(choices: FleetChoices, last_us: int) -> Iterator[str]:
    """Say which events come after the last request, or find their replica as they would leave it.

    Whether a replica is up is the same in all fleets that have it, so the smallest fleet is looked at.
    """
    for change in choices.changes:
        if change.at_us > last_us:
            yield f"{text_of(change)} comes after the last request, which arrives at {last_us / SECOND_US:,.1f} s"
    if not choices.changes:
        return
    rows, added = rows_of(choices.changes, min(choices.replicas))
    up = alive_at_start(rows, min(choices.replicas) + added).astype(bool)
    for at, kind, replica in rows.tolist():
        if up[replica] == (kind == COMES):
            state = "up" if up[replica] else "down"
            yield f"an event at {at / SECOND_US:,.1f} s finds replica {replica} {state} already"
        up[replica] = kind == COMES
