"""The embedder that a name stands for."""

from __future__ import annotations

from typing import cast

from cachelens.catalog import load_catalog
from cachelens.layers.embedders import wordllama
from cachelens.layers.embedders.base import Embedder
from cachelens.model.stack import AUTO


def embedder(name: str) -> Embedder:
    """Return an embedder: an id of the catalogue, `static:FOLDER`, `onnx:FOLDER`, or `auto`.

    `auto` is WordLlama where the extra is installed, else the one that needs nothing.
    Raises `UsageError` for a name that is none, or for what is not installed.
    """
    if name == AUTO:
        name = "wordllama" if wordllama.is_installed() else "hashing"
    identifier, _, path = name.partition(":")
    return cast("Embedder", load_catalog("layers.embedders").get(identifier)(path))
