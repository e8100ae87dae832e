"""Rows of tools that watch, route or test model calls, rewritten in the words that `api_jsonl` reads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet

import msgspec
from msgspec import Raw

from cachelens.sources.exchange import REQUESTS, RESPONSES, STREAMS
from cachelens.sources.export_prompts import body_from, http_body
from cachelens.sources.export_table import Export, Test, table
from cachelens.sources.fields import text_of
from cachelens.sources.jsonl import Problem
from cachelens.sources.rawjson import members_of
from cachelens.sources.usage_names import counters
from cachelens.sources.views import View, nested, opened_list
from cachelens.sources.wire import ROW_KEYS, Body

NO_CALL = Problem("a step that is no model call", benign=True)
FAILED = Problem("failed call", "the response is an error", benign=True)
EMPTY = Problem("a call of which nothing was recorded", benign=True)
STORED = Problem("answered by the gateway's own cache", "no provider served or billed it", benign=True)

_REPEATED = ("model", "instructions", "tools", "text", "reasoning", "parallel_tool_calls")
"""What OpenAI's Responses repeats of a request and the cache depends on."""
_PARTS = frozenset(
    {"prompt_tokens_details", "input_tokens_details", "input_token_details", "cache_creation", "cacheDetails"}
)
"""Members of a usage object that only providers write."""
_OF_REQUEST = frozenset({*Body.__struct_fields__, *REQUESTS}) - {"model", "metadata", "session_id", "user"}
_OF_RESPONSE = frozenset({*RESPONSES, *STREAMS})
"""Members of a row that are its request or its response: what the table finds stands for them."""
_TAKEN_APART = frozenset({"request", "prompt", "system", "tools", "usage", "counts"})
"""Fields of the table that are not members of a row under the same name."""


def export_of(members: Mapping[str, Raw], view: View | None = None) -> Export | None:
    """Return the tool whose rows have these members; `None` for rows that are read as they are."""
    look = view or View(members)
    for export in table().exports:
        if export.all <= members.keys() and (not export.any or any(look.get(path) is not None for path in export.any)):
            return export
    return None


def rewritten(line: bytes, holders: AbstractSet[str] = frozenset()) -> bytes | Problem:
    """Return a row in CacheLens's own words, or why it is no call; a row that no known tool wrote comes back as it is.

    `holders` are the ids of steps around calls, as `holders_of` finds them.
    """
    members = members_of(line)
    if not members:
        return line
    view = View(members)
    export = export_of(members, view)
    if export is None:
        return line
    verdict = _verdict(export, view)
    if verdict is None and holders and _id(view, export.own) in holders:
        verdict = NO_CALL
    return verdict or _row(export, view)


def holders_of(lines: Sequence[bytes]) -> frozenset[str]:
    """Return the ids of the steps that calls belong to: where one is called a call too, it sums up those inside."""
    found: set[str] = set()
    for line in lines:
        view = View(members_of(line))
        export = export_of(view.members, view) if view.members else None
        if export is not None and export.parent and _verdict(export, view) is None:
            found.add(_id(view, export.parent))
    return frozenset(found - {""})


def _id(view: View, paths: Iterable[str]) -> str:
    return text_of(view.first(paths))


def _verdict(export: Export, view: View) -> Problem | None:
    call = next(((test, raw) for test in export.calls if (raw := view.get(test.path)) is not None), None)
    if call is not None and _word(call[1]) not in call[0].values:
        return NO_CALL
    if _says(export.failed, view):
        return FAILED
    return STORED if _says(export.stored, view) else None


def _says(tests: Iterable[Test], view: View) -> bool:
    return any((raw := view.get(test.path)) is not None and _word(raw) in test.values for test in tests)


def _word(raw: Raw) -> str:
    """Return text, or a number or truth value as it is written."""
    return text_of(raw) or bytes(raw).decode("utf-8", "replace")


def _row(export: Export, view: View) -> bytes | Problem:
    """Lay what the table finds over the members that have a known name already."""
    found = {
        name: raw for name in export.fields.keys() - _TAKEN_APART if (raw := _find(export, view, name)) is not None
    }
    body = _body(export, view)
    usage = _usage(export, view)
    if not body and usage is None and export.calls and view.first(_OF_REQUEST) is None:
        return EMPTY
    replaced = (_OF_REQUEST if body else frozenset()) | (_OF_RESPONSE if "response" in found else frozenset())
    known = ROW_KEYS - export.drop - replaced
    row: dict[str, object] = {name: raw for name, raw in view.members.items() if name in known}
    row.update(found)
    if body:
        row["request"] = _as_answered(body, found.get("response"))
    if usage is not None:
        row["usage"] = usage
    return msgspec.json.encode(row)


def _as_answered(body: dict[str, Raw], response: Raw | None) -> dict[str, Raw]:
    """Complete a request by what OpenAI's Responses repeats of it, and give its messages the name they have there."""
    answer = http_body(response) if response is not None else {}
    if text_of(answer.get("object")) != "response":
        return body
    if "input" not in body and "messages" in body:
        body = {"input" if name == "messages" else name: raw for name, raw in body.items()}
    return {name: answer[name] for name in _REPEATED if name in answer} | body


def _find(export: Export, view: View, name: str) -> Raw | None:
    """Return what the first path holds; `a/b.` gathers the keys of `a` that begin with `b.` and hold numbered parts."""
    for path in export.fields.get(name, ()):
        raw = view.first([path]) if "/" not in path else None
        if "/" in path and (flat := view.below(path)):
            raw = Raw(msgspec.json.encode(nested(flat)))
        if raw is not None:
            return raw
    return None


def _body(export: Export, view: View) -> dict[str, Raw]:
    request = _find(export, view, "request")
    body = http_body(request) if request is not None else {}
    if not body and (prompt := _find(export, view, "prompt")) is not None:
        body = body_from(prompt)
    for name in ("system", "tools") if body else ():
        raw = _find(export, view, name)
        if raw is not None and name not in body:
            body[name] = _list_of_tools(raw) if name == "tools" else raw
    return body


def _list_of_tools(raw: Raw) -> Raw:
    """Return tool definitions as a list: of an object by name its values, of text what it holds."""
    return Raw(msgspec.json.encode(opened_list(raw)))


def _usage(export: Export, view: View) -> object:
    """Return the counts: as a provider wrote them where they have parts, else by the names that tools use."""
    given = _find(export, view, "usage")
    if given is not None:
        members = members_of(given)
        return (None if members.keys() & _PARTS else counters(members)) or given
    for path in export.fields.get("counts", ()):
        if counts := counters(view.inside(path)):
            return counts
    return None
