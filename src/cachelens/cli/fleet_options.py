"""The options of `cachelens fleet`, and what is made of their words."""

from __future__ import annotations

import enum
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cachelens.cli import completing

if TYPE_CHECKING:
    from cachelens.model.fleet import FleetChoices, FleetResult
    from cachelens.model.fleet_curve import CurveResult

TOP = 5
"""Rows of who evicts whom, unless told otherwise."""
_WHOLE = ("json", "csv")
"""Forms that leave nothing out."""
_MOST_DIGITS = 12
_TARGET = re.compile(r"(?:p(\d{1,3})=)?(\d{1,9}(?:\.\d{1,9})?)\s*(ms|s)?", re.ASCII)


class Names(enum.StrEnum):
    """What can be listed."""

    POLICIES = "policies"
    ENGINES = "engines"
    GPUS = "gpus"
    LLMS = "llms"


def show_names(kind: Names | None) -> None:
    """Print the names that an option takes, and end."""
    if kind is None:
        return
    from cachelens.cli.output import show
    from cachelens.fleet.listing import LISTS

    show("fleet-list", LISTS[kind.value]())
    raise typer.Exit


Listing = Annotated[
    Names | None,
    typer.Option("--list", is_eager=True, callback=show_names, help="Show the names that an option takes, and end."),
]

Traces = Annotated[
    list[str],
    typer.Argument(
        metavar="LOGS...",
        help="Files, folders, globs, or - for standard input; or one compiled trace, or one workload.yaml.",
    ),
]
Replicas = Annotated[str, typer.Option(metavar="N,N,...", help="Fleet sizes to try.")]
Policies = Annotated[
    list[str] | None,
    typer.Option(
        "--policy",
        metavar="NAME",
        autocompletion=completing.policies,
        help="Routing policy, NAME:PARAMETER=VALUE, or `all` (the default). Repeatable.",
    ),
]
EngineName = Annotated[
    str,
    typer.Option(
        "--engine",
        metavar="NAME",
        autocompletion=completing.engines,
        help="Whose cache the replicas have; NAME:PARAMETER=VALUE.",
    ),
]
BlockSize = Annotated[
    int | None,
    typer.Option(metavar="TOKENS", help="Tokens of a block, a multiple of 16; default: the trace's or the engine's."),
]
KvBlocks = Annotated[
    str, typer.Option("--kv-blocks", metavar="N,...", help="Blocks of each replica's cache; default: no limit.")
]
KvTokens = Annotated[str, typer.Option("--kv-tokens", metavar="N,...", help="The same in tokens.")]
Gpu = Annotated[
    str,
    typer.Option(
        "--gpu",
        metavar="NAME",
        autocompletion=completing.gpus,
        help="Cache size and speed of this GPU; with --llm.",
    ),
]
Llm = Annotated[
    str,
    typer.Option(
        "--llm", metavar="NAME", autocompletion=completing.llms, help="Model that the replicas serve; with --gpu."
    ),
]
GpusPerReplica = Annotated[
    int, typer.Option("--gpus-per-replica", min=1, metavar="N", help="GPUs of a replica: tensor parallelism, and cost.")
]
Timed = Annotated[bool, typer.Option("--timed", help="Replay queues and times too: TTFT, load, GPU-hours.")]
SpeedUp = Annotated[float, typer.Option("--speed", metavar="X", help="Let requests arrive X times as fast.")]
LatencyOption = Annotated[
    str,
    typer.Option(
        "--latency", metavar="T0,A,B", help="Prefill of n tokens behind p takes T0 + A n + B n (p + n/2) microseconds."
    ),
]
PrefillBudget = Annotated[
    int, typer.Option("--prefill-budget", metavar="TOKENS", help="Prompt tokens computed in one step.")
]
Target = Annotated[
    str,
    typer.Option(
        "--ttft-target", metavar="[P=]TIME", help="Find the smallest fleet whose TTFT P95 is no longer: 2s, p50=300ms."
    ),
]
GpuPrice = Annotated[str, typer.Option("--gpu-price", metavar="USD", help="Price of one GPU for an hour.")]
Curves = Annotated[
    bool, typer.Option("--curve", help="Show the hit rate of every cache size instead, from one pass; no time.")
]
Events = Annotated[
    list[str] | None,
    typer.Option(
        "--event",
        metavar="EVENT",
        help="fail@SECONDS:REPLICA, add@SECONDS, restart@SECONDS+DOWN:REPLICA or :all. Repeatable.",
    ),
]
Workloads = Annotated[
    list[str] | None, typer.Option("--workload", metavar="NAME", help="Replay only this workload. Repeatable.")
]
NoAnswerCache = Annotated[bool, typer.Option("--no-answer-cache", help="Do not keep blocks that answers filled.")]


