"""Who a request belongs to, and what it was billed as."""

from __future__ import annotations

from msgspec import Raw

from cachelens.model.record import RequestRecord
from cachelens.sources.exchange import Exchange
from cachelens.sources.fields import first_text, member_text, session_in_user, text_of
from cachelens.sources.hints import NO_HINT, modifiers_by
from cachelens.sources.names import HEADER_KEYS, HEADER_SESSIONS, REPLICAS, SESSIONS, TENANTS, WORKLOADS
from cachelens.sources.rawjson import members_of
from cachelens.sources.wire import NONE
from cachelens.sources.wire_counts import WireUsage

_NO_USAGE = WireUsage()


def identify(record: RequestRecord, exchange: Exchange) -> None:
    """Fill in what the row itself does not say: from the request, from metadata, from headers."""
    row, body = exchange.row, exchange.body
    if not body.plain and body is not row:
        record.session = record.session or first_text(body, ("session_id",))
        record.cache_key = record.cache_key or first_text(body, ("prompt_cache_key",))
    if body.metadata is not NONE or row.metadata is not NONE:
        _from_metadata(record, _merged(row.metadata, body.metadata))
    if not body.plain:
        record.tenant = record.tenant or first_text(body, ("user",))
        if body.conversation is not NONE and not record.session:
            name = member_text(members_of(body.conversation), ("id",))
            record.session = name or text_of(body.conversation)
    if row.headers is not NONE or row.request_headers is not NONE:
        headers = {name.lower(): raw for name, raw in _merged(row.headers, row.request_headers).items()}
        record.cache_key = record.cache_key or member_text(headers, HEADER_KEYS)
        record.session = record.session or member_text(headers, HEADER_SESSIONS)


def _from_metadata(record: RequestRecord, members: dict[str, Raw]) -> None:
    user = member_text(members, ("user_id",))
    record.session = record.session or member_text(members, SESSIONS) or session_in_user(user)
    record.workload = record.workload or member_text(members, WORKLOADS)
    record.tenant = record.tenant or member_text(members, TENANTS)
    record.replica = record.replica or member_text(members, REPLICAS)


def _merged(*sources: Raw) -> dict[str, Raw]:
    members: dict[str, Raw] = {}
    for raw in sources:
        for name, value in members_of(raw).items() if raw is not NONE else ():
            members.setdefault(name, value)
    return members


def modifiers(exchange: Exchange) -> tuple[str, ...]:
    """Return what changed the price: the reply says what was served, the request only what was asked."""
    body, wire = exchange.body, exchange.wire or _NO_USAGE
    tier = exchange.reply.service_tier or wire.service_tier
    if body.plain and exchange.hint is NO_HINT and not exchange.batch and not wire.speed and not wire.inference_geo:
        return modifiers_by(service_tier=tier)
    named = modifiers_by(
        service_tier=tier or text_of(body.service_tier),
        speed=wire.speed or text_of(body.speed),
        inference_geo=wire.inference_geo or text_of(body.inference_geo),
    )
    more = (exchange.hint.modifier, "batch" if exchange.batch else "")
    return tuple(dict.fromkeys((*named, *(name for name in more if name))))
