"""Prompts made unreadable, so that what a cache sees in them stays."""

from __future__ import annotations

import hashlib
from typing import Any

KEPT = frozenset(
    {
        *("model", "modelVersion", "role", "type", "object", "id", "responseId", "service_tier", "serviceTier", "ttl"),
        *("mode", "finish_reason", "stop_reason", "finishReason", "status", "code", "media_type", "mimeType", "speed"),
        *("mime_type", "tool_choice", "reasoning_effort", "effort", "verbosity", "prompt_cache_retention"),
        *("inference_geo", "anthropic_version", "detail", "format"),
    }
)
"""Keys whose text says what something is, and nothing that a user wrote."""
_KEYED = frozenset({"properties", "$defs", "definitions", "input", "args", "arguments", "metadata", "functionResponse"})
"""Keys of objects whose own keys a user chose; they are hashed too."""
_COUNTED = frozenset({"usage", "usageMetadata", "usage_metadata"})
_CALL = frozenset(
    {
        *("id", "object", "type", "model", "modelVersion", "responseId", "service_tier", "created", "created_at"),
        *("status", "error", "code", "stream", "prompt_cache_key", "speed", "inference_geo"),
    }
)
"""Keys that stay where prompts are dropped; of an answer inside an event too."""
_INSIDE = ("message", "response")
"""Where an event of a stream keeps the answer."""


def hashed(value: Any, salt: bytes, *, chosen_keys: bool = False) -> Any:
    """Replace text by hashes, line by line and as long as the line: equal lines stay equal, and nothing else shows.

    Numbers, truth values and the shape stay as they are. `chosen_keys` hashes the keys of this object too.
    """
    match value:
        case str():
            return _hashed_text(value, salt)
        case list():
            return [hashed(item, salt, chosen_keys=chosen_keys and isinstance(item, dict)) for item in value]
        case dict():
            return {
                (_hashed_text(name, salt) if chosen_keys else name): part
                if name in _COUNTED or (name in KEPT and isinstance(part, str) and not chosen_keys)
                else hashed(part, salt, chosen_keys=chosen_keys or (name in _KEYED and isinstance(part, dict)))
                for name, part in value.items()
            }
        case _:
            return value


def _hashed_text(text: str, salt: bytes) -> str:
    return "\n".join(_hashed_line(line, salt) for line in text.split("\n"))


def _hashed_line(line: str, salt: bytes) -> str:
    if not line.strip():
        return line
    digest = hashlib.blake2b(line.encode("utf-8", "surrogatepass"), key=salt[:64], digest_size=16).hexdigest()
    return (digest * (len(line) // len(digest) + 1))[: max(len(line), len(digest) // 2)]


def dropped(value: Any) -> Any:
    """Keep what a call was and what it counted; leave out everything that was said."""
    if isinstance(value, list):
        return [dropped(item) for item in value]
    if not isinstance(value, dict):
        return None
    kept = {name: part for name, part in value.items() if name in _COUNTED or (name in _CALL and not _nested(part))}
    if "error" in value:
        kept["error"] = True
    for name in _INSIDE:
        if isinstance(value.get(name), dict):
            kept[name] = dropped(value[name])
    return kept


def _nested(part: object) -> bool:
    return isinstance(part, dict | list)
