"""One request as a source delivers it."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from cachelens.model.call import RecordedCall
from cachelens.model.prompt import Expand, Part
from cachelens.model.usage import Usage

CALENDAR_FROM_US = 631_152_000_000_000
"""1990-01-01 in microseconds UTC: times from here on are instants, earlier ones count from a zero of their own."""


class BlockPrompt(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A prompt known only as block hashes (Mooncake, Bailian, kv-cache-tester)."""

    ids: Sequence[int]
    """Block ids from the first block on; equal ids mean equal content *and* equal prefix."""
    block_size: int
    """Tokens in a full block; the last block may be partial."""
    namespace: str = ""
    """Ids are comparable only within one namespace (a file with session-local ids has its own)."""
    tools_tokens: int = 0
    """Leading tokens that are tool definitions, where the trace says so."""
    system_tokens: int = 0
    """Tokens of the system prompt behind the tools, where the trace says so."""


class RequestRecord(msgspec.Struct, kw_only=True, gc=False):
    """One request, with what the log says about it and nothing more.

    Exactly one of three describes the prompt: `parts` (content), `blocks` (hashes), or neither,
    when only `input_tokens` is known. `None` and empty strings mean that the log does not say.
    """

    arrived_us: int | None
    """Start of the request, integer microseconds UTC since the epoch (or since the trace's own zero)."""
    model: str
    """Model name as written in the log."""
    line: int
    """Line (or row) in the file, from 1, for messages about this request."""
    provider: str = ""
    """Provider id as the format or address tells it: `anthropic`, `openai`, `google`, ...; may be empty."""
    platform: str = ""
    """Where it was served if that matters: `bedrock`, `vertex`, `azure`, ..."""
    request_id: str = ""
    """The provider's response or message id; a second record of the same call is a duplicate."""
    session: str = ""
    workload: str = ""
    tenant: str = ""
    replica: str = ""
    """Which copy of the model server answered."""
    cache_key: str = ""
    """`prompt_cache_key`, conversation id or salt: what pins the request to one cache."""
    modifiers: tuple[str, ...] = ()
    """Price modifiers that applied: `batch`, `flex`, `priority`, `fast`, `us`, `regional`."""
    first_token_us: int | None = None
    end_us: int | None = None
    parts: Sequence[Part] = ()
    """The prompt in wire order of levels: tools, then system, then messages."""
    expand: Expand | None = None
    """Turns each part into segments; required with `parts`."""
    blocks: BlockPrompt | None = None
    input_tokens: int | None = None
    """Total input tokens where the log gives them without a usage block (hash traces, arrival traces)."""
    output_tokens: int | None = None
    """Output tokens where the log gives them without a usage block."""
    usage: Usage | None = None
    auto_mark: str = ""
    """TTL label of a request-level (automatic) cache mark, or that a request asks for (OpenAI
    `prompt_cache_retention`); `default` for a mark without TTL, empty for none."""
    mark_mode: str = ""
    """`explicit` where the request switched automatic marks off (OpenAI `prompt_cache_options.mode`)."""
    cache_object: str = ""
    """Name of a stored cache object that the request used (Gemini `cachedContent`)."""
    call: RecordedCall | None = None
    """Parameters, answer and fields, where they were asked for and the format has them."""


class Skip(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A line, or something in it, that could not be used, and why. Never holds content."""

    line: int
    reason: str
    """Short, the same text for the same cause, so that skips can be counted: `not valid JSON`."""
    detail: str = ""
    """What to do about it, or the field concerned; no prompt text."""
    benign: bool = False
    """True where nothing is wrong with the line (a duplicate, a failed call, an entry of another kind):
    it is counted in the summary but never fails `--strict`."""
    kept: bool = False
    """True where the request of the line is used all the same, without what is named here."""
