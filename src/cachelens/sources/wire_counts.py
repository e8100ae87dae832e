"""Usage objects as every API writes them."""

from __future__ import annotations

from msgspec import Raw, Struct

from cachelens.sources.limits import SignedCount


class WriteDetails(Struct, gc=False):
    """Writes by lifetime: OpenAI's names, then Anthropic's."""

    ttl_30m_tokens: SignedCount | None = None
    ttl_12h_tokens: SignedCount | None = None
    ephemeral_5m_input_tokens: SignedCount | None = None
    ephemeral_1h_input_tokens: SignedCount | None = None


class PromptDetails(Struct, gc=False):
    """`prompt_tokens_details`, and `input_tokens_details` in Responses."""

    cached_tokens: SignedCount | None = None
    cache_write_tokens: SignedCount | None = None
    cache_creation_input_tokens: SignedCount | None = None
    cache_write_tokens_details: WriteDetails | None = None


class OutputDetails(Struct, gc=False):
    """`completion_tokens_details`."""

    reasoning_tokens: SignedCount | None = None


class ChainDetails(Struct, gc=False):
    """`input_token_details` as LangChain writes it, whatever the provider."""

    cache_read: SignedCount | None = None
    cache_creation: SignedCount | None = None
    ephemeral_5m_input_tokens: SignedCount | None = None
    ephemeral_1h_input_tokens: SignedCount | None = None


class CacheDetail(Struct, gc=False):
    """One row of Bedrock's `cacheDetails`: tokens written for one lifetime."""

    ttl: str = ""
    inputTokens: SignedCount = 0  # noqa: N815 - as on the wire


class WireUsage(Struct, gc=False):
    """The counters of every dialect."""

    prompt_tokens: SignedCount | None = None
    completion_tokens: SignedCount | None = None
    total_tokens: SignedCount | None = None
    prompt_tokens_details: PromptDetails | list[Raw] | None = None
    """A list in Gemini's usage, where it splits the prompt by kind of content."""
    completion_tokens_details: OutputDetails | None = None
    input_tokens: SignedCount | None = None
    output_tokens: SignedCount | None = None
    input_tokens_details: PromptDetails | None = None
    input_token_details: ChainDetails | None = None
    cache_read_input_tokens: SignedCount | None = None
    cache_creation_input_tokens: SignedCount | None = None
    cache_creation: WriteDetails | None = None
    prompt_cache_hit_tokens: SignedCount | None = None
    prompt_cache_miss_tokens: SignedCount | None = None
    cached_tokens: SignedCount | None = None
    cache_write_tokens: SignedCount | None = None
    cached_prompt_text_tokens: SignedCount | None = None
    inputTokens: SignedCount | None = None  # noqa: N815 - as on the wire
    outputTokens: SignedCount | None = None  # noqa: N815 - as on the wire
    cacheReadInputTokens: SignedCount | None = None  # noqa: N815 - as on the wire
    cacheWriteInputTokens: SignedCount | None = None  # noqa: N815 - as on the wire
    cacheDetails: list[CacheDetail] | None = None  # noqa: N815 - as on the wire
    promptTokenCount: SignedCount | None = None  # noqa: N815 - as on the wire
    toolUsePromptTokenCount: SignedCount | None = None  # noqa: N815 - as on the wire
    candidatesTokenCount: SignedCount | None = None  # noqa: N815 - as on the wire
    thoughtsTokenCount: SignedCount | None = None  # noqa: N815 - as on the wire
    cachedContentTokenCount: SignedCount | None = None  # noqa: N815 - as on the wire
    prompt_token_count: SignedCount | None = None
    tool_use_prompt_token_count: SignedCount | None = None
    candidates_token_count: SignedCount | None = None
    thoughts_token_count: SignedCount | None = None
    cached_content_token_count: SignedCount | None = None
    server_tool_use: Raw = Raw()
    service_tier: str | None = None
    speed: str | None = None
    inference_geo: str | None = None
