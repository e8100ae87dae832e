"""The stack on the shipped logs and on small ones: what adds up, what thins out, what is deterministic."""

from decimal import Decimal
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cachelens.app import fleet, layers, simulate
from cachelens.config.compiling import CompileOptions
from cachelens.errors import UsageError
from cachelens.model.fleet import FleetChoices
from cachelens.model.layers import StackResult
from cachelens.model.scenario import Choices
from cachelens.model.stack import EXACT, PROMPT, SEMANTIC, ExactChoices, Scope, SemanticChoices, StackChoices
from cachelens.prompts.select import select
from cachelens.reading import compile_inputs
from tests.layers.logs import HASHING, PUBLIC, layer, replay, row

STACK = StackChoices(semantic=HASHING)


@pytest.fixture(scope="module")
def answers(fixtures_folder: Path) -> StackResult:
    return layers([str(fixtures_folder / "logs" / "answers.jsonl")], STACK)


@pytest.fixture(scope="module")
def fixtures_folder() -> Path:
    return Path(__file__).resolve().parents[2] / "fixtures"


def test_savings_add_up_to_the_total(answers: StackResult) -> None:
    parts = [found.saved for found in answers.layers]
    assert len(parts) == 3
    assert sum((part for part in parts if part is not None), Decimal(0)) == answers.saved
    assert answers.saved is not None
    assert answers.cost_without is not None
    assert answers.cost_with == answers.cost_without - answers.saved


def test_each_layer_sees_what_those_before_leave(answers: StackResult) -> None:
    exact, semantic, prompt = answers.layers
    assert exact.requests_seen == answers.requests
    assert semantic.requests_seen == exact.requests_seen - exact.requests_served
    assert prompt.requests_seen == semantic.requests_seen - semantic.requests_served == answers.reach_model


def test_the_first_layer_saves_in_the_stack_what_it_saves_alone(answers: StackResult) -> None:
    exact = answers.layers[0]
    assert (exact.saved, exact.requests_served) == (exact.saved_alone, exact.served_alone)
    alone = layers([answers.inputs[0].path], msgspec.structs.replace(STACK, layers=(SEMANTIC,)))
    assert alone.layers[0].saved == answers.layers[1].saved_alone
    assert alone.layers[0].requests_served == answers.layers[1].served_alone


def test_thinner_traffic_lets_prefixes_expire(answers: StackResult) -> None:
    """Known of this log: less traffic never renews an entry that more traffic let expire."""
    thin = answers.thinning
    assert thin is not None
    assert thin.expired_after > thin.expired_before
    assert thin.token_hit_rate_before is not None
    assert thin.token_hit_rate_after is not None
    assert thin.token_hit_rate_after < thin.token_hit_rate_before
    assert thin.extra_cost is not None
    assert thin.extra_cost > 0


def test_the_log_shows_a_semantic_cache_that_should_not_be_built(answers: StackResult) -> None:
    """Every answer that it would give behind its gates is wrong: orders, cities, safe and unsafe."""
    found = answers.semantic
    assert found is not None
    point = next(point for point in found.curve if point.threshold == found.threshold)
    assert point.gated.hits > 0
    assert point.gated.same == 0
    assert found.recommendation == "do-not-build"
    exact = layer(answers, EXACT)
    assert exact.safety is not None
    assert exact.safety.different == 0


def test_shared_by_all_even_the_exact_cache_gives_wrong_answers(fixtures: Path) -> None:
    found = layer(layers([str(fixtures / "logs" / "answers.jsonl")], PUBLIC), EXACT).safety
    assert found is not None
    assert found.different > 0
    assert found.reasons == {"identical": found.same, "numbers": found.different}


