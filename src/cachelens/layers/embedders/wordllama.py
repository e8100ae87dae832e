"""WordLlama's static embeddings, read from the installed package's own files, without its code and without network.

Its loader looks for the tokenizer in a folder that the wheel does not have, and then asks the network.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np

from cachelens.layers.embedders.pooled import Pooled, lacking, tensors_at, tokenizer_at

_WEIGHTS = Path("weights", "l2_supercat_256.safetensors")
_TOKENIZER = Path("tokenizers", "l2_supercat_tokenizer_config.json")
_EXTRA = "semantic"
_LIMITS = (
    "It knows words with like meaning, but not their order: it scores questions that differ in one word that matters "
    "(safe and unsafe, one order and another) almost as high as equal ones."
)


def is_installed() -> bool:
    """Say whether all that it needs is there; nothing is imported."""
    folder = _folder()
    needs = ("tokenizers", "safetensors")
    return folder is not None and (folder / _WEIGHTS).is_file() and all(find_spec(name) is not None for name in needs)


def load(_path: str = "") -> Pooled:
    """Return the embedder; `UsageError` without the extra."""
    folder = _folder()
    if folder is None or not (folder / _WEIGHTS).is_file():
        raise lacking("wordllama", _EXTRA)
    vectors = tensors_at(folder / _WEIGHTS, _EXTRA)["embedding.weight"].astype(np.float32)
    tokenizer = tokenizer_at(folder / _TOKENIZER, _EXTRA)
    return Pooled("wordllama", "WordLlama static embeddings, 256 numbers", _LIMITS, tokenizer, vectors)


def _folder() -> Path | None:
    found = find_spec("wordllama")
    places = found.submodule_search_locations if found is not None else None
    return Path(places[0]) if places else None
