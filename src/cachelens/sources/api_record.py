"""From an opened row to a request record."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec
from msgspec import Raw

from cachelens.model.call import RecordedCall
from cachelens.model.record import RequestRecord, Skip
from cachelens.model.usage import WRITE_TTLS, Usage
from cachelens.sources.api_identity import identify, modifiers
from cachelens.sources.base import BAD_USAGE, ReadOptions
from cachelens.sources.cache_marks import ttl_label
from cachelens.sources.dialect import Dialect
from cachelens.sources.dialects import choose_dialect
from cachelens.sources.exchange import Exchange, answered, model_of, take_out
from cachelens.sources.fields import at_path, first_instant, first_span, first_text, text_of
from cachelens.sources.hints import is_other_call, of_provider, shared_ids, write_ttl
from cachelens.sources.instants import instant_us
from cachelens.sources.limits import tokens_of
from cachelens.sources.names import (
    LONGEST_SECONDS,
    MAPPED_COUNTS,
    MAPPED_TEXTS,
    MAPPED_TIMES,
    MILLISECOND,
    REQUEST_IDS,
    SECOND,
    Plan,
)
from cachelens.sources.rawjson import members_of, present
from cachelens.sources.usage_names import counters
from cachelens.sources.wire import NONE, Reply, Row
from cachelens.sources.wire_counts import WireUsage
from cachelens.sources.wire_usage import BadUsage, convert, decode_usage

if TYPE_CHECKING:
    from cachelens.sources.recorded_calls import CallReader

NO_RESPONSE = "no response"
UNREADABLE_TIME = "unreadable time"
_BLANK = ("", Raw(b'""'))
_NOTHING: dict[str, Raw] = {}


class Mapped:
    """What the caller said about where fields are; it wins over everything that the row says."""

    def __init__(self, options: ReadOptions) -> None:
        self.paths = options.paths
        self.answered = options.answered
        self.usage_only = options.usage_only
        self.calls = _call_reader(options)

    def call_of(self, line: bytes) -> RecordedCall | None:
        """Return the parameters and the answer of a row, where they are asked for."""
        return self.calls.read(line) if self.calls is not None else None

    def find(self, line: bytes) -> dict[str, Raw]:
        """Return the raw values of the mapped fields that the line has."""
        found = ((name, at_path(line, path)) for name, path in self.paths.items())
        return {name: raw for name, raw in found if raw is not None}


def _call_reader(options: ReadOptions) -> CallReader | None:
    """Return what reads parameters and answers, where they are asked for."""
    if options.calls is None:
        return None
    from cachelens.sources.recorded_calls import CallReader

    return CallReader(options.calls, options)


def records_of(line: int, row: Row, data: bytes, mapped: Mapped) -> RequestRecord | Sequence[RequestRecord | Skip]:
    """Return the record of a row, with a skip beside it or instead of it where something is wrong.

    Raises `msgspec.DecodeError` for content that cannot be read.
    """
    chosen = mapped.find(data) if mapped.paths else _NOTHING
    exchange = take_out(row, data, chosen)
    if exchange.failed:
        return (_failed(line),)
    if exchange.address and is_other_call(exchange.address):
        return (_other_call(line),)
    body = exchange.body
    dialect = choose_dialect(body, exchange.reply, exchange.hint.dialect)
    model = model_of(exchange)
    usage, trouble = _usage(exchange, dialect, model)
    parts = () if mapped.usage_only and usage is not None else dialect.parts(body)
    if usage is None and not chosen.keys() & MAPPED_COUNTS:
        if not parts:
            return (_no_prompt(line, exchange, trouble),)
        if mapped.answered and model and _unanswered(exchange, chosen):
            return (_no_response(line),)
    record = _record(line, exchange, dialect, model, usage)
    if parts:
        record.parts = parts
        record.expand = dialect.expand
    if not body.plain:
        settings = dialect.settings(body)
        record.auto_mark, record.mark_mode, record.cache_object = settings
    if chosen:
        trouble = _apply(record, chosen) or trouble
    record.call = mapped.call_of(data)
    if not record.model:
        return (Skip(line=line, reason="no model name", detail="name its field with `--map model=FIELD`"),)
    return record if record.arrived_us is not None and not trouble else _with_notes(record, row, chosen, trouble)


def _with_notes(
    record: RequestRecord, row: Row, chosen: dict[str, Raw], trouble: str
) -> Sequence[RequestRecord | Skip]:
    """Return a record with what is wrong with its usage or its start."""
    unread = _unread_time(row, chosen) if record.arrived_us is None else ""
    notes = ((BAD_USAGE, trouble), (UNREADABLE_TIME, unread))
    return (record, *(Skip(line=record.line, reason=reason, detail=what, kept=True) for reason, what in notes if what))


def _unread_time(row: Row, chosen: dict[str, Raw]) -> str:
    """Say which field should hold the start and holds something else; empty if none does."""
    values = {"--map timestamp": chosen["timestamp"]} if "timestamp" in chosen else {}
    values |= {name: getattr(row, name) for name in row.plan.starts}
    given = next((name for name, value in values.items() if present(value) and value not in _BLANK), "")
    return f"{given} holds no time: the request stands where it stood" if given else ""


def _record(line: int, exchange: Exchange, dialect: Dialect, model: str, usage: Usage | None) -> RequestRecord:
    row, reply, hint, plan = exchange.row, exchange.reply, exchange.hint, exchange.row.plan
    start = first_instant(row, plan.starts)
    if start is None and (reply.created is not NONE or reply.created_at is not NONE):
        start = first_instant(reply, ("created", "created_at"))
    session = first_text(row, plan.sessions)
    record = RequestRecord(
        arrived_us=start,
        model=model,
        line=line,
        provider=hint.provider or dialect.provider,
        platform=hint.platform,
        request_id=_request_id(reply, row, session),
        session=session,
        workload=first_text(row, plan.workloads),
        tenant=first_text(row, plan.tenants) if plan.tenants else "",
        cache_key=first_text(row, plan.cache_keys) if plan.cache_keys else "",
        replica=first_text(row, plan.replicas) if plan.replicas else "",
        modifiers=modifiers(exchange),
        usage=usage,
    )
    if plan.first_tokens or plan.first_token_spans or plan.ends or plan.end_spans:
        record.first_token_us, record.end_us = _later(row, start, plan)
    if plan.special or not exchange.body.plain:
        identify(record, exchange)
    return record


def _request_id(reply: Reply, row: Row, session: str) -> str:
    """Return the first id that is the call's own, and not that of a batch, trace or session that it belongs to."""
    name = reply.id or reply.responseId or ""
    if name and name != session and shared_ids().match(name) is None:
        return name
    others = (first_text(row, (field,)) for field in REQUEST_IDS)
    return next((name for name in others if name and name != session and shared_ids().match(name) is None), "")