def choices(given: Mapping[str, Any]) -> FleetChoices:
    """Return what is asked, from the values of the options by name; `UsageError` for what cannot be read."""
    from cachelens.fleet.events import change_of
    from cachelens.model.fleet import ALL, FleetChoices

    percentile, target_us = target(given["ttft_target"])
    return FleetChoices(
        replicas=numbers("--replicas", given["replicas"]),
        policies=policies(given["policy"]) or (ALL,),
        engine=given["engine"],
        block_size=given["block_size"],
        kv_blocks=numbers("--kv-blocks", given["kv_blocks"]),
        kv_tokens=numbers("--kv-tokens", given["kv_tokens"]),
        gpu=given["gpu"],
        llm=given["llm"],
        gpus_per_replica=given["gpus_per_replica"],
        timed=given["timed"],
        speed=given["speed"],
        latency=decimals("--latency", given["latency"]),
        prefill_budget=given["prefill_budget"],
        ttft_target_us=target_us,
        ttft_percentile=percentile,
        gpu_price=price(given["gpu_price"]),
        changes=tuple(change_of(text) for text in given["event"] or ()),
        seed=given["seed"],
        workloads=tuple(given["workload"] or ()),
        cache_answers=not given["no_answer_cache"],
    )


def with_what_is_vain(
    result: FleetResult | CurveResult, form: str, *, curve: bool, detail: bool, top: int
) -> FleetResult | CurveResult:
    """Return a result that also names what was asked of its tables in vain; a CSV has no place, so it is printed."""
    import msgspec

    result = msgspec.structs.replace(
        result, ignored=(*result.ignored, *_vain(form, curve=curve, detail=detail, top=top))
    )
    for sentence in result.ignored if form == "csv" else ():
        typer.echo(f"note: {sentence}", err=True)
    return result


def _vain(form: str, *, curve: bool, detail: bool, top: int) -> Iterator[str]:
    if form in _WHOLE:
        if detail:
            yield f"--detail changes nothing with --format {form}, which holds everything"
        if top != TOP:
            yield f"--top changes nothing with --format {form}"
    elif curve and top != TOP:
        yield "--top changes nothing with --curve: nobody evicts there"


def say_what_takes_long(*, is_timed: bool) -> None:
    """Tell a terminal that loops are compiled first, which happens once for an installation."""
    if not sys.stderr.isatty():
        return
    from cachelens.kernels.shim import is_compiled

    if not is_compiled("fleet_timed.replay_timed" if is_timed else "fleet.replay_untimed"):
        typer.echo("compiling the replay loops, once for this installation...", err=True)


def numbers(option: str, text: str) -> tuple[int, ...]:
    """Parse whole numbers with commas between; `UsageError` for anything else."""
    from cachelens.errors import UsageError

    parts = [part.strip() for part in text.split(",") if part.strip()]
    for part in parts:
        if not (part.lstrip("-").isascii() and part.lstrip("-").isdigit() and len(part) <= _MOST_DIGITS):
            raise UsageError(f"{option} needs whole numbers, not {part!r}", hint=f"for example: {option} 1,2,4")
    return tuple(map(int, parts))


def decimals(option: str, text: str) -> tuple[float, ...]:
    """Parse numbers with commas between; `UsageError` for anything else."""
    from cachelens.errors import UsageError

    try:
        return tuple(float(part) for part in text.split(",") if part.strip())
    except ValueError as error:
        raise UsageError(f"{option} needs numbers, not {text!r}", hint="for example: 15000,36,0.0012") from error


def price(text: str) -> Decimal | None:
    """Parse an amount of US dollars; `None` for nothing."""
    from cachelens.errors import UsageError

    if not text:
        return None
    try:
        amount = Decimal(text)
    except InvalidOperation:
        amount = Decimal(-1)
    if not amount.is_finite() or not 0 <= amount < 10**_MOST_DIGITS:
        raise UsageError(f"--gpu-price needs US dollars an hour, not {text!r}", hint="for example: --gpu-price 2.50")
    return amount


def target(text: str) -> tuple[int, int | None]:
    """Return the percentile and the microseconds of `2.5`, `2.5s`, `300ms` or `p90=2s`; `UsageError` for another."""
    from cachelens.errors import UsageError
    from cachelens.model.fleet import FleetChoices

    if not text:
        return FleetChoices().ttft_percentile, None
    found = _TARGET.fullmatch(text.strip().lower())
    percentile = int(found[1] or FleetChoices().ttft_percentile) if found else 0
    time = round(Decimal(found[2]) * (1_000 if found[3] == "ms" else 1_000_000)) if found else 0
    if not (time and 1 <= percentile <= 100):  # noqa: PLR2004  in a hundred
        raise UsageError(f"{text!r} is no target for the TTFT", hint="for example: --ttft-target 2.5s, or p90=800ms")
    return percentile, time


def policies(given: Sequence[str] | None) -> tuple[str, ...]:
    """Return policies given one by one or with commas between; `A=1` behind a comma belongs to the one before it."""
    found: list[str] = []
    for part in (part.strip() for text in given or () for part in text.split(",") if part.strip()):
        if "=" in part and ":" not in part and found and ":" in found[-1]:
            found[-1] += f",{part}"
        else:
            found.append(part)
    return tuple(found)
