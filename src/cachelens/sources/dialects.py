"""Which dialect a request speaks, decided line by line from the keys that are there."""

from __future__ import annotations

from msgspec import Raw

from cachelens.model.prompt import Role
from cachelens.sources import (
    dialect_anthropic,
    dialect_bedrock_converse,
    dialect_gemini,
    dialect_openai_chat,
    dialect_openai_responses,
)
from cachelens.sources.dialect import Dialect, role_of
from cachelens.sources.hints import speaks_anthropic
from cachelens.sources.wire import NONE, Body, Reply

ANTHROPIC: Dialect = dialect_anthropic.DIALECT
CHAT: Dialect = dialect_openai_chat.DIALECT
RESPONSES: Dialect = dialect_openai_responses.DIALECT
GEMINI: Dialect = dialect_gemini.DIALECT
CONVERSE: Dialect = dialect_bedrock_converse.DIALECT

DIALECTS = {dialect.id: dialect for dialect in (ANTHROPIC, CHAT, RESPONSES, GEMINI, CONVERSE)}

_REPLIES = {"message": ANTHROPIC, "message_start": ANTHROPIC}
_OBJECTS = {"chat.completion": CHAT, "chat.completion.chunk": CHAT, "response": RESPONSES}


def choose_dialect(body: Body, reply: Reply, hinted: str) -> Dialect:
    """Return the dialect; a reply or an address that names it decides, then the keys of the request."""
    told = _OBJECTS.get(reply.object or "") or _REPLIES.get(reply.type or "") or DIALECTS.get(hinted)
    if told is not None:
        return told
    if body.contents is not NONE or reply.candidates is not NONE:
        return GEMINI
    if reply.choices is not NONE:
        return CHAT
    if reply.stopReason is not NONE:
        return CONVERSE
    if body.messages is not None:
        return _by_messages(body, body.messages)
    return RESPONSES if body.input is not NONE or reply.output is not NONE else CHAT


def _by_messages(body: Body, messages: list[Raw]) -> Dialect:
    """Tell the dialects that have `messages` apart by keys that only one of them has."""
    if body.inferenceConfig is not NONE or body.toolConfig is not NONE or body.modelId:
        return CONVERSE
    if body.system is not NONE or body.thinking is not NONE or body.anthropic_version is not NONE:
        return ANTHROPIC
    if any(
        raw is not NONE
        for raw in (
            body.max_completion_tokens,
            body.response_format,
            body.stream_options,
            body.prompt_cache_key,
            body.parallel_tool_calls,
            body.reasoning_effort,
        )
    ):
        return CHAT
    if messages and role_of(messages[0]) in (Role.SYSTEM, Role.DEVELOPER, Role.TOOL):
        return CHAT
    if body.tools:
        return CHAT if _has_function(bytes(body.tools[0])) else ANTHROPIC
    return ANTHROPIC if speaks_anthropic(body.model or "") else CHAT


def _has_function(tool: bytes) -> bool:
    return b'"function"' in tool and b'"input_schema"' not in tool
