"""Messages API bodies, as both Anthropic workloads send and receive them."""

from __future__ import annotations

import json
from typing import Any

from scripts.fixture_week.calls import Call, Json, counted
from tests.oracles.provider_caches import OReq, OSeg, OUse

RATIO = 1.25
"""Tokens of these models per token of the reference tokenizer, as made up here: near what users report."""
MESSAGE_OVERHEAD = 4
OPENING = 3
"""Tokens behind the last block, so that a prompt marked to its end still has some plain input."""
SHORT, LONG = {"type": "ephemeral"}, {"type": "ephemeral", "ttl": "1h"}

Block = dict[str, Any]


def prompt_of(request: Json, hidden_tokens: int, scope: str) -> OReq:
    """Return a request body as segments and marks; `hidden_tokens` is the unseen prompt that tools add."""
    segments: list[OSeg] = [OSeg("hidden prompt for tools", hidden_tokens, "tool")]
    marks: list[tuple[int, str]] = []

    def add(block: Block, kind: str, extra: int = 0, **flags: bool) -> None:
        bare = {k: v for k, v in block.items() if k != "cache_control"}
        text = bare["text"] if bare.get("type") == "text" else json.dumps(bare, ensure_ascii=False)
        if "cache_control" in block:
            marks.append((len(segments), block["cache_control"].get("ttl", "5m")))
        segments.append(counted(text, kind, ratio=RATIO, extra=extra, **flags))

    for tool in request["tools"]:
        add(tool, "tool", message_end=tool is request["tools"][-1])
    for block in request["system"]:
        add(block, "system", message_end=block is request["system"][-1])
    for message in request["messages"]:
        content = message["content"]
        for block in content:
            add(
                block,
                block["type"],
                extra=MESSAGE_OVERHEAD if block is content[0] else 0,
                message_end=block is content[-1],
                assistant=message["role"] == "assistant",
            )
    segments.append(OSeg("opening of the answer", OPENING, "text", assistant=True))
    return OReq(0, None, tuple(segments), tuple(marks), scope)


def response(call: Call, use: OUse) -> Json:
    """Return what the Messages API answers; `said` is the list of content blocks."""
    blocks: list[Block] = call.said
    calls_tool = any(b["type"] == "tool_use" for b in blocks)
    return {
        "id": f"msg_01{call.response_id}",
        "type": "message",
        "role": "assistant",
        "model": call.request["model"],
        "content": blocks,
        "stop_reason": "tool_use" if calls_tool else "end_turn",
        "stop_sequence": None,
        "usage": {
            "input_tokens": use.plain,
            "cache_creation_input_tokens": sum(use.writes.values()),
            "cache_read_input_tokens": use.read,
            "cache_creation": {
                "ephemeral_5m_input_tokens": use.writes.get("5m", 0),
                "ephemeral_1h_input_tokens": use.writes.get("1h", 0),
            },
            "output_tokens": call.output,
            "service_tier": "standard",
        },
    }


def marked(messages: list[Json]) -> list[Json]:
    """Return the messages with a five-minute mark on the last block, and no other."""
    *before, last = messages
    *blocks, final = last["content"]
    return [*before, {**last, "content": [*blocks, {**final, "cache_control": SHORT}]}]


def output_tokens(blocks: list[Block]) -> int:
    """Return the output tokens of an answer."""
    text = "".join(json.dumps(b, ensure_ascii=False) for b in blocks)
    return counted(text, "text", ratio=RATIO).tokens


def tool(name: str, what: str, **fields: str) -> Json:
    """Return a tool definition; a field's value is its description."""
    properties = {k: {"type": "string", "description": v} for k, v in fields.items()}
    schema = {"type": "object", "properties": properties, "required": list(fields)}
    return {"name": name, "description": what, "input_schema": schema}
