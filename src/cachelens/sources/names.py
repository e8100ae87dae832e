"""The names under which logs keep what is not the prompt, the most explicit first."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

import msgspec

STARTS = (
    "timestamp", "ts", "time", "start_time", "startTime", "started_at", "created_at", "request_time",
    "request_timestamp", "request_created_at", "requested_at", "datetime", "date", "createdAt", "created",
)  # fmt: skip
FIRST_TOKENS = ("first_token_at", "first_token_time", "completion_start_time", "completionStartTime")
ENDS = ("completed_at", "end_time", "endTime", "ended_at", "finished_at", "response_created_at", "responded_at")

MILLISECOND, SECOND = 1_000, 1_000_000
FIRST_TOKEN_SPANS = (
    ("ttft_ms", MILLISECOND), ("time_to_first_token_ms", MILLISECOND), ("ttft", SECOND),
    ("time_to_first_token", SECOND), ("timeToFirstToken", SECOND),
)  # fmt: skip
"""Names of the time from start to first token, with the microseconds of one unit."""
END_SPANS = (
    ("latency_ms", MILLISECOND), ("duration_ms", MILLISECOND), ("elapsed_ms", MILLISECOND), ("delay_ms", MILLISECOND),
    ("latency", SECOND), ("duration", SECOND),
)  # fmt: skip
LONGEST_SECONDS = 120
"""More than this many seconds to a first token are milliseconds: some exports keep them under the same names."""

SESSIONS = (
    "session_id", "session", "sessionId", "conversation_id", "conversationId", "thread_id", "threadId", "chat_id",
)  # fmt: skip
WORKLOADS = ("workload", "route", "feature", "use_case", "task", "app", "application", "service")
TENANTS = (
    "tenant", "tenant_id", "org", "org_id", "organization", "organization_id", "customer", "customer_id",
    "workspace", "user_id", "userId", "user",
)  # fmt: skip
"""The last three are who speaks for the tenant where the log names no other."""
REPLICAS = ("replica", "replica_id", "worker", "worker_id", "pod", "pod_name", "backend", "engine_id")
HEADER_SESSIONS = ("x-session-id", "x-session-affinity")
HEADER_KEYS = ("x-grok-conv-id",)
CACHE_KEYS = ("cache_key", "prompt_cache_key")
REQUEST_IDS = ("request_id", "id")
ADDRESSES = ("url", "endpoint", "path")

COUNTS = frozenset({"prompt_tokens", "input_tokens", "promptTokenCount", "inputTokens", "promptTokens"})
"""Keys that make a row a usage object by itself."""

MAPPED_TEXTS = {
    "model": "model", "session": "session", "workload": "workload", "tenant": "tenant", "cache_key": "cache_key",
    "request_id": "request_id", "replica": "replica",
}  # fmt: skip
MAPPED_TIMES = {"timestamp": "arrived_us", "first_token": "first_token_us", "end": "end_us"}
MAPPED_COUNTS = {"input_tokens": "input_tokens", "output_tokens": "output_tokens"}
MAPPED_BODIES = ("request", "response", "usage")
MAPPABLE = (*MAPPED_BODIES, "provider", "platform", *MAPPED_TEXTS, *MAPPED_TIMES, *MAPPED_COUNTS)
"""Canonical names that `--map` takes; those of texts, times and counts with their field of a record."""

SPECIAL_ROW = frozenset({
    "metadata", "headers", "request_headers", "error", "status", "status_code", "provider", "platform", "usage",
    "custom_id", "batch", "is_batch", *ADDRESSES,
})  # fmt: skip
"""Keys of a row that need a closer look."""
PLAIN_BODY = frozenset({"model", "messages", "tools", "max_completion_tokens", "stream_options"})
"""The only known keys of a request that take no part in the cache key beyond their content."""
PLAIN_REPLY = frozenset({"id", "model", "object", "type", "usage", "choices", "output", "service_tier", "created"})
"""The only known keys of a response that tells no more than its usage."""


class Plan(msgspec.Struct, frozen=True):
    """Which of the names can occur in the rows of one log, so that no time goes into asking for the others."""

    starts: tuple[str, ...] = STARTS
    first_tokens: tuple[str, ...] = FIRST_TOKENS
    ends: tuple[str, ...] = ENDS
    first_token_spans: tuple[tuple[str, int], ...] = FIRST_TOKEN_SPANS
    end_spans: tuple[tuple[str, int], ...] = END_SPANS
    sessions: tuple[str, ...] = SESSIONS
    workloads: tuple[str, ...] = WORKLOADS
    tenants: tuple[str, ...] = TENANTS
    replicas: tuple[str, ...] = REPLICAS
    cache_keys: tuple[str, ...] = CACHE_KEYS
    counts: bool = True
    """True when a row may hold one of `COUNTS`."""
    special: bool = True
    """True when a row may hold one of `SPECIAL_ROW`."""


EVERYTHING = Plan()


def plan_for(keys: AbstractSet[str]) -> Plan:
    """Return the plan for rows that have no other keys than these."""

    def among(names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(name for name in names if name in keys)

    def spans(names: tuple[tuple[str, int], ...]) -> tuple[tuple[str, int], ...]:
        return tuple(pair for pair in names if pair[0] in keys)

    return Plan(
        starts=among(STARTS),
        first_tokens=among(FIRST_TOKENS),
        ends=among(ENDS),
        first_token_spans=spans(FIRST_TOKEN_SPANS),
        end_spans=spans(END_SPANS),
        sessions=among(SESSIONS),
        workloads=among(WORKLOADS),
        tenants=among(TENANTS),
        replicas=among(REPLICAS),
        cache_keys=among(CACHE_KEYS),
        counts=not COUNTS.isdisjoint(keys),
        special=not SPECIAL_ROW.isdisjoint(keys),
    )


SCALARS = frozenset({
    *STARTS, *FIRST_TOKENS, *ENDS, *SESSIONS, *WORKLOADS, *TENANTS, *REPLICAS, *CACHE_KEYS, *REQUEST_IDS, *ADDRESSES,
    *(name for name, _ in FIRST_TOKEN_SPANS), *(name for name, _ in END_SPANS), "provider", "platform",
})  # fmt: skip
"""Keys of a row whose value is text or a number."""