ROWS = st.lists(
    st.tuples(
        st.integers(0, 400), st.sampled_from(["Open?", "open?", "Price?", "Order 1?", "Order 2?"]), st.booleans()
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ROWS, st.sets(st.sampled_from([EXACT, SEMANTIC, PROMPT]), min_size=1))
def test_whatever_stands_in_the_stack_savings_add_up(
    tmp_path: Path, drawn: list[tuple[int, str, bool]], names: set[str]
) -> None:
    rows = [row(at, text, f"About {text}", request_temperature=int(odd)) for at, text, odd in drawn]
    usage = {"prompt_tokens": 2000, "completion_tokens": 20}
    for one in rows:
        one["response"]["usage"] = usage
    result = replay(tmp_path, rows, msgspec.structs.replace(PUBLIC, layers=tuple(sorted(names))))
    saved = [found.saved for found in result.layers]
    assert None not in saved
    assert sum((part for part in saved if part is not None), Decimal(0)) == result.saved
    assert result.reach_model == result.requests - sum(
        found.requests_served for found in result.layers if found.layer != PROMPT
    )


def test_the_same_log_gives_the_same_result(answers: StackResult) -> None:
    again = layers([answers.inputs[0].path], STACK)
    assert msgspec.json.encode(again) == msgspec.json.encode(answers)


def test_a_simulation_replays_what_the_layers_leave(answers: StackResult) -> None:
    result = simulate([answers.inputs[0].path], Choices(boundaries=("none",)), stack=STACK)
    assert result.stack is not None
    assert result.requests == result.stack.reach_model == answers.reach_model
    assert result.scenarios[0].total is not None
    assert result.scenarios[0].total.cost == answers.cost_with
    assert result.validation == ()


def test_a_fleet_replays_what_the_layers_leave(answers: StackResult) -> None:
    result = fleet([answers.inputs[0].path], FleetChoices(replicas=(1,)), stack=STACK)
    assert result.stack is not None
    assert result.requests == answers.reach_model
    assert msgspec.structs.asdict(result.stack)["layers"] == answers.layers


def test_layers_that_leave_nothing_are_an_error_with_a_next_step(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    log.write_bytes(b"\n".join(msgspec.json.encode(row(10 * n, "A?", "x")) for n in range(3)) + b"\n")
    assert simulate([str(log)], Choices(boundaries=("none",)), stack=PUBLIC).requests == 1
    with pytest.raises(UsageError, match="generated workload"):
        fleet([str(tmp_path / "w.yaml")], FleetChoices(replicas=(1,)), stack=PUBLIC)


def test_a_selection_keeps_marks_and_order(fixtures: Path) -> None:
    trace = compile_inputs([str(fixtures / "logs" / "week.jsonl")], CompileOptions()).trace
    chosen = np.arange(len(trace)) % 3 == 0
    some = select(trace, chosen)
    assert some.request_ids == tuple(np.array(trace.request_ids, dtype=object)[chosen])
    for place, row_number in enumerate(np.flatnonzero(chosen).tolist()):
        own = slice(*some.mark_start[place : place + 2].tolist())
        whole = slice(*trace.mark_start[row_number : row_number + 2].tolist())
        assert some.mark_node[own].tolist() == trace.mark_node[whole].tolist()
    assert select(trace, np.ones(len(trace), dtype=np.bool_)) is trace


def test_capacity_and_lifetime_reach_both_caches(fixtures: Path) -> None:
    path = [str(fixtures / "logs" / "answers.jsonl")]
    small = StackChoices(
        scope=Scope.PUBLIC,
        exact=ExactChoices(capacity=2, ttl_us=None),
        semantic=SemanticChoices(embedder="hashing", capacity=2, ttl_us=None),
    )
    result = layers(path, small)
    for name in (EXACT, SEMANTIC):
        facts = layer(result, name).facts
        assert (facts["entries"], facts["expired"]) == (2, 0)
        assert facts["evicted"] > 0


def test_what_each_workload_looks_like(answers: StackResult) -> None:
    kinds = {shape.workload: shape.kind for shape in answers.shapes}
    assert kinds == {"rider-help": "support", "status": "status"}


def test_nothing_asked_is_no_shape(tmp_path: Path) -> None:
    result = replay(tmp_path, [row(0, "", "x")])
    assert result.shapes == ()


def test_a_request_without_a_start_saves_no_known_time_and_its_answer_is_there_at_once(tmp_path: Path) -> None:
    """It stands at the time of the one before it, so its recorded end is no length of time."""
    rows = [row(number, "Where is my parcel?", "On its way.") for number in range(3)]
    for number, one in enumerate(rows):
        del one["timestamp"], one["latency_ms"]
        one["completed_at"] = 1_794_000_000 + number
    exact = layer(replay(tmp_path, rows), EXACT)
    assert exact.requests_served == 2
    assert (exact.latency_saved_us, exact.latency_unknown) == (None, 2)
    assert exact.facts["in_flight"] == 0


def test_the_time_of_a_request_without_a_start_is_left_out_among_others(tmp_path: Path) -> None:
    rows = [row(second, "Where is my parcel?", "On its way.") for second in (0, 10, 20)]
    del rows[2]["timestamp"], rows[2]["latency_ms"]
    rows[2]["completed_at"] = 1_794_000_025
    exact = layer(replay(tmp_path, rows), EXACT)
    assert (exact.requests_served, exact.latency_saved_us, exact.latency_unknown) == (2, 1_000_000, 1)


def test_answers_that_change_without_a_time_change_after_an_unknown_one(tmp_path: Path) -> None:
    rows = [row(number, "How many bikes are free?", f"There are {number}.") for number in range(8)]
    (shape,) = replay(tmp_path, rows).shapes
    assert (shape.kind, shape.first_change_us) == ("status", 1_000_000)
    for one in rows:
        del one["timestamp"]
    (shape,) = replay(tmp_path, rows).shapes
    assert (shape.kind, shape.first_change_us) == ("status", None)
    assert "an unknown time" in shape.why
