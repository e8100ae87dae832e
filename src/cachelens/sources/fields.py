"""Where logs keep what is not the prompt: times, session, workload, tenant, cache key."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import msgspec
from msgspec import Raw

from cachelens.sources.instants import instant_us, span_us
from cachelens.sources.wire import NONE, NULL

STARTS = (
    "timestamp", "ts", "time", "start_time", "startTime", "started_at", "created_at", "request_time",
    "request_timestamp", "datetime", "date", "created",
)  # fmt: skip
"""Keys for the start of a request, the most explicit first."""
FIRST_TOKENS = ("first_token_at", "first_token_time", "completion_start_time")
ENDS = ("completed_at", "end_time", "endTime", "ended_at", "finished_at")

MILLISECOND, SECOND = 1_000, 1_000_000
FIRST_TOKEN_SPANS = {
    "ttft_ms": MILLISECOND, "time_to_first_token_ms": MILLISECOND, "ttft": SECOND, "time_to_first_token": SECOND,
}  # fmt: skip
"""Keys for the time from start to first token, with the microseconds of one unit."""
END_SPANS = {
    "latency_ms": MILLISECOND, "duration_ms": MILLISECOND, "elapsed_ms": MILLISECOND, "latency": SECOND,
    "duration": SECOND,
}  # fmt: skip

SESSIONS = ("session_id", "session", "conversation_id", "thread_id", "chat_id")
WORKLOADS = ("workload", "route", "feature", "use_case", "task", "app", "application", "service")
TENANTS = (
    "tenant", "tenant_id", "org", "org_id", "organization", "organization_id", "customer", "customer_id",
    "workspace", "user_id", "user",
)  # fmt: skip
"""The last two are who speaks for the tenant where the log names no other."""
HEADER_SESSIONS = ("x-session-id", "x-session-affinity")
HEADER_KEYS = ("x-grok-conv-id",)

_ANY = msgspec.json.Decoder(dict[str, Raw])
_TEXT = msgspec.json.Decoder(str)
_SESSION_IN_USER = re.compile(r"session_([0-9a-fA-F-]{36})$")


def object_of(raw: bytes) -> dict[str, Raw]:
    """Return the members of a JSON object without decoding them; empty if it is not one."""
    if not raw:
        return {}
    try:
        members: dict[str, Raw] = _ANY.decode(raw)
    except (msgspec.DecodeError, RecursionError):
        return {}
    return members


def text_of(raw: bytes) -> str:
    """Return a JSON string, or a number as text; empty for anything else."""
    data = bytes(raw)
    if data[:1] == b'"':
        if b"\\" not in data:
            return data[1:-1].decode("utf-8", "replace")
        try:
            return str(_TEXT.decode(data))
        except msgspec.DecodeError:
            return ""
    return data.decode("ascii", "replace") if data[:1] in b"0123456789-" else ""


def present(raw: bytes) -> bool:
    """True when a key is there and not null."""
    return raw is not NONE and bytes(raw) != NULL


def first_text(row: object, names: Iterable[str]) -> str:
    """Return the first of these fields that holds text or a number; empty if none does."""
    for name in names:
        raw = getattr(row, name)
        if raw is not NONE and (text := text_of(raw)):
            return text
    return ""


def member_text(members: Mapping[str, Raw], names: Iterable[str]) -> str:
    """Return the first of these members that holds text or a number; empty if none does."""
    for name in names:
        raw = members.get(name)
        if raw is not None and (text := text_of(raw)):
            return text
    return ""


def first_instant(row: object, names: Iterable[str]) -> int | None:
    """Return the first of these fields that holds a time, in microseconds UTC."""
    for name in names:
        raw = getattr(row, name)
        if raw is not NONE:
            moment = instant_us(bytes(raw))
            if moment is not None:
                return moment
    return None


def first_span(row: object, units: Mapping[str, int]) -> int | None:
    """Return the first of these fields that holds a length of time, in microseconds."""
    for name, unit in units.items():
        raw = getattr(row, name)
        if raw is not NONE:
            span = span_us(bytes(raw), unit)
            if span is not None:
                return span
    return None


def session_in_user(user: str) -> str:
    """Return the session that some clients write at the end of the user id; empty if there is none."""
    found = _SESSION_IN_USER.search(user)
    return found.group(1) if found else ""


def at_path(line: bytes, path: str) -> Raw | None:
    """Return the value at a dotted path (`metadata.thread`) of a JSON object; `None` if it is not there."""
    current: bytes = line
    for name in path.split("."):
        found = object_of(current).get(name)
        if found is None:
            return None
        current = found
    return current if isinstance(current, Raw) else None
