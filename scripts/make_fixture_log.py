"""Write `fixtures/logs/week.jsonl`, the log that ships with the project.

Usage, from the repository's root: python -m scripts.make_fixture_log [TARGET]

Nothing in it is real: the company, the people and the texts are made up here, and the recorded usage comes from
the slow models in `tests/oracles`. The same source gives the same bytes on every machine.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from scripts.fixture_week.calls import Call, Json, moment
from scripts.fixture_week.dice import Dice
from scripts.fixture_week.recorded import week
from tests.oracles.provider_caches import OUse

CUT, OTHER_KIND, TWICE = 40, 120, 240
"""Rows before which the log has a piece of the row, a line that is no call, and the row itself."""
REFUSED = 60
"""The row of the support assistant that was turned away once before."""
TARGET = Path(__file__).parents[1] / "fixtures" / "logs" / "week.jsonl"


def row(call: Call, use: OUse, dice: Dice) -> Json:
    """Return one log row; three in four carry the time to the first token."""
    times = {"latency_ms": call.last_us // 1_000}
    if dice.chance(0.75):
        times["ttft_ms"] = call.first_us // 1_000
    return {
        "timestamp": f"{moment(call.at_us):%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z",
        "workload": call.workload,
        **call.details,
        **times,
        "url": call.url,
        "request": call.request,
        "response": call.answer(call, use),
    }


def written(value: Json) -> str:
    """Return a row as one line."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def failed(pattern: Json) -> Json:
    """Return a call that the provider turned away, made from a good row."""
    error = {"type": "overloaded_error", "message": "Overloaded"}
    gone = {k: v for k, v in pattern.items() if k not in ("ttft_ms", "response")}
    return {**gone, "latency_ms": 214, "status": 529, "response": {"type": "error", "error": error}}


def lines() -> list[str]:
    """Return the log, with a cut line, a line of another kind, a failed call and a line that came twice."""
    dice = Dice("rows")
    rows = [row(call, use, dice) for call, use in week()]
    good = [written(r) for r in rows]
    refused = [n for n, r in enumerate(rows) if r["workload"] == "support-assistant"][REFUSED]
    before = {
        CUT: good[CUT][: len(good[CUT]) // 3],
        OTHER_KIND: written({"timestamp": rows[OTHER_KIND]["timestamp"], "event": "log file rotated"}),
        refused: written(failed(rows[refused])),
        TWICE: good[TWICE],
    }
    found: list[str] = []
    for number, line in enumerate(good):
        found += [before[number], line] if number in before else [line]
    return found


def main(target: str = "") -> None:
    """Write the log to `target`, or where it ships."""
    path = Path(target) if target else TARGET
    path.write_text("\n".join(lines()) + "\n", encoding="utf-8")
    sys.stdout.write(f"{path}: {path.stat().st_size:,} bytes\n")


if __name__ == "__main__":
    main(*sys.argv[1:2])
