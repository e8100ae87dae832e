"""What a replica holds and how long it computes, worked out by hand."""

import json
import math
from pathlib import Path

import jsonschema
import pytest
import yaml

from cachelens.errors import UsageError
from cachelens.fleet import documents, hardware, tables
from cachelens.fleet.tables import Number
from cachelens.kernels import fleet_arrays as kernels


@pytest.mark.parametrize(
    ("llm", "expected"),
    [
        ("llama-3.1-8b", 131_072),  # 2 * 32 layers * 8 heads * 128 * 2 bytes
        ("llama-3.1-70b", 327_680),  # 2 * 80 * 8 * 128 * 2
        ("qwen3-32b", 262_144),  # 2 * 64 * 8 * 128 * 2
        ("deepseek-v3", 70_272),  # 61 * (512 + 64) * 2, no factor for keys and values
    ],
)
def test_a_token_takes_its_published_bytes(llm: str, expected: int) -> None:
    assert hardware.kv_bytes(tables.llm(llm), 1) == expected
    assert hardware.kv_bytes(tables.llm(llm), 1000, kv=Number.FP8) == 500 * expected


def test_a_window_keeps_no_more_than_its_tokens() -> None:
    model = tables.llm("gpt-oss-20b")  # 12 of 24 layers see 128 tokens; 2 * 8 heads * 64 * 2 bytes a layer and token
    assert hardware.kv_bytes(model, 100) == 2048 * 24 * 100
    assert hardware.kv_bytes(model, 1000) == 2048 * (12 * 1000 + 12 * 128)


def test_heads_are_copied_where_gpus_outnumber_them() -> None:
    model = tables.llm("llama-3.1-8b")
    assert hardware.kv_bytes(model, 1, copies_over=8) == 131_072
    assert hardware.kv_bytes(model, 1, copies_over=16) == 2 * 131_072
    assert hardware.kv_bytes(tables.llm("deepseek-v3"), 1, copies_over=8) == 8 * 70_272


@pytest.mark.parametrize(("llm", "gpus", "published"), [("qwen3-32b", 2, 307_328), ("llama-3.1-70b", 4, 461_376)])
def test_capacity_comes_within_a_percent_of_what_vllm_reported(llm: str, gpus: int, published: int) -> None:
    found = hardware.capacity("h100", llm, block_size=16, tensor_parallel=gpus, utilisation=0.9)
    assert found.tokens == pytest.approx(published, rel=0.01)
    assert found.tokens == 16 * found.blocks


def test_capacity_by_hand() -> None:
    """68 GiB (0.9 * 80 - 4) less 16.06 GB of weights are 56,954,444,032 bytes; 27,157 blocks of 2 MiB, less one."""
    found = hardware.capacity("h100", "llama-3.1-8b", block_size=16, utilisation=0.9)
    assert found.blocks == 27_156
    halved = hardware.capacity("h100", "llama-3.1-8b", block_size=16, utilisation=0.9, kv="fp8")
    assert halved.blocks == pytest.approx(2 * found.blocks, abs=2)


def test_latency_by_hand() -> None:
    """Two H100 at 989.5e12 and 45 % for Qwen3 32B."""
    found = hardware.latency("h100", "qwen3-32b", tensor_parallel=2)
    rate = 2 * 989.5e12 * 0.45
    assert found.per_token == pytest.approx(1e6 * 2 * 32.76e9 / rate)
    assert found.per_pair == pytest.approx(1e6 * 4 * 64 * 64 * 128 / rate)
    assert found.decode == pytest.approx(126 + 32 * 64 + 1e6 * 65.52e9 / (2 * 3.35e12))
    assert found.per_running == pytest.approx(1e6 * 2 * 32.76e9 / (2 * 989.5e12 * 0.30))
    assert found.per_held == pytest.approx(1e6 * 262_144 / (2 * 3.35e12))
    assert found.array()[kernels.PER_TOKEN] == found.per_token
    assert found.array()[kernels.PER_HELD] == found.per_held


def test_latency_agrees_with_published_rooflines() -> None:
    assert hardware.latency("h100", "llama-3.1-8b").per_token == pytest.approx(36, abs=0.5)
    assert hardware.latency("h100", "llama-3.1-70b", tensor_parallel=4).per_token == pytest.approx(79, abs=0.5)


