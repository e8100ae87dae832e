"""Static embeddings: one vector a token, their mean a text."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from cachelens.errors import UsageError
from cachelens.layers.embedders.base import F32

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_BATCH = 1_024


class Pooled:
    """Means over the vectors of a text's tokens."""

    close = 0.85
    far = 0.40

    def __init__(self, identifier: str, about: str, limits: str, tokenizer: Tokenizer, vectors: F32) -> None:
        self.id = identifier
        self.about = about
        self.limits = limits
        self._tokenizer = tokenizer
        self._vectors = vectors

    def embed(self, texts: Sequence[str]) -> F32:
        """Return one row a text."""
        size = self._vectors.shape[1]
        rows = np.zeros((len(texts), size), dtype=np.float32)
        for start in range(0, len(texts), _BATCH):
            some = [text.encode("utf-8", "replace").decode() for text in texts[start : start + _BATCH]]
            for place, found in enumerate(self._tokenizer.encode_batch(some, add_special_tokens=False), start=start):
                if found.ids:
                    rows[place] = self._vectors[found.ids].mean(axis=0, dtype=np.float64)
        return rows


def tokenizer_at(path: Path, extra: str) -> Tokenizer:
    """Read a tokenizer; `UsageError` without the library or the file."""
    try:
        from tokenizers import Tokenizer
    except ImportError:
        raise lacking("tokenizers", extra) from None
    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # noqa: BLE001 - the library raises bare exceptions for files that it cannot read
        raise UsageError(
            f"cannot read the tokenizer {path}: {error}", hint="name a folder with tokenizer.json"
        ) from None
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def tensors_at(path: Path, extra: str) -> dict[str, npt.NDArray[np.float32]]:
    """Read the arrays of a safetensors file; `UsageError` without the library or the file."""
    try:
        from safetensors import SafetensorError
        from safetensors.numpy import load_file
    except ImportError:
        raise lacking("safetensors", extra) from None
    try:
        tensors: dict[str, npt.NDArray[np.float32]] = load_file(str(path))
    except (OSError, SafetensorError) as error:
        raise UsageError(
            f"cannot read the weights {path}: {error}", hint="name a folder with model.safetensors"
        ) from None
    return tensors


def lacking(library: str, extra: str) -> UsageError:
    """Return the error of a library that is not installed."""
    return UsageError(
        f"this embedder needs {library}, which is not installed",
        hint=f"pip install 'cachelens-sim[{extra}]', or leave out --embedder",
    )
