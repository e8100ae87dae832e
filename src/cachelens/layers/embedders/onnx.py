"""A sentence encoder from a folder: `model.onnx` and `tokenizer.json`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cachelens.errors import UsageError
from cachelens.layers.embedders.base import F32
from cachelens.layers.embedders.pooled import lacking, tokenizer_at

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_BATCH = 32
_LONGEST = 256
"""Tokens of a text that are looked at, as small encoders do."""


class Onnx:
    """Runs the model on one thread, so that sums come in one order."""

    close = 0.85
    far = 0.40
    limits = "What it tells apart is for its maker to say; it looks at the first 256 tokens."

    def __init__(self, name: str, session: Any, tokenizer: Tokenizer) -> None:  # noqa: ANN401 - the library has no types
        self.id = f"onnx:{name}"
        self.about = f"ONNX model {name}"
        self._session = session
        self._tokenizer = tokenizer
        self._inputs = {given.name for given in session.get_inputs()}

    def embed(self, texts: Sequence[str]) -> F32:
        """Return one row a text."""
        parts = [self._batch(texts[start : start + _BATCH]) for start in range(0, len(texts), _BATCH)]
        return np.concatenate(parts) if parts else np.zeros((0, 1), dtype=np.float32)

    def _batch(self, texts: Sequence[str]) -> F32:
        found = self._tokenizer.encode_batch([text.encode("utf-8", "replace").decode() for text in texts])
        ids = np.array([one.ids for one in found], dtype=np.int64)
        mask = np.array([one.attention_mask for one in found], dtype=np.int64)
        feeds = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        outputs = self._session.run(None, {name: value for name, value in feeds.items() if name in self._inputs})
        first = np.asarray(outputs[0], dtype=np.float32)
        if first.ndim == 2:  # noqa: PLR2004 - one vector a text already
            return first
        weights = mask[:, :, None].astype(np.float32)
        pooled: F32 = (first * weights).sum(axis=1) / np.maximum(weights.sum(axis=1), 1)
        return pooled


def load(path: str = "") -> Onnx:
    """Return the embedder of a folder; `UsageError` without the extra or the files."""
    folder = Path(path)
    if not path or not (folder / "model.onnx").is_file():
        raise UsageError(f"there is no model.onnx in {path!r}", hint="--embedder onnx:FOLDER")
    try:
        import onnxruntime
    except ImportError:
        raise lacking("onnxruntime", "onnx") from None
    tokenizer = tokenizer_at(folder / "tokenizer.json", "onnx")
    tokenizer.enable_truncation(_LONGEST)
    tokenizer.enable_padding()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"])
    return Onnx(folder.name, session, tokenizer)
