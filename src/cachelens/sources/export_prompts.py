"""What exports keep as the input of a call, made a request body."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from msgspec import Raw

from cachelens.sources.kinds import KINDS
from cachelens.sources.rawjson import array_of, members_of, present, string_of
from cachelens.sources.wire import NONE

_BODY = frozenset({"messages", "contents", "system", "instructions", "prompt"})
"""Keys that make an object a request body."""
_WRAPPERS = ("kwargs", "data", "message")
"""Keys under which frameworks keep the message itself."""
_SPEAKERS = {
    "human": "user", "ai": "assistant", "system": "system", "tool": "tool", "function": "function",
    "HumanMessage": "user", "AIMessage": "assistant", "AIMessageChunk": "assistant", "SystemMessage": "system",
    "ToolMessage": "tool", "FunctionMessage": "function",
}  # fmt: skip
"""Roles by the names that LangChain gives its messages."""


def body_from(raw: Raw) -> dict[str, Raw]:
    """Return the members of the request that an input stands for, whatever it is; empty for nothing."""
    data = _bare(raw)
    if data[:1] == b"{":
        return _from_object(data)
    if data[:1] == b"[":
        return _from_list(array_of(data) or [])
    if data[:1] == b'"' and data != b'""':
        return {"messages": _messages([_user(data)])}
    return {}


def http_body(raw: Raw) -> dict[str, Raw]:
    """Return the members of a request body, as an object or as text that holds one; empty for anything else."""
    return members_of(_bare(raw))


def _bare(raw: Raw) -> bytes:
    """Return the JSON in a text that holds an object or a list; other values as they are."""
    data = bytes(raw)
    inner = (string_of(data) or "").strip() if data[:1] == b'"' else ""
    bare = inner.encode()
    return bare if (inner[:1] == "{" and members_of(bare)) or (inner[:1] == "[" and array_of(bare)) else data


def _from_object(data: bytes) -> dict[str, Raw]:
    members = members_of(data)
    if members.keys() & _BODY:
        messages = array_of(_bare(members["messages"])) if "messages" in members else None
        return members if messages is None else members | _from_list(messages)
    if members.keys() & {"role", "content", "parts"}:
        return _from_list([Raw(data)])
    if present(members.get("input", NONE)):
        return body_from(members["input"]) if bytes(members["input"])[:1] == b"{" else members
    return {"messages": _messages([_user(msgspec.json.encode(data.decode("utf-8", "replace")))])} if members else {}


def _from_list(items: Sequence[Raw]) -> dict[str, Raw]:
    """Take a list of messages, of lists of messages (a batch of one), or of items of OpenAI's Responses."""
    if len(items) == 1 and bytes(items[0])[:1] == b"[":
        return _from_list(array_of(items[0]) or [])
    kinds = [string_of(members_of(item).get("type", NONE)) or "" for item in items]
    if any(kind in KINDS for kind in kinds):
        return {"input": _messages(items)}
    return {"messages": _messages([_message(item) for item in items])} if items else {}


def _message(raw: Raw) -> Raw:
    """Return a message with `role` and `content`, out of what frameworks wrap around one."""
    data = bytes(raw)
    if data[:1] == b'"':
        return _user(data)
    members: Mapping[str, Raw] = members_of(data)
    inner = next((members[key] for key in _WRAPPERS if bytes(members.get(key, NONE))[:1] == b"{"), NONE)
    if inner is not NONE:
        members = {"type": members.get("type", NONE), **members_of(inner)} if "role" not in members else members
        names = array_of(members_of(data).get("id", NONE)) or [NONE]
        speaker = _speaker(names[-1]) or _speaker(members.get("type", NONE))
    elif any(name.startswith("message.") for name in members):
        members, speaker = {name.removeprefix("message."): value for name, value in members.items()}, ""
    else:
        speaker = _speaker(members.get("type", NONE))
    changed = dict(members)
    if "role" not in changed and speaker:
        changed = {"role": Raw(msgspec.json.encode(speaker)), **changed}
    calls = members_of(changed.get("additional_kwargs", NONE)).get("tool_calls", NONE)
    if present(calls) and not present(changed.get("tool_calls", NONE)):
        changed["tool_calls"] = calls
    changed = {name: value for name, value in changed.items() if value is not NONE}
    return raw if changed == members_of(data) else Raw(msgspec.json.encode(changed))


def _speaker(raw: Raw) -> str:
    return _SPEAKERS.get(string_of(raw) or "", "") if raw is not NONE else ""


def _user(text: bytes) -> Raw:
    return Raw(b'{"role":"user","content":' + text + b"}")


def _messages(items: Sequence[Raw]) -> Raw:
    return Raw(b"[" + b",".join(bytes(item) for item in items) + b"]")
