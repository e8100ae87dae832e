"""Logs that lack what a layer needs: it says so and is left out, and the others still run."""

from pathlib import Path

import msgspec
import pytest

from cachelens.app import layers
from cachelens.config.compiling import CompileOptions
from cachelens.errors import UsageError
from cachelens.model.stack import ExactChoices, Scope, SemanticChoices, StackChoices
from cachelens.prompts.container import save
from cachelens.reading import compile_inputs
from tests.layers.logs import HASHING, PUBLIC, RECORDED, layer, replay, row

TENANT = StackChoices(scope=Scope.TENANT, semantic=HASHING)


def test_without_answers_the_semantic_layer_is_left_out(tmp_path: Path) -> None:
    result = replay(tmp_path, [row(0, "A?"), row(10, "A?")])
    assert "holds no answers" in layer(result, "semantic").left_out
    assert result.semantic is None
    assert layer(result, "exact").requests_served == 1
    assert layer(result, "prompt").requests_seen == 1


def test_without_temperature_the_exact_layer_is_left_out(tmp_path: Path) -> None:
    rows = [row(10 * n, "A?", "x", request_temperature=None) for n in range(2)]
    result = replay(tmp_path, rows)
    found = layer(result, "exact")
    assert "deterministic" in found.left_out
    assert "--any-sampling" in found.hint
    assert layer(result, "semantic").requests_served == 1


def test_without_tenant_both_are_left_out_and_say_how_to_go_on(tmp_path: Path) -> None:
    result = replay(tmp_path, [row(0, "A?", "x"), row(10, "A?", "x")], TENANT)
    for name in ("exact", "semantic"):
        assert "tenant" in layer(result, name).left_out
        assert "--scope public" in layer(result, name).hint
    assert layer(result, "prompt").requests_seen == 2


def test_an_asked_gate_without_field_closes_everything_and_names_itself(tmp_path: Path) -> None:
    choices = SemanticChoices(embedder="hashing", gates=("product",))
    rows = [row(0, "A?", "x"), row(10, "B?", "x")]
    found = layer(replay(tmp_path, rows, msgspec.structs.replace(PUBLIC, semantic=choices)), "semantic")
    assert "product" in found.left_out
    assert "--field product=PATH" in found.hint


def test_empty_and_enormous_questions_are_counted_apart(tmp_path: Path) -> None:
    rows = [row(0, "", "x"), row(10, " ", "x"), row(20, "y " * 500_000, "x"), row(30, "A?", "x"), row(40, "?!", "x")]
    found = layer(replay(tmp_path, rows), "semantic")
    assert found.not_eligible == {
        "the embedder knows no word of the question": 1,
        "the last message is no question of a user": 1,
        "the question is longer than 20,000 characters": 1,
    }
    assert layer(replay(tmp_path, rows), "exact").requests_served == 1


def test_vectors_of_other_lengths_or_with_no_numbers_are_left_out(tmp_path: Path) -> None:
    vectors = [[1.0, 0.0], [1.0, 0.01], [1.0, 0.0, 0.0], "none", [0, 0], [1, None]]
    rows = [row(10 * n, f"Q{n}?", "x", vector=vector) for n, vector in enumerate(vectors)]
    found = layer(replay(tmp_path, rows, RECORDED), "semantic")
    assert found.requests_served == 1
    assert found.not_eligible == {"the log holds no vector of it that fits the others": 4}


def test_a_vector_with_nan_costs_its_line(tmp_path: Path) -> None:
    good = [msgspec.json.encode(row(10 * n, "A?", "x", vector=[1.0])) for n in range(3)]
    bad = good[1].replace(b"[1.0]", b"[NaN]")
    log = tmp_path / "log.jsonl"
    log.write_bytes(b"\n".join([good[0], bad, good[2]]) + b"\n")
    result = layers([str(log)], RECORDED)
    assert [(skip.reason, skip.first_line) for skip in result.skips] == [
        ("a number that JSON does not have (NaN or Infinity)", 2)
    ]
    assert result.requests == 2


def test_other_languages_are_questions_like_others(tmp_path: Path) -> None:
    rows = [
        row(10 * n, text, "x") for n, text in enumerate(("Wann öffnet ihr?", "何時に開きますか?", "何時に開きますか?"))
    ]
    assert layer(replay(tmp_path, rows), "exact").requests_served == 1


def test_a_compiled_trace_holds_no_answers(tmp_path: Path, fixtures: Path) -> None:
    trace = tmp_path / "week.trace"
    save(compile_inputs([str(fixtures / "logs" / "faults.jsonl")], CompileOptions()).trace, trace)
    with pytest.raises(UsageError, match="neither the parameters nor the answers"):
        layers([str(trace)], PUBLIC)


@pytest.mark.parametrize("name", ["pi", "claude_code", "mooncake"])
def test_formats_without_parameters_leave_both_out(name: str, fixtures: Path) -> None:
    folder = next(path for path in (fixtures / "sources").iterdir() if path.name == name)
    result = layers([str(folder)], PUBLIC)
    assert all(layer(result, kind).left_out for kind in ("exact", "semantic"))
    assert layer(result, "prompt").requests_seen == result.requests


def gated(scope: Scope, on: tuple[str, ...] = (), off: tuple[str, ...] = ()) -> StackChoices:
    return StackChoices(scope=scope, semantic=SemanticChoices(embedder="hashing", gates=on, no_gates=off))


@pytest.mark.parametrize(
    ("choices", "about"),
    [
        (StackChoices(layers=("router",)), "router"),
        (StackChoices(fields={"colour": "x"}), "colour"),
        (StackChoices(fields={"model": "x"}), "reads no field"),
        (msgspec.structs.replace(PUBLIC, semantic=SemanticChoices(embedder="bert")), "bert"),
        (msgspec.structs.replace(PUBLIC, semantic=SemanticChoices(embedder="static:/nowhere")), "static"),
        (msgspec.structs.replace(PUBLIC, semantic=SemanticChoices(embedder="hashing", gates=("colour",))), "colour"),
        (msgspec.structs.replace(PUBLIC, semantic=SemanticChoices(embedder="hashing", no_gates=("x",))), "'x'"),
    ],
)
def test_names_that_are_not_known_are_refused(choices: StackChoices, about: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=about):
        replay(tmp_path, [row(0, "A?", "x")], choices)


@pytest.mark.parametrize(
    ("choices", "about"),
    [
        (gated(Scope.TENANT, on=("locale",), off=("locale",)), "'locale' is switched on and off"),
        (gated(Scope.TENANT, off=("tenant",)), "--scope tenant"),
        (gated(Scope.PUBLIC, on=("tenant",)), "--scope public"),
        (StackChoices(exact=ExactChoices(normalise=("ends",), keep=("ends",))), "'ends' is switched on and off"),
    ],
)
def test_choices_that_contradict_each_other_are_refused(choices: StackChoices, about: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=about):
        replay(tmp_path, [row(0, "A?", "x")], choices)


@pytest.mark.parametrize("text", ["a,b,same\nx,,true\n", "a,b,same\nx,y,maybe\n"])
def test_a_broken_label_names_its_line(text: str, tmp_path: Path) -> None:
    labels = tmp_path / "labels.csv"
    labels.write_text(text, encoding="utf-8")
    choices = msgspec.structs.replace(PUBLIC, semantic=SemanticChoices(embedder="hashing", labels=labels))
    with pytest.raises(UsageError, match="line 2"):
        replay(tmp_path, [row(0, "A?", "x")], choices)
