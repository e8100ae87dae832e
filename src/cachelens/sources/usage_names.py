"""Token counts under the names of tools that are no provider: flat, and told apart by their sum."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from msgspec import Raw

from cachelens.sources.fields import text_of
from cachelens.sources.limits import count_of
from cachelens.sources.rawjson import members_of

_PREFIXES = ("gen_ai.usage.", "llm.usage.", "llm.token_count.", "ai.usage.")
"""What spans put before the names below."""

INPUTS = (
    "input", "input_tokens", "prompt_tokens", "inputTokens", "promptTokens", "prompt", "inputUsage",
)  # fmt: skip
OUTPUTS = (
    "output", "output_tokens", "completion_tokens", "outputTokens", "completionTokens", "completion", "outputUsage",
)  # fmt: skip
MORE_OUTPUTS = ("output_reasoning", "output_reasoning_tokens")
"""Counts beside an `output` that leaves them out."""
TOTALS = ("total", "total_tokens", "totalTokens", "totalUsage")
READS = (
    "cache_read_input_tokens", "cache_read.input_tokens", "input_cached_tokens", "input_cache_read",
    "input_tokens_cache_read", "prompt_cache_read_tokens", "prompt_details.cache_read", "details.cache_read_tokens",
    "details.cache_read_input_tokens", "cached_tokens", "cachedInputTokens", "cache_read_tokens", "input_cached",
)  # fmt: skip
WRITES = (
    "cache_creation_input_tokens", "cache_creation.input_tokens", "input_cache_creation", "input_tokens_cache_write",
    "prompt_cache_write_tokens", "prompt_details.cache_write", "details.cache_write_tokens",
    "details.cache_creation_input_tokens", "cache_write_tokens", "cache_creation_tokens", "input_cache_write",
    "input_cache_creation_tokens",
)  # fmt: skip
SHORT_WRITES = ("input_cache_creation_5m", "prompt_cache_write_5m", "ephemeral_5m_input_tokens")
LONG_WRITES = ("input_cache_creation_1h", "prompt_cache_write_1h", "ephemeral_1h_input_tokens")

_OBJECTS = ("prompt_details", "completion_details", "details", "cache_read", "cache_creation")
"""Objects whose members count under their name and a dot."""
_TOKENS = "tokens"
"""Where Cohere keeps what was counted, beside what was billed."""
_BESIDE = frozenset({"input"})
"""Names of an input count that leaves out what was read and written, where no total says otherwise."""


class _Counts(NamedTuple):
    input: int
    output: int | None
    more: int
    read: int | None
    written: int | None
    total: int | None


def counters(members: Mapping[str, Raw]) -> dict[str, object] | None:
    """Return the counts in the words of Anthropic's usage, which do not overlap; `None` without an input count."""
    plain = _plain_names(members)
    name = next((name for name in INPUTS if _count(plain.get(name)) is not None), "")
    if not name:
        inner = members_of(plain[_TOKENS]) if _TOKENS in plain else {}
        return counters({**{key: raw for key, raw in plain.items() if key != _TOKENS}, **inner}) if inner else None
    short, long = _first(plain, SHORT_WRITES), _first(plain, LONG_WRITES)
    written = _first(plain, WRITES)
    if written is None and (short is not None or long is not None):
        written = (short or 0) + (long or 0)
    counts = _Counts(
        _count(plain[name]) or 0,
        _first(plain, OUTPUTS),
        _first(plain, MORE_OUTPUTS) or 0,
        _first(plain, READS),
        written,
        _first(plain, TOTALS),
    )
    apart = (counts.read or 0) + (counts.written or 0)
    beside = _beside(counts, apart, named=name in _BESIDE)
    result: dict[str, object] = {"input_tokens": counts.input if beside else counts.input - apart}
    optional = {
        "output_tokens": None if counts.output is None else counts.output + counts.more,
        "cache_read_input_tokens": counts.read,
        "cache_creation_input_tokens": counts.written,
    }
    result.update({key: count for key, count in optional.items() if count is not None})
    if short or long:
        result["cache_creation"] = {"ephemeral_5m_input_tokens": short or 0, "ephemeral_1h_input_tokens": long or 0}
    return result


def _beside(counts: _Counts, apart: int, *, named: bool) -> bool:
    """Say whether the input count leaves out reads and writes: the total tells, else the size, else the name."""
    if counts.total is not None and counts.output is not None:
        answered = (counts.output, counts.output + counts.more)
        if any(counts.input + output == counts.total for output in answered):
            return False
        if any(counts.input + apart + output == counts.total for output in answered):
            return True
    return apart > counts.input or named


def _plain_names(members: Mapping[str, Raw]) -> dict[str, Raw]:
    plain: dict[str, Raw] = {}
    for name, raw in members.items():
        prefix = next((prefix for prefix in _PREFIXES if name.startswith(prefix)), "")
        if bytes(raw) != b"null":
            plain.setdefault(name.removeprefix(prefix), raw)
    for name in _OBJECTS:
        for inner, raw in members_of(plain.get(name, b"")).items():
            plain.setdefault(f"{name}.{inner}", raw)
    return plain


def _first(plain: Mapping[str, Raw], names: Iterable[str]) -> int | None:
    return next((count for name in names if (count := _count(plain.get(name))) is not None), None)


def _count(raw: Raw | None) -> int | None:
    """Return a whole number, also one that was written as text or with `.0`."""
    return None if raw is None else count_of(text_of(raw).removesuffix(".0"))