def test_smaller_weights_are_computed_faster_only_where_the_gpu_can() -> None:
    def speed_up(gpu: str) -> float:
        plain, small = (hardware.latency(gpu, "qwen3-8b", weights=number) for number in ("bf16", "fp8"))
        return plain.per_token / small.per_token

    assert speed_up("h100") == pytest.approx(2)
    assert speed_up("a100") == 1


def test_windows_move_attention_from_the_pair_to_the_token() -> None:
    found = hardware.latency("h100", "gemma-3-27b")
    rate = 989.5e12 * 0.45
    assert found.per_pair == pytest.approx(1e6 * 4 * 10 * 32 * 128 / rate)
    assert found.per_token == pytest.approx(1e6 * (2 * 27.4e9 + 4 * 52 * 32 * 128 * 1024) / rate)


@pytest.mark.parametrize(
    ("gpu", "llm", "options", "message", "hint"),
    [
        ("h10", "qwen3-8b", {}, "no GPU `h10`", "h100"),
        ("h100", "qwen-3-8b", {}, "no language model `qwen-3-8b`", "qwen3-8b"),
        ("h100", "llama-3.1-70b", {}, "does not fit", "at least 2 GPUs"),
        ("h100", "qwen3-8b", {"tensor_parallel": 0}, "0 GPUs", "1 or more"),
        ("h100", "qwen3-8b", {"utilisation": 92}, "92 of the memory", "share"),
        ("h100", "qwen3-8b", {"kv": "int9"}, "'int9' is no format", "bf16, fp8"),
    ],
)
def test_what_cannot_be_is_said(gpu: str, llm: str, options: dict[str, object], message: str, hint: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        hardware.capacity(gpu, llm, block_size=16, **options)  # type: ignore[arg-type]  # one wrong option a case
    assert hint in caught.value.hint


def test_names_are_found_by_id_alias_and_any_case() -> None:
    assert tables.llm("Qwen/Qwen3-32B") is tables.llm("qwen3-32b")
    assert tables.gpu("H100") is tables.gpu("h100-sxm")


@pytest.mark.parametrize(("file", "rows"), [("gpus.yaml", "gpus"), ("llms.yaml", "llms")])
def test_the_tables_are_sorted_sourced_and_known_to_an_editor(file: str, rows: str) -> None:
    data = yaml.safe_load((tables.folder() / file).read_text("utf-8"))
    jsonschema.validate(data, json.loads(tables.schema()))
    ids = [row["id"] for row in data[rows]]
    names = [name for row in data[rows] for name in (row["id"], *row.get("aliases", ()))]
    assert ids == sorted(ids)
    assert len(names) == len({name.lower() for name in names})
    assert {source for row in data[rows] for source in row["sources"]} == set(data["sources"])
    assert [row["id"] for row in data[rows] if row["confidence"] != "high" and not row.get("note")] == []


def test_the_schema_in_the_folder_is_the_one_of_the_types() -> None:
    written = (tables.folder() / "schema.json").read_text("utf-8")
    assert written == tables.schema(), "run: python -m cachelens.fleet.tables > pricing/hardware/schema.json"


def test_every_row_can_be_used() -> None:
    """A row that lacks what its formula needs would give zero or nothing."""
    for model in tables.llms():
        gpus = 1 << math.ceil(math.log2(max(1, hardware.weight_bytes(model) / 60e9)))
        for name in ("h100", "h200"):
            assert hardware.capacity(name, model.id, block_size=16, tensor_parallel=2 * gpus).blocks > 100
        assert min(hardware.latency("h100", model.id).array()) > 0
    for card in tables.gpus():
        assert min(hardware.latency(card.id, "llama-3.1-8b").array()) > 0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sources: {}\ngpus:\n  - id: x\n    memory_gib: 0\n", ":4: expected `float` > 0"),
        ("sources: {}\ngpus: []\ngpsu: []\n", ":3: object contains unknown field `gpsu`"),
        ("sources: {}\nsources: {}\n", ":2: 'sources' stands twice"),
        ("- a\n", ":1: expected names with values"),
        ("sources: {a: [\n", "not valid YAML"),
        ("sources: &a {}\ngpus: *a\n", "aliases"),
    ],
)
def test_a_faulty_table_is_named_by_line(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "gpus.yaml"
    path.write_text(text)
    with pytest.raises(UsageError) as caught:
        documents.read(path, tables.GpuTable, hint="see the schema")
    assert message in caught.value.message
    assert str(path) in caught.value.message
