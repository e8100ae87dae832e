"""A static model from a folder, as model2vec writes it: `model.safetensors` and `tokenizer.json`."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from cachelens.errors import UsageError
from cachelens.layers.embedders.pooled import Pooled, tensors_at, tokenizer_at

_NAMES = ("embeddings", "embedding.weight", "0", "weight")
"""Under which models keep their vectors."""


def load(path: str = "") -> Pooled:
    """Return the embedder of a folder; `UsageError` for one that holds no such model."""
    folder = Path(path)
    if not path or not folder.is_dir():
        raise UsageError(f"there is no folder {path!r} with a static model", hint="--embedder static:FOLDER")
    tensors = tensors_at(folder / "model.safetensors", "semantic")
    name = next((name for name in _NAMES if name in tensors), None)
    if name is None or tensors[name].ndim != 2:  # noqa: PLR2004 - one row a token
        raise UsageError(f"{folder}/model.safetensors holds no table of vectors", hint=f"needed: {', '.join(_NAMES)}")
    vectors = tensors[name].astype(np.float32)
    if "mapping" in tensors:
        vectors = vectors[tensors["mapping"].astype(np.int64)]
    if "weights" in tensors:
        vectors = vectors * tensors["weights"].astype(np.float32)[:, None]
    tokenizer = tokenizer_at(folder / "tokenizer.json", "semantic")
    if tokenizer.get_vocab_size() > len(vectors):
        raise UsageError(f"{folder} has more tokens than vectors", hint="take both files from one model")
    about = f"static model {folder.name}, {vectors.shape[1]} numbers"
    return Pooled(f"static:{folder.name}", about, "What it tells apart is for its maker to say.", tokenizer, vectors)
