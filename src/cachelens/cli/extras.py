"""The optional parts of an installation: one row an extra of the distribution, and what it brings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

DISTRIBUTION = "cachelens-sim"


class Extra(NamedTuple):
    """One extra."""

    brings: str
    """What is better or possible with it, for `cachelens doctor`."""
    modules: Mapping[str, str]
    """Distribution to the module that it is imported by; empty for one of which only files are read."""


EXTRAS: Mapping[str, Extra] = {
    "fast": Extra(
        "the same results, sooner: compiled loops, a faster tokenizer, faster gzip",
        {"numba": "numba", "splintr-rs": "splintr", "isal": "isal"},
    ),
    "parquet": Extra("traces in and out of Parquet", {"pyarrow": "pyarrow"}),
    "code": Extra(
        "prompts in TypeScript and JavaScript",
        {"tree-sitter": "tree_sitter", "tree-sitter-typescript": "tree_sitter_typescript"},
    ),
    "semantic": Extra(
        "questions compared by meaning in semantic caches",
        {"safetensors": "safetensors", "tokenizers": "tokenizers", "wordllama": ""},
    ),
    "onnx": Extra(
        "a sentence encoder of your own in semantic caches",
        {"onnxruntime": "onnxruntime", "tokenizers": "tokenizers"},
    ),
    "report": Extra("charts in reports", {"vl-convert-python": "vl_convert"}),
}
"""Extras that change what a user can do; those for working on CacheLens itself are not among them."""
