"""The use case: two requests from two files, one sent right after the other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import msgspec

from cachelens.errors import InputError, UsageError
from cachelens.explaining.explain import explain_pair
from cachelens.explaining.standing import Case
from cachelens.model.explanation import Explanation
from cachelens.model.record import RequestRecord, Skip
from cachelens.prompts.builder import TraceBuilder
from cachelens.prompts.finish import finish
from cachelens.providers.book import PriceBook
from cachelens.sources.discovery import STDIN, UNKNOWN, Opened, discover, source_of
from cachelens.sources.documents import joined
from cachelens.sources.lines import iter_stream
from cachelens.sources.reading import Lines, ReadOptions, read_shard, shards
from cachelens.traffic.bench import Bench

_PLACE = re.compile(r"(.+):(\d{1,12})", re.DOTALL)
_SECOND = 1_000_000
_NO_MODEL = "no model name"
_UNNAMED = "unknown"
"""Stands for the model of a request that names none; no price file knows it."""


def compare(
    one: str, other: str, book: PriceBook, options: ReadOptions, *, forced: str = "", model: str = ""
) -> Explanation:
    """Explain what the request in the second file could read of the one in the first, sent a second before.

    Each is a file with one request, or `FILE:LINE` of a log. `model` replaces the models that the requests name; one
    that names none has the other's.
    Raises `InputError` where there is no request, `UsageError` where a file holds several.
    """
    first, second = records = [_record(name, options, forced, model) for name in (one, other)]
    names = [record.model for record in records if record.model != _UNNAMED]
    at = second.arrived_us if second.arrived_us is not None else _SECOND
    for record, arrived in ((first, at - _SECOND), (second, at)):
        record.arrived_us = max(0, arrived)
        record.first_token_us = record.end_us = record.arrived_us
        record.request_id, record.session, record.workload, record.usage = "", "one session", "one workload", None
        record.model = model or (record.model if record.model != _UNNAMED else (names or [_UNNAMED])[0])
    builder = TraceBuilder(keep_text=True)
    for number, record in enumerate(records):
        builder.add(record, number)
    trace = finish(builder, [_told_apart(name)[0] for name in (one, other)])
    return explain_pair(Case(Bench(trace, book), 1), 0)


def _record(name: str, options: ReadOptions, forced: str, model: str) -> RequestRecord:
    """Read the one request that a name means."""
    path, line = _told_apart(name)
    found: list[RequestRecord] = []
    skips: list[Skip] = []
    for item in _records(path, options, forced, model or _UNNAMED):
        if isinstance(item, Skip):
            skips.append(item)
        elif not line or item.line == line:
            found.append(item)
            if line or len(found) > 1:
                break
    if len(found) == 1:
        return found[0]
    if found:
        raise UsageError(
            f"{path} holds several requests, from lines {found[0].line} and {found[1].line} on",
            hint=f"name one as FILE:LINE, such as {path}:{found[0].line}",
        )
    faults = [skip for skip in skips if not skip.kept and (not line or skip.line == line)]
    why = f": {faults[0].reason}" if faults else ""
    hint = (faults[0].detail if faults else "") or "name a file with a request body, or a line of a log as FILE:LINE"
    where = f"line {line} of {path}" if line else path
    raise InputError(f"{where} holds no request that can be read{why}", hint=hint)


def _told_apart(name: str) -> tuple[str, int]:
    """Return file and line, 0 for none; a file of that very name wins."""
    found = _PLACE.fullmatch(name)
    if found is None or Path(name).exists():
        return name, 0
    return found[1], int(found[2])


def _records(path: str, options: ReadOptions, forced: str, model: str) -> Iterator[RequestRecord | Skip]:
    """Read a file; a bare body that names no model is read as one of `model`."""
    if path != STDIN and not Path(path).is_file():
        raise InputError(f"{path} is not a file", hint="name a file with one request, or FILE:LINE of a log")
    opened = discover([path], forced=forced, options=options)[0]
    if opened.skip is not None and opened.skip.reason != UNKNOWN:
        yield opened.skip
        return
    if opened.size > _SMALL:
        yield from read_shard(shards(opened)[0], options, _compact)
        return
    items = [] if opened.skip is not None else list(read_shard(shards(opened)[0], options, _compact))
    if items and not any(getattr(item, "reason", "") == _NO_MODEL for item in items):
        yield from items
        return
    wrapped = [(number, _with_model(line, model)) for number, line in _compact(_lines_of(opened))]
    found = list(source_of("api_jsonl").read(wrapped, path, options))
    if opened.skip is not None and not any(isinstance(item, RequestRecord) for item in found):
        yield opened.skip
    else:
        yield from found


def _lines_of(opened: Opened) -> Lines:
    lines = iter_stream(opened.path, opened.compression)
    return ((item[0], item[1]) for item in lines if isinstance(item, tuple))


def _compact(lines: Lines) -> Lines:
    """Write JSON without blanks between its values, which no provider sees; strings and the order of keys stay."""
    for number, line in joined(lines):
        try:
            yield number, msgspec.json.format(line, indent=-1)
        except msgspec.DecodeError:
            yield number, line


def _with_model(line: bytes, model: str) -> bytes:
    """Give a body that names no model one; any other line stays."""
    try:
        members = msgspec.json.decode(line, type=dict[str, msgspec.Raw])
    except msgspec.DecodeError:
        return line
    if "request" in members or "body" in members:
        return msgspec.json.encode({"model": model, **members})
    return line if "model" in members else msgspec.json.encode({"model": model, "request": msgspec.Raw(line)})


_SMALL = 8 << 20
"""Bytes up to which a file may be a single body."""
