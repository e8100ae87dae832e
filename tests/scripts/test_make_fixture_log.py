"""The log that ships is the one that its script writes, and it shows what its README promises."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from scripts.fixture_week.calls import Call
from scripts.fixture_week.recorded import week
from scripts.fixture_week.triage import MARKED_FROM_US
from scripts.make_fixture_log import TARGET, lines
from tests.oracles.provider_caches import OUse

Recorded = list[tuple[Call, OUse]]


@pytest.fixture(scope="module")
def recorded() -> Recorded:
    return week()


def of(recorded: Recorded, workload: str) -> Recorded:
    found = [pair for pair in recorded if pair[0].workload == workload]
    assert found
    return found


def share_read(pairs: Recorded) -> float:
    return sum(use.read for _, use in pairs) / sum(use.total for _, use in pairs)


def test_the_shipped_log_is_what_the_script_writes() -> None:
    """If this fails, run `python -m scripts.make_fixture_log` and look at the difference."""
    assert TARGET.read_text(encoding="utf-8") == "\n".join(lines()) + "\n"


def test_it_stays_small_enough_for_the_repository() -> None:
    assert TARGET.stat().st_size < 2_500_000


def test_four_lines_give_the_skip_summary_something_to_say() -> None:
    ids: Counter[str] = Counter()
    broken, others, refused = 0, 0, 0
    for line in TARGET.read_text(encoding="utf-8").splitlines():
        try:
            row: dict[str, Any] = json.loads(line)
        except ValueError:
            broken += 1
            continue
        response = row.get("response")
        if response is None:
            others += 1
        elif response.get("type") == "error":
            refused += 1
        else:
            ids[response.get("id") or response["responseId"]] += 1
    assert (broken, others, refused) == (1, 1, 1)
    assert [count for count in ids.values() if count > 1] == [2]


def test_the_readme_counts_the_calls(recorded: Recorded) -> None:
    told = Path(TARGET).with_name("week.README.md").read_text(encoding="utf-8")
    for workload, calls in Counter(call.workload for call, _ in recorded).items():
        [row] = [line for line in told.splitlines() if line.startswith(f"| `{workload}`")]
        assert row.split("|")[3].strip() == str(calls)


def test_a_clock_on_top_leaves_almost_nothing_to_read(recorded: Recorded) -> None:
    pairs = of(recorded, "handbook-qa")
    seen: set[str] = set()
    for call, use in pairs:
        body = json.dumps(call.request)
        assert use.read == 0 or body in seen
        seen.add(body)
    assert 0 < share_read(pairs) < 0.1


def test_the_breakpoint_turns_unread_writes_into_reads(recorded: Recorded) -> None:
    pairs = of(recorded, "triage")
    before = [p for p in pairs if p[0].at_us < MARKED_FROM_US]
    after = [p for p in pairs if p[0].at_us >= MARKED_FROM_US]
    assert share_read(before) < 0.05
    assert share_read(after) > 0.5
    assert sum(use.writes.get("30m", 0) for _, use in before) > 0.95 * sum(use.total for _, use in before)


def test_the_agent_starts_warm_and_reads_most_of_its_input(recorded: Recorded) -> None:
    pairs = of(recorded, "operations-agent")
    assert pairs[0][1].read > 4_096
    assert share_read(pairs) > 0.85
