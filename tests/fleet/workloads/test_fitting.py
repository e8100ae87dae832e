"""A fitted workload resembles the trace that it was fitted to."""

from pathlib import Path

import numpy as np
import pytest

from cachelens.config.compiling import CompileOptions
from cachelens.errors import UsageError
from cachelens.fleet.requests import FleetRequests, fleet_requests
from cachelens.fleet.workloads import dumped, fit, generate, generated, load
from cachelens.fleet.workloads.fitting import shape, token_hit_rate
from cachelens.fleet.workloads.spec import Arrivals, Population, Process, Stage, Workload
from cachelens.reading import compile_inputs

WORKLOADS = Path(__file__).parents[3] / "fixtures" / "workloads"


def resembles(trace: FleetRequests, *, hit: float, tokens: float) -> None:
    found = generate(fit(trace), trace.block_size)
    assert len(found) == pytest.approx(
        len(trace), rel=0.15
    )  # twice the spread of 208 Poisson arrivals, the fewest here
    assert found.output.mean() == pytest.approx(trace.output.mean(), rel=0.1)
    assert found.tokens.mean() == pytest.approx(trace.tokens.mean(), rel=tokens)
    assert token_hit_rate(found) == pytest.approx(token_hit_rate(trace), abs=hit)


@pytest.mark.parametrize("name", ["small", "kubeai-multi-turn", "mooncake-like", "sglang-multi-prefix"])
def test_the_hit_rate_comes_near_that_of_a_generated_trace(name: str) -> None:
    resembles(generated(WORKLOADS / f"{name}.yaml", 16), hit=0.05, tokens=0.25)


@pytest.mark.real
def test_the_hit_rate_comes_near_that_of_a_real_trace(real_data: Path) -> None:
    path = real_data / "traces" / "mooncake_conversation.jsonl"
    resembles(fleet_requests(compile_inputs([str(path)], CompileOptions()).trace, 512), hit=0.03, tokens=0.25)


def test_what_a_request_repeats_is_found() -> None:
    """System 32, questions 16, answers 16, in blocks of 16; two conversations of two requests in one group."""
    one = Population(name="a", system=32, question=16, answer=16, turns=2, think_s=10)
    arrivals = Arrivals(process=Process.CONSTANT, stages=(Stage(rate=1, seconds=2),))
    trace = generate(Workload(name="t", arrivals=arrivals, populations=(one,)), 16)
    found = shape(trace)
    assert trace.session.tolist() == [0, 1, 0, 1]
    assert found.kept.tolist() == [0, 32, 48, 48]
    assert found.before.tolist() == [-1, 0, 0, 1]
    assert found.goes_on.tolist() == [False, False, True, True]


def test_a_fit_can_be_saved_and_holds_no_content(tmp_path: Path) -> None:
    path = tmp_path / "fitted.yaml"
    found = fit(generated(WORKLOADS / "small.yaml", 16), "mine")
    path.write_text(dumped(found), encoding="utf-8")
    assert load(path) == found
    assert found.name == "mine"


def test_coarse_clocks_are_kept() -> None:
    trace = generated(WORKLOADS / "mooncake-like.yaml", 512)
    found = fit(trace)
    assert found.arrivals.tick_s == 3
    assert set(np.unique(generate(found, 512).arrived % 3_000_000)) == {0}


def test_nothing_cannot_be_fitted() -> None:
    trace = generated(WORKLOADS / "small.yaml", 16)
    none = {
        name: getattr(trace, name)[:0]
        for name in ("arrived", "tokens", "output", "session", "workload", "answer_first", "answer_stop", "runs")
    }
    empty = FleetRequests(block_size=16, start=np.zeros(1, dtype=np.int64), length=trace.length, prompt_runs=0, **none)
    with pytest.raises(UsageError, match="no request"):
        fit(empty)
