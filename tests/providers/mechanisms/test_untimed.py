"""Logs without times: the order is all that is known, so nothing expires and the next request can read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cachelens.app import simulate
from cachelens.model.result import Totals
from cachelens.model.scenario import Choices

WORDS = "the order of the words does not matter here " * 400


def chat(tmp_path: Path, model: str, *, timed: bool) -> Totals:
    """Simulate a chat of three turns, a minute apart where it has times."""
    messages: list[dict[str, str]] = [{"role": "system", "content": WORDS}]
    lines = []
    for turn in range(3):
        messages = [*messages, {"role": "user", "content": f"question {turn} {WORDS}"}]
        time = {"timestamp": f"2026-11-10T10:0{turn}:00Z"} if timed else {}
        lines.append(json.dumps({**time, "request": {"model": model, "messages": messages}}))
        messages = [*messages, {"role": "assistant", "content": f"answer {turn}"}]
    path = tmp_path / f"{timed}.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    (recorded,) = simulate([str(path)], Choices(boundaries=("as-recorded",))).scenarios
    assert recorded.total is not None
    return recorded.total


@pytest.mark.parametrize("model", ["gpt-6.1-sol", "gpt-5.2", "gpt-5.5", "kimi-k3"])
def test_three_turns_without_times_read_what_the_earlier_ones_wrote(tmp_path: Path, model: str) -> None:
    untimed, timed = (chat(tmp_path, model, timed=given) for given in (False, True))
    assert untimed.read_tokens == timed.read_tokens
    assert (untimed.read_tokens or 0) > untimed.input_tokens / 3
    assert untimed.write_tokens == timed.write_tokens
    assert not any(miss.cause == "not-yet-visible" for miss in untimed.misses)
