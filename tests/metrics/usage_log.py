"""Small logs of usage, and what `metrics` makes of them."""

import json
from pathlib import Path
from typing import Any

from cachelens.app import metrics
from cachelens.config.compiling import CompileOptions
from cachelens.model.metrics import MetricsChoices, MetricsResult
from cachelens.sources.reading import ReadOptions

START = 1_791_187_200
"""2026-10-05T08:00:00Z."""


def call(
    second: float, plain: int = 100, read: int | None = 0, written: int = 0, **more: str | float
) -> dict[str, Any]:
    """One call of Claude Sonnet 5 as a flat row; `read=None` leaves the cache's counters out."""
    counts: dict[str, Any] = {"input_tokens": plain, "output_tokens": more.pop("output_tokens", 10)}
    if read is not None:
        counts |= {"cache_read_input_tokens": read, "cache_creation_input_tokens": written}
    return {"timestamp": START + second, "model": "claude-sonnet-5", **counts, **more}


def write(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def measured(
    folder: Path, rows: list[dict[str, Any]], choices: MetricsChoices | None = None, read: ReadOptions | None = None
) -> MetricsResult:
    path = write(folder / "usage.jsonl", rows)
    return metrics([str(path)], choices or MetricsChoices(), CompileOptions(read=read or ReadOptions()))
