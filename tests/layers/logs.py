"""Small logs of questions and answers, written row by row."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cachelens.app import layers
from cachelens.config.compiling import CompileOptions
from cachelens.model.layers import StackResult
from cachelens.model.stack import ExactChoices, LayerResult, Scope, SemanticChoices, StackChoices
from cachelens.sources.base import ReadOptions

# Rows are JSON of any shape.
# ruff: noqa: ANN401

Row = dict[str, Any]
HASHING = SemanticChoices(embedder="hashing")
PUBLIC = StackChoices(scope=Scope.PUBLIC, semantic=HASHING)
RECORDED = StackChoices(scope=Scope.PUBLIC, vectors="vector", semantic=SemanticChoices(embedder="hashing"))
ANYTHING = ExactChoices(any_sampling=True)


def row(second: int, question: str, answer: str | None = None, **more: Any) -> Row:
    """One call at temperature 0 that takes a second; `more` are members of the row, or `request_...` of its body."""
    body = {"model": "gpt-5.2", "temperature": 0, "messages": [{"role": "user", "content": question}]}
    body |= {name.removeprefix("request_"): value for name, value in more.items() if name.startswith("request_")}
    found: Row = {"timestamp": 1_794_000_000 + second, "latency_ms": 1000, "workload": "desk", "request": body}
    if answer is not None:
        found["response"] = {"choices": [{"message": {"role": "assistant", "content": answer}}]}
    return found | {name: value for name, value in more.items() if not name.startswith("request_")}


def replay(
    folder: Path, rows: Sequence[Row], choices: StackChoices = PUBLIC, read: ReadOptions | None = None
) -> StackResult:
    """Write a log and replay it through the layers."""
    log = folder / "log.jsonl"
    log.write_text("\n".join(map(json.dumps, rows)) + "\n", encoding="utf-8")
    return layers([str(log)], choices, CompileOptions(read=read or ReadOptions()))


def layer(result: StackResult, name: str) -> LayerResult:
    """Return one layer of a result."""
    return next(found for found in result.layers if found.layer == name)
