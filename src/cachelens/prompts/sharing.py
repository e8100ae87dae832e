"""What is left out of a trace, or keyed, so that it can be given to others.

Keyed hashes are equal where the names were equal and cannot be undone without the salt. Names that say which
rules and prices hold (model, provider, platform, modifiers) stay readable, and so do counts and times.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping

import msgspec
import numpy as np

from cachelens.prompts.trace import Trace
from cachelens.prompts.workloads import is_inferred

_KEY_BYTES = 64
"""The longest key that BLAKE2b takes."""
_NAME_BYTES = 8
_KEYED_TABLES = ("session", "tenant", "cache_key", "cache_object")


def without_text(trace: Trace) -> Trace:
    """Return the trace without the text of its prompts."""
    if not len(trace.segments.text_start):
        return trace
    segments = dataclasses.replace(
        trace.segments, text=np.zeros(0, dtype=np.uint8), text_start=np.zeros(0, dtype=np.int64)
    )
    return dataclasses.replace(trace, segments=segments)


def salted(trace: Trace, salt: str) -> Trace:
    """Return the trace without text, and with keyed hashes for ids, file names and content.

    A workload that the log names is keyed too; an inferred name is a hash already and stays.
    """
    keys = Keys(salt)
    plain = without_text(trace)
    strings = dict(plain.strings)
    for table in _KEYED_TABLES:
        strings[table] = tuple(map(keys.name, strings[table]))
    strings["workload"] = tuple(name if is_inferred(name) else keys.name(name) for name in strings["workload"])
    rows = [keys.digest(row.tobytes()) for row in plain.segments.digest]
    digest = np.frombuffer(b"".join(rows), dtype=np.uint8).reshape(-1, plain.segments.digest.shape[1])
    return dataclasses.replace(
        plain,
        strings=strings,
        request_ids=tuple(map(keys.name, plain.request_ids)),
        segments=dataclasses.replace(plain.segments, digest=digest),
        files=tuple(map(keys.name, plain.files)),
        meta={**_without_paths(plain.meta, keys), "salted": True},
    )


class Keys:
    """Hashes under one salt."""

    def __init__(self, salt: str) -> None:
        raw = salt.encode("utf-8", "surrogatepass")
        self._key = raw if len(raw) <= _KEY_BYTES else hashlib.blake2b(raw).digest()

    def name(self, text: str) -> str:
        """Return what stands for a name; the empty one stays empty."""
        if not text:
            return text
        raw = text.encode("utf-8", "surrogatepass")
        return hashlib.blake2b(raw, key=self._key, digest_size=_NAME_BYTES).hexdigest()

    def digest(self, content: bytes) -> bytes:
        """Return what stands for a content hash, as long as that one."""
        return hashlib.blake2b(content, key=self._key, digest_size=len(content)).digest()


def _without_paths(meta: Mapping[str, object], keys: Keys) -> dict[str, object]:
    """Return the facts with keyed paths in the rows about inputs and skips."""
    result = dict(meta)
    for name in ("inputs", "skips"):
        rows = msgspec.convert(result.get(name, ()), tuple[dict[str, object], ...])
        result[name] = [{**row, "path": keys.name(str(row.get("path", "")))} for row in rows]
    return result
