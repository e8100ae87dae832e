"""Logs of a small service, written by hand: one system prompt and one question a request, a minute apart."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cachelens.config.compiling import CompileOptions
from cachelens.reading import Compiled, compile_inputs

START = datetime(2026, 11, 16, 9, tzinfo=UTC)
RULES = "\n".join(f"Rule {k}: be polite about matter {k} and never guess what the customer wants." for k in range(120))
MODEL = "gpt-4o"


def at(number: int) -> str:
    return (START + timedelta(minutes=number)).isoformat().replace("+00:00", "Z")


def row(number: int, system: str, *said: str, workload: str = "support", session: str = "") -> dict[str, Any]:
    messages = [{"role": "system", "content": system}]
    messages += [{"role": "assistant" if place % 2 else "user", "content": text} for place, text in enumerate(said)]
    return {
        "timestamp": at(number),
        "workload": workload,
        "session_id": session or f"session-{number:04}",
        "request": {"model": MODEL, "messages": messages},
    }


def rows(system: Callable[[int], str], count: int = 12, *, workload: str = "support") -> list[dict[str, Any]]:
    """Return requests, each with its system prompt and a question of its own."""
    return [
        row(
            number,
            system(number),
            f"Customer number {number} would like to know: where is parcel {number}?",
            workload=workload,
        )
        for number in range(count)
    ]


def log(folder: Path, written: Sequence[dict[str, Any]], name: str = "week.jsonl") -> str:
    path = folder / name
    path.write_text("".join(json.dumps(one) + "\n" for one in written), encoding="utf-8")
    return str(path)


def compiled(folder: Path, written: Sequence[dict[str, Any]]) -> Compiled:
    return compile_inputs([log(folder, written)], CompileOptions(keep_text=True), progress=lambda _count: None)