def _later(row: Row, start: int | None, plan: Plan) -> tuple[int | None, int | None]:
    """Return first token and end, given as times or as spans from the start."""
    first, end = first_instant(row, plan.first_tokens), first_instant(row, plan.ends)
    if start is not None:
        if end is None and (span := first_span(row, plan.end_spans)) is not None:
            end = start + span
        for name, unit in plan.first_token_spans if first is None else ():
            if (span := first_span(row, ((name, unit),))) is not None:
                first = start + (span if unit == MILLISECOND else _waited(span, None if end is None else end - start))
                break
    return first, end


def _waited(span: int, whole: int | None) -> int:
    """Return the time to the first token; one longer than the call, or than two minutes, may be in milliseconds."""
    longest = LONGEST_SECONDS * SECOND
    longest = longest if whole is None else min(whole, longest)
    as_milliseconds = span * MILLISECOND // SECOND
    return as_milliseconds if as_milliseconds <= longest < span else span


def _usage(exchange: Exchange, dialect: Dialect, model: str) -> tuple[Usage | None, str]:
    """Return the usage, or what is wrong with it."""
    wire = exchange.usage
    if wire is NONE:
        return None, ""
    if not isinstance(wire, WireUsage):
        decoded = decode_usage(wire)
        if isinstance(decoded, BadUsage):
            return None, decoded.detail
        wire = decoded
    exchange.wire = wire
    lifetime = _write_ttl(exchange, model)
    result = convert(wire, exclusive=dialect.exclusive, write_ttl=lifetime)
    if result is None and type(exchange.usage) is Raw and (counts := counters(members_of(exchange.usage))):
        result = convert(msgspec.convert(counts, WireUsage), exclusive=dialect.exclusive, write_ttl=lifetime)
    return (None, result.detail) if isinstance(result, BadUsage) else (result, "")


def _write_ttl(exchange: Exchange, model: str) -> str:
    """Return the class of writes that come without one: as the request asked, else as the model does."""
    body = exchange.body
    if not body.plain:
        for raw in (body.prompt_cache_options, body.cache_control):
            if raw is not NONE and (label := ttl_label(raw)) in WRITE_TTLS:
                return label
    return write_ttl(model)


def _apply(record: RequestRecord, chosen: dict[str, Raw]) -> str:
    """Put the mapped fields into the record; returns what is wrong with one of them."""
    for name, field in MAPPED_TEXTS.items():
        if name in chosen:
            setattr(record, field, text_of(chosen[name]))
    for name in ("provider", "platform"):
        if name in chosen:
            hint = of_provider(text_of(chosen[name]))
            record.provider = hint.provider or record.provider
            record.platform = hint.platform or record.platform
    for name, field in MAPPED_TIMES.items():
        if name in chosen:
            setattr(record, field, instant_us(bytes(chosen[name])))
    for name, field in MAPPED_COUNTS.items():
        if name in chosen:
            count = tokens_of(text_of(chosen[name]))
            if count is None:
                return f"{name} is not a count"
            setattr(record, field, count)
    return ""


def _failed(line: int) -> Skip:
    return Skip(line=line, reason="failed call", detail="the response is an error", benign=True)


def _unanswered(exchange: Exchange, chosen: dict[str, Raw]) -> bool:
    return exchange.usage is NONE and "response" not in chosen and not answered(exchange.row)


def _no_response(line: int) -> Skip:
    return Skip(line=line, reason=NO_RESPONSE, detail="others have one: this call was not billed", benign=True)


def _other_call(line: int) -> Skip:
    return Skip(line=line, reason="not a model call with a prompt", benign=True)


def _no_prompt(line: int, exchange: Exchange, trouble: str) -> Skip:
    if trouble:
        return Skip(line=line, reason=BAD_USAGE, detail=trouble)
    if exchange.reply.object == "list" or (exchange.address and not exchange.hint.dialect):
        return _other_call(line)
    return Skip(
        line=line,
        reason="neither a prompt nor token counts",
        detail="name the fields with `--map request=FIELD` and `--map response=FIELD`",
    )
