"""The published conversation trace: closed forms, and hit rates that others have measured."""

from __future__ import annotations

from pathlib import Path

import pytest

from cachelens.config.compiling import CompileOptions
from cachelens.fleeting.inputs import of_log, plan
from cachelens.fleeting.runs import run
from cachelens.model.fleet import FleetChoices
from cachelens.reading import Compiled, compile_inputs

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def conversation(real_data: Path) -> Compiled:
    path = real_data / "traces" / "mooncake_conversation.jsonl"
    if not path.is_file():
        pytest.skip("no conversation trace")
    return compile_inputs([str(path)], CompileOptions())


def rates(conversation: Compiled, **choices: object) -> list[float]:
    asked = FleetChoices(**choices, cache_answers=False)  # type: ignore[arg-type]  # named by the caller
    planned = plan(asked)
    return [row.token_hit_rate or 0.0 for row in run(of_log(conversation, planned), planned).runs]


def test_round_robin_on_caches_without_limit(conversation: Compiled) -> None:
    """Prompts alone; worked out apart by plain loops over the ids of the trace."""
    found = rates(conversation, replicas=(1, 2, 4, 8, 16), policies=("round-robin",))
    assert [round(100 * rate, 1) for rate in found] == [37.3, 27.6, 19.6, 13.9, 10.1]


def test_round_robin_with_2000_blocks(conversation: Compiled) -> None:
    """A plain loop has 8.08 and 7.28 %, and a token-level simulator 8.17 and 7.31 %."""
    found = rates(conversation, replicas=(4, 16), kv_blocks=(2000,), policies=("round-robin",))
    assert found == pytest.approx([0.0808, 0.0728], abs=0.01)


def test_a_hash_of_the_first_two_blocks(conversation: Compiled) -> None:
    """Another hash places other conversations together, so this is near 18.1, 26.8 and 33.7 %, not at it."""
    found = rates(conversation, replicas=(4, 8, 16), kv_blocks=(2000,), policies=("first-blocks-hash",))
    assert found == pytest.approx([0.181, 0.268, 0.337], abs=0.02)
