"""Who a request belongs to, and what it was billed as."""

from __future__ import annotations

import msgspec
from msgspec import Raw

from cachelens.sources.api_envelope import Exchange
from cachelens.sources.fields import (
    HEADER_KEYS,
    HEADER_SESSIONS,
    SESSIONS,
    TENANTS,
    WORKLOADS,
    first_text,
    member_text,
    object_of,
    present,
    session_in_user,
    text_of,
)
from cachelens.sources.hints import modifier
from cachelens.sources.wire import NONE


class Identity(msgspec.Struct, frozen=True, gc=False):
    """The fields of a record that name things; empty where the log does not say."""

    request_id: str
    session: str
    workload: str
    tenant: str
    cache_key: str
    modifiers: tuple[str, ...]


def identify(exchange: Exchange) -> Identity:
    """Collect ids: an explicit choice first, then fields of the row, of the request, metadata, headers."""
    row, body, reply, chosen = exchange.row, exchange.body, exchange.reply, exchange.chosen
    session = chosen.get("session") or first_text(row, SESSIONS)
    workload = chosen.get("workload") or first_text(row, WORKLOADS)
    tenant = chosen.get("tenant") or first_text(row, TENANTS)
    key = chosen.get("cache_key") or first_text(body, ("prompt_cache_key",)) or first_text(row, ("cache_key",))
    if body is not row:
        session = session or first_text(body, ("session_id",))
        tenant = tenant or first_text(body, ("user",))
    if row.metadata is not NONE or body.metadata is not NONE:
        members = _metadata(row.metadata, body.metadata)
        session = session or member_text(members, SESSIONS) or session_in_user(member_text(members, ("user_id",)))
        workload = workload or member_text(members, WORKLOADS)
        tenant = tenant or member_text(members, TENANTS)
    if body.conversation is not NONE and not session:
        session = text_of(body.conversation) or member_text(object_of(body.conversation), ("id",))
    if row.headers is not NONE or row.request_headers is not NONE:
        headers = _headers(row.headers, row.request_headers)
        key = key or member_text(headers, HEADER_KEYS)
        session = session or member_text(headers, HEADER_SESSIONS)
    request_id = chosen.get("request_id") or reply.id or reply.responseId or first_text(row, ("request_id", "id"))
    return Identity(request_id, session, workload, tenant, key, _modifiers(exchange))


def _metadata(*sources: Raw) -> dict[str, Raw]:
    members: dict[str, Raw] = {}
    for raw in sources:
        for name, value in object_of(raw).items():
            members.setdefault(name, value)
    return members


def _headers(*sources: Raw) -> dict[str, Raw]:
    return {name.lower(): value for name, value in _metadata(*sources).items()}


def _modifiers(exchange: Exchange) -> tuple[str, ...]:
    """Return what changed the price: the reply says what was served, the request only what was asked."""
    body, reply, wire = exchange.body, exchange.reply, exchange.wire
    found: list[str] = []
    if exchange.batch:
        found.append("batch")
    tier = reply.service_tier or (wire and wire.service_tier)
    if not tier and body.service_tier is not NONE:
        tier = text_of(body.service_tier)
    if tier:
        found.append(modifier("service_tier", tier))
    speed = (wire and wire.speed) or (text_of(body.speed) if body.speed is not NONE else "")
    if speed:
        found.append(modifier("speed", speed))
    region = (wire and wire.inference_geo) or (text_of(body.inference_geo) if present(body.inference_geo) else "")
    if region:
        found.append(modifier("inference_geo", region))
    found.append(exchange.hint.modifier)
    return tuple(dict.fromkeys(name for name in found if name)) if any(found) else ()
