"""The shipped week against the engine: what differs from the recording is what its README lists, and no more."""

from __future__ import annotations

from cachelens.config.compiling import CompileOptions
from cachelens.layouts.boundaries import boundary
from cachelens.model.scenario import Scenario
from cachelens.providers.loading import load_pricing
from cachelens.reading import compile_inputs
from cachelens.replay.engine import Replayer
from scripts.fixture_week import triage
from scripts.make_fixture_log import TARGET
from tests.oracles.provider_caches import automatic_boundary


def test_the_engine_reads_where_the_slow_model_does() -> None:
    """The sorting of messages: the recording reads less only because some reads reached another machine."""
    calls = list(triage.calls())
    uses = automatic_boundary([c.prompt for c in calls], ttls={"30m": 1_800}, default_ttl="30m", min_tokens=1_024)
    trace = compile_inputs([str(TARGET)], CompileOptions()).trace
    replayed = Replayer(trace, load_pricing()).replay(Scenario(), boundary("as-recorded").place(trace))
    read = dict(zip(trace.request_ids, (replayed.read > 0).tolist(), strict=True))
    assert {c.response_id: read[f"chatcmpl-{c.response_id}"] for c in calls} == {
        call.response_id: use.read > 0 for call, use in zip(calls, uses, strict=True)
    }
