"""The semantic cache on questions whose nearness is known, because their vectors stand in the log."""

import math
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from cachelens.layers.embedders.hashing import Hashing
from cachelens.layers.gates import lock_of
from cachelens.layers.normal import normal
from cachelens.layers.semantic import run_semantic, space_of
from cachelens.layers.traffic import Question, Traffic
from cachelens.model.stack import Recommendation, Scope, SemanticChoices, StackChoices
from cachelens.sources.base import ReadOptions
from tests.layers.logs import HASHING, PUBLIC, RECORDED, layer, replay, row
from tests.layers.test_exact import SECOND, Ask, traffic


def turned(degrees: float) -> list[float]:
    """A vector at this angle: the cosine of two is that of the angle between them."""
    return [math.cos(math.radians(degrees)), math.sin(math.radians(degrees))]


PARAPHRASES_AND_TRAPS = [
    row(0, "How do I reset my password?", "Use the link on the login page.", vector=turned(0)),
    row(10, "How can I reset the password?", "Use the link on the login page.", vector=turned(4)),
    row(20, "I forgot my password.", "Use the link on the login page.", vector=turned(8)),
    row(30, "Cancel order 48213.", "Order 48213 is cancelled.", vector=turned(90)),
    row(40, "Cancel order 48214.", "Order 48214 is cancelled.", vector=turned(91)),
    row(50, "Is it safe to mix them?", "No, never.", vector=turned(180)),
    row(60, "Is it unsafe to mix them?", "Yes, always.", vector=turned(183)),
    row(70, "Something else entirely?", "The handbook does not say.", vector=turned(270)),
]
"""Two paraphrases that are right, two traps that are wrong; nearer than 10 degrees (cosine 0.985) all of them."""


def test_known_paraphrases_and_traps_give_the_known_false_hit_rate(tmp_path: Path) -> None:
    found = layer(replay(tmp_path, PARAPHRASES_AND_TRAPS, RECORDED), "semantic")
    assert found.safety is not None
    assert (found.requests_served, found.safety.same, found.safety.different, found.safety.unsure) == (4, 2, 2, 0)
    assert found.safety.false_hit_rate == 0.5


def test_the_reasons_are_named(tmp_path: Path) -> None:
    found = layer(replay(tmp_path, PARAPHRASES_AND_TRAPS, RECORDED), "semantic")
    assert found.safety is not None
    assert found.safety.reasons == {"identical": 2, "numbers": 1, "yes or no": 1}


def test_the_curve_falls_with_the_threshold(tmp_path: Path) -> None:
    semantic = replay(tmp_path, PARAPHRASES_AND_TRAPS, RECORDED).semantic
    assert semantic is not None
    hits = {point.threshold: point.gated.hits for point in semantic.curve}
    # cos 1, 3, 4 degrees = 0.9998, 0.9986, 0.9976; cos 8 = 0.9903
    assert (hits[0.95], hits[0.99], hits[1.0]) == (4, 4, 0)


def test_a_served_question_is_not_stored_again(tmp_path: Path) -> None:
    rows = [row(10 * n, f"Question {n}?", "The same.", vector=turned(15 * n)) for n in range(3)]
    choices = msgspec.structs.replace(RECORDED, semantic=SemanticChoices(embedder="hashing", threshold=0.96))
    # 15 degrees: 0.966, so the second is served; 30 degrees from the first: 0.866, so the third is not.
    assert layer(replay(tmp_path, rows, choices), "semantic").requests_served == 1


def test_the_price_of_wrong_answers(tmp_path: Path) -> None:
    semantic = SemanticChoices(embedder="hashing", price_per_wrong=Decimal("2.5"))
    found = replay(tmp_path, PARAPHRASES_AND_TRAPS, msgspec.structs.replace(RECORDED, semantic=semantic)).semantic
    assert found is not None
    assert found.expected_loss == Decimal("5.0")


def test_it_says_what_to_do(tmp_path: Path) -> None:
    found = replay(tmp_path, PARAPHRASES_AND_TRAPS, RECORDED).semantic
    assert found is not None
    assert (found.recommendation, found.advised_threshold) == (Recommendation.DO_NOT, None)
    harmless = [row(n, f"Word {n}?", "The same.", vector=turned(n / 100)) for n in range(0, 4000, 10)]
    safe = replay(tmp_path, harmless, RECORDED).semantic
    assert safe is not None
    assert safe.recommendation is Recommendation.BUILD
    assert safe.advised_threshold is not None


def test_labels_overrule_the_guess(tmp_path: Path) -> None:
    labels = tmp_path / "labels.csv"
    labels.write_text("a,b,same\nCancel order 48213.,Cancel order 48214.,true\n", encoding="utf-8")
    choices = msgspec.structs.replace(RECORDED, semantic=SemanticChoices(embedder="hashing", labels=labels))
    result = replay(tmp_path, PARAPHRASES_AND_TRAPS, choices)
    found = layer(result, "semantic").safety
    assert found is not None
    assert (found.same, found.different, found.reasons["label"]) == (3, 1, 1)
    assert result.semantic is not None
    assert result.semantic.labels_used == 1


def gated(**metadata: str) -> dict[str, Any]:
    return {"metadata": metadata, "vector": turned(0)}


