"""The tables of GPUs and language models in `pricing/hardware/`; `schema.json` there is made from these types.

Write it again after a change to the types: `python -m cachelens.fleet.tables > pricing/hardware/schema.json`.
"""

from __future__ import annotations

import enum
import functools
import json
import sys
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, TypeVar

import msgspec

from cachelens.errors import UsageError
from cachelens.fleet import documents

Positive = Annotated[float, msgspec.Meta(gt=0)]
Count = Annotated[int, msgspec.Meta(ge=1)]
Share = Annotated[float, msgspec.Meta(gt=0, le=1)]
Day = Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d{2}-\d{2}$")]


class Confidence(enum.StrEnum):
    """How well a row is known."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    """Taken from a sibling; `note` says which."""


class Number(enum.StrEnum):
    """Formats of numbers, for weights, caches and peaks."""

    BF16 = "bf16"
    FP8 = "fp8"
    FP4 = "fp4"
    MXFP4 = "mxfp4"
    """4 bits and a shared scale of 8 bits for every 32 of them."""


BYTES: Mapping[Number, float] = {Number.BF16: 2, Number.FP8: 1, Number.FP4: 0.5, Number.MXFP4: 0.53125}


class Row(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every row says."""

    id: str
    """What `--gpu` or `--llm` takes."""
    name: str
    aliases: tuple[str, ...] = ()
    sources: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
    """Ids from the file's `sources`."""
    checked: Day
    """Day on which somebody last compared the row with its source."""
    confidence: Confidence = Confidence.HIGH
    note: str = ""


class Gpu(Row, frozen=True, kw_only=True):
    """One GPU."""

    memory_gib: Positive
    """Memory that programs see."""
    bandwidth_gb_s: Positive
    """Of its memory, in 10^9 bytes a second."""
    tflops: Mapping[Number, Positive]
    """Dense peak by number format, in 10^12 a second; `bf16` must be there."""
    mfu_prefill: Share
    """Part of the peak that engines reach while they compute prompts."""
    mfu_decode: Share
    """Part of the peak that engines reach while they compute answers."""


class Latent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Multi-head latent attention (MLA): one compressed vector a token and layer instead of keys and values."""

    kv_rank: Count
    rope_dim: Annotated[int, msgspec.Meta(ge=0)]
    query_dim: Count
    """Numbers of a head that are compared with a key."""
    value_dim: Count


class Window(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Layers that see only the last tokens."""

    layers: Count
    """How many of the model's layers."""
    tokens: Count


class Llm(Row, frozen=True, kw_only=True):
    """One language model."""

    parameters_b: Positive
    """All parameters, in 10^9."""
    active_b: Positive
    """Those that one token uses."""
    layers: Count
    heads: Count
    kv_heads: Annotated[int, msgspec.Meta(ge=0)] = 0
    head_dim: Annotated[int, msgspec.Meta(ge=0)] = 0
    latent: Latent | None = None
    """Given instead of `kv_heads` and `head_dim`."""
    window: Window | None = None
    weights: Number
    """Format in which the weights are usually served."""
    weights_gib: Positive | None = None
    """Size of the weights where it is not parameters times the size of a number."""


RowT = TypeVar("RowT", bound=Row)


class GpuTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`gpus.yaml`."""

    sources: Mapping[str, str]
    gpus: tuple[Gpu, ...]


class LlmTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`llms.yaml`."""

    sources: Mapping[str, str]
    llms: tuple[Llm, ...]


_HINT = "correct the file; pricing/hardware/schema.json describes it"


def folder() -> Path:
    """Return the folder with the tables: inside the installed package, else the repository's own."""
    package = Path(__file__).resolve().parents[1]
    for found in (package / "pricing" / "hardware", package.parents[1] / "pricing" / "hardware"):
        if found.is_dir():
            return found
    raise UsageError("the tables of hardware are missing from this installation", hint="install CacheLens again")


@functools.cache
def gpus() -> tuple[Gpu, ...]:
    """Return the known GPUs, in the order of their ids."""
    return documents.read(folder() / "gpus.yaml", GpuTable, hint=_HINT).gpus


@functools.cache
def llms() -> tuple[Llm, ...]:
    """Return the known language models, in the order of their ids."""
    return documents.read(folder() / "llms.yaml", LlmTable, hint=_HINT).llms


def gpu(name: str) -> Gpu:
    """Return a GPU by id or alias; `UsageError` with the nearest names for one that no row has."""
    return _named(name, gpus(), "GPU", "gpus")


def llm(name: str) -> Llm:
    """Return a language model by id or alias; `UsageError` with the nearest names for one that no row has."""
    return _named(name, llms(), "language model", "llms")


def _named(name: str, rows: tuple[RowT, ...], what: str, kind: str) -> RowT:
    known = {alias.lower(): row for row in rows for alias in (row.id, *row.aliases)}
    found = known.get(name.strip().lower())
    if found is None:
        near = get_close_matches(name.strip().lower(), known, n=3)
        nearest = f"nearest: {', '.join(near)}; " if near else ""
        raise UsageError(
            f"no {what} `{name}` is in the table",
            hint=f"{nearest}`cachelens fleet --list {kind}` shows all; or give --kv-blocks and --latency instead",
        )
    return found


def schema() -> str:
    """Return the JSON Schema of both tables, indented, with a final line end; the same text every time."""
    _, parts = msgspec.json.schema_components((GpuTable, LlmTable), ref_template="#/$defs/{name}")
    text = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "CacheLens tables of GPUs and language models",
        "description": "The files gpus.yaml and llms.yaml in pricing/hardware/.",
        "anyOf": [{"$ref": "#/$defs/GpuTable"}, {"$ref": "#/$defs/LlmTable"}],
        "$defs": {name: parts[name] for name in sorted(parts)},
    }
    return json.dumps(text, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(schema())
