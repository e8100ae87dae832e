"""Logs of API requests and responses, one a line, in any of the dialects and envelopes people write."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec
from msgspec import Raw

from cachelens.model.record import RequestRecord, Skip
from cachelens.model.usage import Usage
from cachelens.sources.api_envelope import Exchange, Opener, sniff_row
from cachelens.sources.api_identity import identify
from cachelens.sources.base import ReadOptions
from cachelens.sources.dialect import Dialect
from cachelens.sources.dialects import choose_dialect
from cachelens.sources.fields import END_SPANS, ENDS, FIRST_TOKEN_SPANS, FIRST_TOKENS, STARTS, first_instant, first_span
from cachelens.sources.hints import NO_HINT, is_other_call, write_ttl
from cachelens.sources.instants import instant_us
from cachelens.sources.jsonl import Problem
from cachelens.sources.wire import NONE, Body, Row
from cachelens.sources.wire_usage import BadUsage, WireUsage, convert, decode_usage

FAILED = Skip(line=0, reason="failed call", detail="the response is an error; it cost nothing", benign=True)
OTHER_CALL = Skip(line=0, reason="not a model call with a prompt", benign=True)
NO_PROMPT = Skip(
    line=0,
    reason="neither a prompt nor token counts",
    detail="name the fields with `--map request=FIELD --map response=FIELD`",
)
NO_MODEL = Skip(line=0, reason="no model name", detail="name the field with `--map model=FIELD`")
BAD_USAGE = "impossible token counts"
BAD_PROMPT = "a request of unknown shape"


class ApiJsonl:
    """The source for request and response logs."""

    id = "api_jsonl"
    splittable = True

    def sniff(self, head: Sequence[bytes], name: str) -> int:
        """Count the lines of the head that hold a request or a response."""
        rows = [line for line in head if line[:1] in (b"{", b"[")]
        known = sum(sniff_row(line) for line in rows)
        return 0 if not known else 40 + 40 * known // len(rows)

    def read(
        self, lines: Iterable[tuple[int, bytes]], path: str, options: ReadOptions
    ) -> Iterator[RequestRecord | Skip]:
        """Yield a record for each exchange; a record whose counts are impossible comes with a skip."""
        opener = Opener(options)
        for number, line in lines:
            for at, opened in opener.open(number, line):
                if type(opened) is Exchange:
                    yield from _records(at, opened)
                elif isinstance(opened, Problem):
                    yield Skip(line=at, reason=opened.reason, detail=opened.detail)


def _records(line: int, exchange: Exchange) -> tuple[RequestRecord | Skip, ...]:
    if exchange.failed:
        return (_at(line, FAILED),)
    if exchange.address and is_other_call(exchange.address):
        return (_at(line, OTHER_CALL),)
    body, reply = exchange.body, exchange.reply
    dialect = choose_dialect(body, reply, exchange.hint.dialect)
    usage, trouble = _usage(exchange, dialect)
    try:
        parts = dialect.parts(body)
        settings = dialect.settings(body)
    except (msgspec.DecodeError, RecursionError) as error:
        return (Skip(line=line, reason=BAD_PROMPT, detail=str(error)),)
    if not parts and usage is None:
        return (_at(line, OTHER_CALL if exchange.other_reply else NO_PROMPT),)
    record = _record(line, exchange, dialect, usage)
    if not record.model:
        return (_at(line, NO_MODEL),)
    if parts:
        record.parts = parts
        record.expand = dialect.expand
    record.auto_mark = settings.auto_mark
    record.mark_mode = settings.mark_mode
    record.cache_object = settings.cache_object
    if trouble:
        return (record, Skip(line=line, reason=BAD_USAGE, detail=trouble))
    return (record,)


def _at(line: int, skip: Skip) -> Skip:
    return Skip(line=line, reason=skip.reason, detail=skip.detail, benign=skip.benign)


def _record(line: int, exchange: Exchange, dialect: Dialect, usage: Usage | None) -> RequestRecord:
    row, reply, hint = exchange.row, exchange.reply, exchange.hint
    start = exchange.start_us if exchange.start_us is not None else first_instant(row, STARTS)
    if start is None:
        start = _reply_instant(reply.created, reply.created_at)
    first, end = _later(row, start)
    who = identify(exchange)
    return RequestRecord(
        arrived_us=start,
        model=exchange.model,
        line=line,
        provider=hint.provider or dialect.provider,
        platform=hint.platform,
        request_id=who.request_id,
        session=who.session,
        workload=who.workload,
        tenant=who.tenant,
        cache_key=who.cache_key,
        modifiers=who.modifiers,
        first_token_us=first,
        end_us=end,
        usage=usage,
    )


def _reply_instant(*candidates: Raw) -> int | None:
    return next((at for raw in candidates if raw is not NONE and (at := instant_us(bytes(raw))) is not None), None)


def _later(row: Row, start: int | None) -> tuple[int | None, int | None]:
    """Return first token and end, given as times or as spans from the start."""
    first, end = first_instant(row, FIRST_TOKENS), first_instant(row, ENDS)
    if start is not None:
        if first is None and (span := first_span(row, FIRST_TOKEN_SPANS)) is not None:
            first = start + span
        if end is None and (span := first_span(row, END_SPANS)) is not None:
            end = start + span
    return first, end


def _usage(exchange: Exchange, dialect: Dialect) -> tuple[Usage | None, str]:
    """Return the usage, or what is wrong with it."""
    raw = exchange.usage
    if raw is NONE:
        return None, ""
    wire = decode_usage(raw)
    if isinstance(wire, WireUsage):
        exchange.wire = wire
        ttl = exchange.write_ttl(dialect) or write_ttl(exchange.model)
        result = convert(wire, exclusive=dialect.exclusive, write_ttl=ttl)
        return (None, result.detail) if isinstance(result, BadUsage) else (result, "")
    return None, wire.detail


SOURCE = ApiJsonl()

__all__ = ["NO_HINT", "SOURCE", "ApiJsonl", "Body"]
