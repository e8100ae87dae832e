"""Small traces of block hashes, compiled as any log is."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from cachelens.config.compiling import CompileOptions
from cachelens.fleeting.inputs import of_log, plan
from cachelens.fleeting.runs import run
from cachelens.model.fleet import FleetChoices, FleetResult, FleetRun
from cachelens.reading import Compiled, compile_inputs

BLOCK = 16


class Ask(NamedTuple):
    """One request: milliseconds, ids of its full blocks, tokens of its answer, session."""

    at: float
    blocks: Sequence[int]
    output: int = 0
    session: str = ""
    tail: int = 0
    """Tokens behind the last full block; their id is never given."""


def line(ask: Ask) -> str:
    row: dict[str, object] = {
        "timestamp": ask.at,
        "input_length": len(ask.blocks) * BLOCK + ask.tail,
        "output_length": ask.output,
        "hash_ids": list(ask.blocks),
        "block_size": BLOCK,
    }
    return json.dumps(row | ({"session_id": ask.session} if ask.session else {}))


def compiled(asks: Sequence[Ask]) -> Compiled:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "trace.jsonl")
        path.write_text("".join(f"{line(ask)}\n" for ask in asks), encoding="utf-8")
        return compile_inputs([str(path)], CompileOptions())


def fleet(asks: Sequence[Ask], choices: FleetChoices) -> FleetResult:
    planned = plan(choices)
    return run(of_log(compiled(asks), planned), planned)


def only(asks: Sequence[Ask], choices: FleetChoices) -> FleetRun:
    (row,) = fleet(asks, choices).runs
    return row