def test_a_gate_stops_what_differs_and_a_missing_field_fails_closed(tmp_path: Path) -> None:
    rows = [
        row(0, "Price?", "It costs 5 EUR.", **gated(locale="de")),
        row(10, "Price?", "It costs 4 GBP.", **gated(locale="en")),
        row(20, "Price?", "It costs 5 EUR.", **gated(locale="de")),
        row(30, "Price?", "It costs 5 EUR.", **gated()),
    ]
    only = msgspec.structs.replace(RECORDED, layers=("semantic",))
    result = replay(tmp_path, rows, only)
    found = layer(result, "semantic")
    assert (found.requests_served, found.not_eligible) == (1, {"no value for the gate locale": 1})
    assert result.semantic is not None
    gate = next(gate for gate in result.semantic.gates if gate.gate == "locale")
    assert (gate.on, gate.missing, gate.stops.hits, gate.stops.different) == (True, 1, 2, 1)
    assert result.semantic.curve[0].ungated.hits == 3


def test_freshness_and_policy_gates_read_the_request(tmp_path: Path) -> None:
    rows = [
        row(0, "Wait?", "Ten.", **gated(max_age="1m", cache_policy="allow")),
        row(30, "Wait?", "Ten.", **gated(max_age="1m", cache_policy="allow")),
        row(300, "Wait?", "Ten.", **gated(max_age="1m", cache_policy="allow")),
        row(310, "Wait?", "Ten.", **gated(max_age="1m", cache_policy="no-store")),
    ]
    only = msgspec.structs.replace(RECORDED, layers=("semantic",))
    assert layer(replay(tmp_path, rows, only), "semantic").requests_served == 1


def test_another_conversation_is_another_question(tmp_path: Path) -> None:
    def after(said: str) -> dict[str, Any]:
        messages = [{"role": "user", "content": said}, {"role": "assistant", "content": "Sure?"}]
        return {"request_messages": [*messages, {"role": "user", "content": "Yes."}]}

    rows = [row(0, "", "Deleted.", **after("Delete it.")), row(10, "", "Bought.", **after("Buy it."))]
    closed = layer(replay(tmp_path, rows), "semantic")
    choices = SemanticChoices(embedder="hashing", no_gates=("conversation",))
    opened = layer(replay(tmp_path, rows, msgspec.structs.replace(PUBLIC, semantic=choices)), "semantic")
    assert (closed.requests_served, opened.requests_served) == (0, 1)


def test_a_tenant_is_a_gate_of_its_own(tmp_path: Path) -> None:
    rows = [row(10 * n, "Terms?", f"{n} days.", tenant=name) for n, name in enumerate(("a", "b", "a"))]
    choices = StackChoices(scope=Scope.TENANT, layers=("semantic",), semantic=HASHING)
    assert layer(replay(tmp_path, rows, choices, ReadOptions(tenant_key="tenant")), "semantic").requests_served == 1


WORDS = st.lists(st.sampled_from(["safe", "unsafe", "mix", "order", "48213", "48214", "?"]), min_size=1, max_size=4)
ASKED = st.lists(st.tuples(WORDS.map(" ".join), st.sampled_from(["a", "b", ""])), max_size=25)


def questions(asked: list[tuple[str, str]]) -> Traffic:
    import dataclasses

    base = traffic([Ask(at, 0, tenant, deterministic=True, takes=0) for at, (_, tenant) in enumerate(asked)])
    return dataclasses.replace(base, questions=[Question(text=text, conversation=b"") for text, _ in asked])


@given(ASKED, st.sampled_from([0.5, 0.8, 0.95, 1.0]))
def test_at_1_only_the_same_words_are_served_and_below_nothing_less_near(
    asked: list[tuple[str, str]], at: float
) -> None:
    requests = questions(asked)
    space = space_of(requests, normal(), Hashing(), 0.5)
    everyone = [True] * len(requests)
    hits = run_semantic(requests, space, lock_of((), len(requests)), everyone, at, (None, None))
    for request, source in hits.pairs():
        assert source < request
        assert hits.similarity[request] >= at
        if at == 1:
            assert asked[request][0] == asked[source][0]


@given(ASKED, st.sampled_from([0.5, 0.8, 1.0]))
def test_what_is_served_has_passed_every_gate(asked: list[tuple[str, str]], at: float) -> None:
    from cachelens.layers.gates import gate_of, values_of

    requests = questions(asked)
    space = space_of(requests, normal(), Hashing(), 0.5)
    value = values_of(gate_of("tenant"), requests)
    lock = lock_of([value], len(requests))
    hits = run_semantic(requests, space, lock, [True] * len(requests), at, (None, None))
    assert all(asked[request][1] == asked[source][1] != "" for request, source in hits.pairs())


@given(ASKED)
def test_gates_only_remove_hits(asked: list[tuple[str, str]]) -> None:
    """Where nearness is identity and nothing expires; `docs/layers.md` says why not request by request elsewhere."""
    from cachelens.layers.gates import gate_of, values_of

    requests = questions(asked)
    space, everyone = space_of(requests, normal(), Hashing(), 0.5), [True] * len(requests)
    lock = lock_of([values_of(gate_of("tenant"), requests)], len(requests))
    gated_hits = run_semantic(requests, space, lock, everyone, 1.0, (None, None)).pairs()
    ungated = run_semantic(requests, space, lock_of((), len(requests)), everyone, 1.0, (None, None)).pairs()
    assert {request for request, _ in gated_hits} <= {request for request, _ in ungated}


@given(ASKED, st.integers(1, 4), st.integers(1, 20))
def test_capacity_and_lifetime_hold(asked: list[tuple[str, str]], capacity: int, ttl: int) -> None:
    requests = questions(asked)
    space = space_of(requests, normal(), Hashing(), 0.5)
    lock = lock_of((), len(requests))
    hits = run_semantic(requests, space, lock, [True] * len(requests), 0.8, (ttl * SECOND, capacity))
    assert hits.tally.entries <= capacity
    assert all(request - source <= ttl for request, source in hits.pairs())
