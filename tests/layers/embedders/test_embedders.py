"""Embedders behind one interface: from files, by name, and with a next step where something is missing."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

from cachelens.errors import UsageError
from cachelens.layers.embedders import wordllama
from cachelens.layers.embedders.choosing import embedder
from cachelens.layers.neighbours import cosines, quantised

WORDS = ("[UNK]", "open", "closed", "when")


def tokenizer(folder: Path) -> None:
    """A tokenizer of whole words."""
    model = {"type": "WordLevel", "vocab": {word: n for n, word in enumerate(WORDS)}, "unk_token": "[UNK]"}
    split = {"type": "Whitespace"}
    nothing = dict.fromkeys(("truncation", "padding", "normalizer", "post_processor", "decoder"))
    document: dict[str, Any] = {"version": "1.0", "added_tokens": [], **nothing, "pre_tokenizer": split, "model": model}
    (folder / "tokenizer.json").write_text(json.dumps(document), encoding="utf-8")


def static_model(folder: Path, **tensors: Any) -> str:  # noqa: ANN401 - arrays of any type
    numpy_files = pytest.importorskip("safetensors.numpy")
    pytest.importorskip("tokenizers")
    tokenizer(folder)
    numpy_files.save_file(tensors, str(folder / "model.safetensors"))
    return f"static:{folder}"


def test_a_static_model_is_the_mean_of_its_tokens(tmp_path: Path) -> None:
    found = embedder(static_model(tmp_path, embeddings=np.array([[0, 0], [1, 0], [0, 1], [1, 1]], dtype=np.float32)))
    rows = found.embed(["open", "open closed", "when open", "", "open \ud800"])
    assert rows[:4].tolist() == [[1, 0], [0.5, 0.5], [1, 0.5], [0, 0]]
    assert rows[4].tolist() == [0.5, 0]


def test_weights_and_mappings_of_smaller_models_are_used(tmp_path: Path) -> None:
    tensors = {
        "embeddings": np.array([[0, 0], [2, 0]], dtype=np.float32),
        "mapping": np.array([0, 1, 1, 0], dtype=np.int64),
        "weights": np.array([1, 1, 3, 1], dtype=np.float32),
    }
    assert embedder(static_model(tmp_path, **tensors)).embed(["open", "closed"]).tolist() == [[2, 0], [6, 0]]


@pytest.mark.parametrize(
    "tensors",
    [{"other": np.zeros((4, 2), dtype=np.float32)}, {"embeddings": np.zeros((2, 2), dtype=np.float32)}],
)
def test_a_folder_without_such_a_model_is_refused(tmp_path: Path, tensors: Mapping[str, Any]) -> None:
    with pytest.raises(UsageError):
        embedder(static_model(tmp_path, **tensors))


@pytest.mark.parametrize("name", ["bert", "static:", "static:/nowhere", "onnx:", "onnx:/nowhere"])
def test_names_and_paths_that_lead_nowhere_are_refused(name: str) -> None:
    with pytest.raises(UsageError) as refused:
        embedder(name)
    assert refused.value.hint


def test_a_missing_library_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "model.onnx").write_bytes(b"")
    for module in ("onnxruntime", "safetensors", "safetensors.numpy", "tokenizers"):
        monkeypatch.setitem(sys.modules, module, None)
    for name, extra in ((f"onnx:{tmp_path}", "onnx"), (f"static:{tmp_path}", "semantic")):
        with pytest.raises(UsageError) as refused:
            embedder(name)
        assert f"cachelens-sim[{extra}]" in refused.value.hint


def test_auto_needs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wordllama, "is_installed", lambda: False)
    assert embedder("auto").id == "hashing"


class _Session:
    """Stands for a model that returns each token's number, twice."""

    def __init__(self, path: str, options: object, providers: list[str]) -> None:
        self.path, self.providers = path, providers

    def get_inputs(self) -> list[SimpleNamespace]:
        return [SimpleNamespace(name="input_ids"), SimpleNamespace(name="attention_mask")]

    def run(self, _names: None, feeds: dict[str, Any]) -> list[Any]:
        assert set(feeds) == {"input_ids", "attention_mask"}
        return [np.repeat(feeds["input_ids"][:, :, None], 2, axis=2).astype(np.float32)]


def test_an_onnx_model_is_pooled_over_its_own_tokens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("tokenizers")
    fake = ModuleType("onnxruntime")
    fake.__dict__.update(InferenceSession=_Session, SessionOptions=SimpleNamespace)
    monkeypatch.setitem(sys.modules, "onnxruntime", fake)
    tokenizer(tmp_path)
    (tmp_path / "model.onnx").write_bytes(b"model")
    found = embedder(f"onnx:{tmp_path}")
    assert found.embed(["open closed when", "when"]).tolist() == [[2, 2], [3, 3]]
    assert found.id == f"onnx:{tmp_path.name}"


@pytest.mark.skipif(not wordllama.is_installed(), reason="the extra `semantic` is not installed")
def test_the_installed_model_knows_like_words_and_misses_what_its_limits_say() -> None:
    found = embedder("wordllama")
    rows = quantised(found.embed(["safe to mix", "unsafe to mix", "annual holiday", "yearly vacation", "brake pads"]))
    safe, like, other = cosines(rows[[0, 2, 2]], rows[[1, 3, 4]]).tolist()
    assert like > other
    assert safe > 0.85
