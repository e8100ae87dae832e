"""How large the caches are and how fast the replicas, from what was asked."""

from __future__ import annotations

import dataclasses
from typing import Final

from cachelens.errors import UsageError
from cachelens.fleet.hardware import capacity, latency
from cachelens.model.fleet import FleetChoices

DEFAULT_LATENCY: Final = (15_000.0, 36.0, 0.0012, 4_800.0, 54.0, 0.039, 5.0)
"""Microseconds of a prefill step, a new token, a pair of tokens; a decode step, a running request, a held token; a
token brought from a second tier of memory (128 KiB of it at 25 GB/s)."""
DEFAULT_SOURCE: Final = "default: roofline of a dense 8B model in 16 bit on one H100"
_FEWEST, _MOST = 3, 7


@dataclasses.dataclass(frozen=True, kw_only=True)
class Sizing:
    """The caches to try."""

    capacities: tuple[int | None, ...]
    """Blocks of each replica; `None`: no limit."""
    notes: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, kw_only=True)
class Speed:
    """How long things take."""

    latency: tuple[float, ...]
    source: str


def sizing_of(choices: FleetChoices, block_size: int) -> Sizing:
    """Return the cache sizes that are asked for, in blocks; `UsageError` for one that holds no block."""
    sizes: dict[int | None, None] = {}
    for blocks in choices.kv_blocks:
        if blocks < 1:
            raise UsageError(f"a cache of {blocks:,} blocks holds nothing", hint="choose at least 1")
        sizes[blocks] = None
    for tokens in choices.kv_tokens:
        if tokens < block_size:
            raise UsageError(
                f"a cache of {tokens:,} tokens holds no block of {block_size:,}", hint="choose more, or --block-size"
            )
        sizes[tokens // block_size] = None
    notes: tuple[str, ...] = ()
    if not sizes and choices.gpu:
        sizes[_blocks_of(choices, block_size)] = None
    if not sizes:
        sizes[None] = None
        notes = ("the caches have no limit: nothing is evicted; give --kv-blocks, --kv-tokens, or --gpu with --llm",)
    return Sizing(capacities=tuple(sizes), notes=notes)


def speed_of(choices: FleetChoices) -> Speed:
    """Return the latency; what the user gives comes before what the hardware tables say."""
    if bool(choices.gpu) != bool(choices.llm):
        raise UsageError("--gpu and --llm go together", hint="name both, or give --kv-blocks and --latency")
    given = choices.latency
    if given and not _FEWEST <= len(given) <= _MOST:
        raise UsageError(
            "--latency needs three to seven numbers", hint="T0,A,B in microseconds: --latency 15000,36,0.0012"
        )
    if any(not 0 <= part < float("inf") for part in given):
        raise UsageError("a latency is never below zero", hint="for example: --latency 15000,36,0.0012")
    base: tuple[float, ...] = DEFAULT_LATENCY
    source = DEFAULT_SOURCE
    if choices.gpu:
        base, source = _latency_of(choices), f"{choices.llm} on {choices.gpus_per_replica} x {choices.gpu}"
    if not given:
        return Speed(latency=base, source=source)
    rest = f"; decode: {source}" if len(given) < _MOST else ""
    return Speed(latency=(*given, *base[len(given) :]), source=f"as given{rest}")


def _blocks_of(choices: FleetChoices, block_size: int) -> int:
    found = capacity(choices.gpu, choices.llm, tensor_parallel=choices.gpus_per_replica, block_size=block_size)
    return found.blocks


def _latency_of(choices: FleetChoices) -> tuple[float, ...]:
    found = latency(choices.gpu, choices.llm, tensor_parallel=choices.gpus_per_replica)
    parts = tuple(float(part) for part in found.array())
    return (*parts, *DEFAULT_LATENCY[len(parts) :])
