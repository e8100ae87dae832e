"""Usage counters of every API, converted to disjoint counts at the border."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from cachelens.model.usage import Usage
from cachelens.sources.jsonl import UNREADABLE
from cachelens.sources.limits import MOST_TOKENS, TOO_MANY
from cachelens.sources.wire_counts import ChainDetails, PromptDetails, WireUsage, WriteDetails


class BadUsage(Struct, frozen=True):
    """Counts that cannot be; `detail` names the two fields that disagree."""

    detail: str


_BEYOND = f"Expected `int` <= {MOST_TOKENS}"
"""How the decoder says that a count is too large."""
_decode = msgspec.json.Decoder(WireUsage).decode


def decode_usage(raw: bytes) -> WireUsage | BadUsage:
    """Read a usage object of any dialect."""
    try:
        return _decode(raw)
    except UNREADABLE as error:
        why, _, place = str(error).partition(" - at ")
        return BadUsage(f"{TOO_MANY} at {place}" if why == _BEYOND else str(error))


def convert(wire: WireUsage, *, exclusive: bool, write_ttl: str) -> Usage | BadUsage | None:
    """Turn provider counters into disjoint counts; `None` when there is no input count.

    `exclusive` decides for `input_tokens` without details: Anthropic leaves reads and writes out of it,
    Responses includes them. `write_ttl` is the class of writes that are reported without one.
    """
    if wire.prompt_tokens is not None:
        return _chat(wire, wire.prompt_tokens, write_ttl)
    if wire.promptTokenCount is not None or wire.prompt_token_count is not None:
        return _gemini(wire)
    if wire.inputTokens is not None:
        return _converse(wire, wire.inputTokens, write_ttl)
    if wire.input_tokens is None:
        return None
    if wire.input_token_details is not None:
        return _chain(wire.input_tokens, wire.input_token_details, wire.output_tokens, write_ttl)
    if wire.input_tokens_details is None and (
        exclusive or wire.cache_read_input_tokens is not None or wire.cache_creation_input_tokens is not None
    ):
        return _anthropic(wire, wire.input_tokens, write_ttl)
    return _responses(wire, wire.input_tokens, write_ttl)


def _chat(wire: WireUsage, total: int, write_ttl: str) -> Usage | BadUsage:
    details = wire.prompt_tokens_details
    if not isinstance(details, PromptDetails):
        details = _NO_DETAILS
    if details.cached_tokens is not None and _only_reads(wire, details):
        output = _chat_output(wire)
        if 0 <= details.cached_tokens <= total and (output or 0) >= 0:
            return Usage(uncached_input=total - details.cached_tokens, cache_read=details.cached_tokens, output=output)
    read = ("prompt_tokens_details.cached_tokens", details.cached_tokens)
    if read[1] is None:
        read = _first(
            ("prompt_cache_hit_tokens", wire.prompt_cache_hit_tokens),
            ("cached_tokens", wire.cached_tokens),
            ("cached_prompt_text_tokens", wire.cached_prompt_text_tokens),
            ("cache_read_input_tokens", wire.cache_read_input_tokens),
        )
    written = ("prompt_tokens_details.cache_write_tokens", details.cache_write_tokens)
    if written[1] is None:
        written = _first(
            ("prompt_tokens_details.cache_creation_input_tokens", details.cache_creation_input_tokens),
            ("cache_write_tokens", wire.cache_write_tokens),
            ("cache_creation_input_tokens", wire.cache_creation_input_tokens),
        )
    hit, miss = wire.prompt_cache_hit_tokens, wire.prompt_cache_miss_tokens
    if hit is not None and miss is not None and hit + miss != total:
        return BadUsage("prompt_cache_hit_tokens + prompt_cache_miss_tokens is not prompt_tokens")
    writes = _writes(written, details.cache_write_tokens_details or wire.cache_creation, write_ttl)
    return _inclusive(("prompt_tokens", total), read, written, writes, _chat_output(wire))


def _only_reads(wire: WireUsage, details: PromptDetails) -> bool:
    """Say whether nothing but `cached_tokens` divides the prompt, as most responses have it."""
    return (
        details.cache_write_tokens is None
        and details.cache_creation_input_tokens is None
        and details.cache_write_tokens_details is None
        and wire.cache_write_tokens is None
        and wire.cache_creation_input_tokens is None
        and wire.cache_creation is None
        and wire.prompt_cache_hit_tokens is None
    )


def _chat_output(wire: WireUsage) -> int | None:
    """Add reasoning to the output where a provider reports it beside the completion, as the total shows."""
    output = wire.completion_tokens
    reasoning = wire.completion_tokens_details and wire.completion_tokens_details.reasoning_tokens
    if output is None or not reasoning or wire.total_tokens is None or wire.prompt_tokens is None:
        return output
    return output + reasoning if wire.prompt_tokens + output + reasoning == wire.total_tokens else output


def _responses(wire: WireUsage, total: int, write_ttl: str) -> Usage | BadUsage:
    details = wire.input_tokens_details or _NO_DETAILS
    read = ("input_tokens_details.cached_tokens", details.cached_tokens)
    written = ("input_tokens_details.cache_write_tokens", details.cache_write_tokens)
    writes = _writes(written, details.cache_write_tokens_details, write_ttl)
    return _inclusive(("input_tokens", total), read, written, writes, wire.output_tokens)


def _chain(total: int, details: ChainDetails, output: int | None, write_ttl: str) -> Usage | BadUsage:
    read = ("input_token_details.cache_read", details.cache_read)
    written = ("input_token_details.cache_creation", details.cache_creation)
    split = WriteDetails(
        ephemeral_5m_input_tokens=details.ephemeral_5m_input_tokens,
        ephemeral_1h_input_tokens=details.ephemeral_1h_input_tokens,
    )
    writes = _writes(written if written[1] else (written[0], None), split, write_ttl)
    return _inclusive(("input_tokens", total), read, written, writes, output)


def _gemini(wire: WireUsage) -> Usage | BadUsage:
    """Take the cached part out of the prompt; tool results and thoughts are counted beside it.

    The API leaves out counters that are zero, as the JSON form of protocol buffers does, so a missing one is zero here.
    """
    prompt = _either(wire.promptTokenCount, wire.prompt_token_count)
    tools = _either(wire.toolUsePromptTokenCount, wire.tool_use_prompt_token_count)
    answer = _either(wire.candidatesTokenCount, wire.candidates_token_count)
    thoughts = _either(wire.thoughtsTokenCount, wire.thoughts_token_count)
    for name, count in (("toolUsePromptTokenCount", tools), ("thoughtsTokenCount", thoughts)):
        if (count or 0) < 0:
            return BadUsage(f"{name} is negative")
    output = None if answer is None and thoughts is None else (answer or 0) + (thoughts or 0)
    cached = _either(wire.cachedContentTokenCount, wire.cached_content_token_count)
    read = ("cachedContentTokenCount", 0 if cached is None and prompt is not None else cached)
    return _inclusive(("promptTokenCount", (prompt or 0) + (tools or 0)), read, ("", None), {}, output)


def _anthropic(wire: WireUsage, plain: int, write_ttl: str) -> Usage | BadUsage:
    return _exclusive(
        ("input_tokens", plain),
        ("cache_read_input_tokens", wire.cache_read_input_tokens),
        ("cache_creation_input_tokens", wire.cache_creation_input_tokens),
        _anthropic_writes(wire, write_ttl),
        ("output_tokens", wire.output_tokens),
    )


def _anthropic_writes(wire: WireUsage, write_ttl: str) -> dict[str, int] | BadUsage:
    """Return the writes by class. With server tools the total sums all passes and the split only the last.

    What the split leaves out was then written at the mark that the API sets behind a tool's result.
    https://platform.claude.com/docs/en/agents-and-tools/tool-use/tool-use-with-prompt-caching
    """
    total = wire.cache_creation_input_tokens
    split = wire.cache_creation
    if split is not None and total is not None and bytes(wire.server_tool_use)[:1] == b"{":
        rest = total - (split.ephemeral_5m_input_tokens or 0) - (split.ephemeral_1h_input_tokens or 0)
        if rest > 0:
            at_mark = (split.ephemeral_5m_input_tokens or 0) + rest
            split = WriteDetails(
                ephemeral_5m_input_tokens=at_mark, ephemeral_1h_input_tokens=split.ephemeral_1h_input_tokens
            )
    return _writes(("cache_creation_input_tokens", total), split, write_ttl)


def _converse(wire: WireUsage, plain: int, write_ttl: str) -> Usage | BadUsage:
    by_ttl = {row.ttl: row.inputTokens for row in wire.cacheDetails or ()}
    split = WriteDetails(
        ttl_30m_tokens=by_ttl.get("30m"),
        ephemeral_5m_input_tokens=by_ttl.get("5m"),
        ephemeral_1h_input_tokens=by_ttl.get("1h"),
    )
    return _exclusive(
        ("inputTokens", plain),
        ("cacheReadInputTokens", wire.cacheReadInputTokens),
        ("cacheWriteInputTokens", wire.cacheWriteInputTokens),
        _writes(("cacheWriteInputTokens", wire.cacheWriteInputTokens), split, write_ttl),
        ("outputTokens", wire.outputTokens),
    )


def _exclusive(
    plain: tuple[str, int],
    read: tuple[str, int | None],
    written: tuple[str, int | None],
    writes: dict[str, int] | BadUsage,
    output: tuple[str, int | None],
) -> Usage | BadUsage:
    """Take the counts as they are: the plain one leaves out what was read and written."""
    for name, count in (plain, read, written, output):
        if (count or 0) < 0:
            return BadUsage(f"{name} is negative")
    if isinstance(writes, BadUsage):
        return writes
    return Usage(uncached_input=plain[1], cache_read=read[1], output=output[1], **writes)


def _inclusive(
    total: tuple[str, int],
    read: tuple[str, int | None],
    written: tuple[str, int | None],
    writes: dict[str, int] | BadUsage,
    output: int | None,
) -> Usage | BadUsage:
    """Take reads and writes out of a total that includes them."""
    if total[1] < 0 or (read[1] or 0) < 0 or (written[1] or 0) < 0 or (output or 0) < 0:
        counts = (total, read, written, ("output", output))
        return BadUsage(f"{next(name for name, count in counts if (count or 0) < 0)} is negative")
    if isinstance(writes, BadUsage):
        return writes
    if (read[1] or 0) > total[1]:
        return BadUsage(f"{read[0]} exceeds {total[0]}")
    if not writes:
        return Usage(uncached_input=total[1] - (read[1] or 0), cache_read=read[1], output=output)
    plain = total[1] - (read[1] or 0) - sum(writes.values())
    if plain < 0:
        return BadUsage(f"{read[0]} + {written[0]} exceed {total[0]}")
    return Usage(uncached_input=plain, cache_read=read[1], output=output, **writes)


def _writes(written: tuple[str, int | None], split: WriteDetails | None, write_ttl: str) -> dict[str, int] | BadUsage:
    """Return the writes by class; a split that does not add up to the total is an error.

    A split of zeros beside a total is no split: some responses fill in only the total.
    """
    name, total = written
    parts = _split(split) if split is not None else _NO_WRITES
    if any(count < 0 for count in parts.values()):
        return BadUsage(f"the split of {name} is negative")
    if not any(parts.values()):
        return {f"write_{write_ttl}": total} if total else _NO_WRITES
    if total is not None and sum(parts.values()) != total:
        return BadUsage(f"the split by TTL does not add up to {name}")
    return parts


def _split(split: WriteDetails) -> dict[str, int]:
    named = {
        "write_5m": split.ephemeral_5m_input_tokens,
        "write_1h": split.ephemeral_1h_input_tokens,
        "write_30m": split.ttl_30m_tokens,
        "write_12h": split.ttl_12h_tokens,
    }
    return {name: count for name, count in named.items() if count is not None}


def _first(*candidates: tuple[str, int | None]) -> tuple[str, int | None]:
    for pair in candidates:
        if pair[1] is not None:
            return pair
    return candidates[0]


def _either(first: int | None, second: int | None) -> int | None:
    return first if first is not None else second


_NO_DETAILS = PromptDetails()
_NO_WRITES: dict[str, int] = {}
