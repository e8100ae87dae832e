"""The compiled trace as one file that can be memory-mapped.

Layout: the magic line, eight bytes with the length of the header, the header (JSON: version, arrays with
type, shape and offset, string tables, facts), then the arrays, each at a multiple of 64 bytes.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
import numpy as np
import numpy.typing as npt

from cachelens.errors import TraceFormatError
from cachelens.prompts.columns import INTEGER_COLUMNS
from cachelens.prompts.soundness import UnsoundError, check_arrays, check_trace
from cachelens.prompts.trace import Nodes, Segments, Trace

MAGIC = b"CACHELENS TRACE\n"
VERSION = 2
_ALIGN = 64


class _Array(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    dtype: str
    shape: tuple[int, ...]
    offset: int
    """Bytes from the end of the header, a multiple of `_ALIGN`."""


class _Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    version: int
    arrays: tuple[_Array, ...]
    strings: dict[str, tuple[str, ...]]
    files: tuple[str, ...]
    meta: dict[str, Any]


def is_trace(path: Path) -> bool:
    """Say whether a file is a compiled trace, by its first bytes."""
    try:
        with path.open("rb") as file:
            return file.read(len(MAGIC)) == MAGIC
    except OSError:
        return False


def arrays_of(trace: Trace) -> Iterator[tuple[str, npt.NDArray[Any]]]:
    """Yield every array of a trace under its name in the file."""
    for name in (*INTEGER_COLUMNS, "order"):
        yield f"requests.{name}", trace.requests[name]
    for name in Nodes.__dataclass_fields__:
        yield f"nodes.{name}", getattr(trace.nodes, name)
    for name in Segments.__dataclass_fields__:
        yield f"segments.{name}", getattr(trace.segments, name)
    for name in ("mark_start", "mark_node", "mark_ttl"):
        yield name, getattr(trace, name)
    ids = [text.encode("utf-8", "replace") for text in trace.request_ids]
    yield "request_ids.text", np.frombuffer(b"".join(ids), dtype=np.uint8)
    yield "request_ids.start", np.cumsum([0, *map(len, ids)], dtype=np.int64)


def save(trace: Trace, path: Path) -> None:
    """Write a trace. An existing file is replaced only when all is written."""
    arrays = list(arrays_of(trace))
    rows, offset = [], 0
    for name, values in arrays:
        rows.append(_Array(name, values.dtype.str, values.shape, offset))
        offset += -(-values.nbytes // _ALIGN) * _ALIGN
    header = msgspec.json.encode(
        _Header(VERSION, tuple(rows), dict(trace.strings), trace.files, dict(trace.meta)), order="sorted"
    )
    partial = path.with_name(path.name + ".partial")
    with partial.open("wb") as file:
        file.write(MAGIC + len(header).to_bytes(8, "little") + header)
        _pad(file)
        for _, values in arrays:
            file.write(np.ascontiguousarray(values).tobytes())
            _pad(file)
    partial.replace(path)


def _pad(file: BinaryIO) -> None:
    file.write(b"\0" * (-file.tell() % _ALIGN))


def load(path: Path) -> Trace:
    """Open a trace without reading its text.

    Raises `TraceFormatError` when the file is no trace, is cut short, is damaged or has another version.
    """
    header, start = _header(path)
    size = path.stat().st_size
    try:
        found = {row.name: _mapped(path, row, start, size) for row in header.arrays}
        return assemble(found, header.strings, header.files, header.meta)
    except (TypeError, ValueError, OverflowError) as error:
        raise damaged(path, error) from error


def _mapped(path: Path, row: _Array, start: int, size: int) -> npt.NDArray[Any]:
    """Open one array where it stands in the file."""
    dtype = np.dtype(row.dtype)
    count = math.prod(row.shape)
    if min(row.shape, default=0) < 0 or row.offset < 0 or row.offset % _ALIGN or dtype.hasobject:
        raise UnsoundError(f"{row.name} cannot stand there")
    if start + row.offset + dtype.itemsize * count > size:
        raise UnsoundError("it is cut short")
    if not count:
        return np.zeros(row.shape, dtype)
    return np.asarray(np.memmap(path, dtype=dtype, mode="r", offset=start + row.offset, shape=row.shape))


def assemble(
    arrays: Mapping[str, npt.NDArray[Any]],
    strings: Mapping[str, tuple[str, ...]],
    files: tuple[str, ...],
    meta: Mapping[str, Any],
) -> Trace:
    """Build a trace from the arrays that `arrays_of` names. Raises `UnsoundError` when they do not fit together."""
    check_arrays(arrays)
    starts = arrays["request_ids.start"].tolist()
    text = arrays["request_ids.text"].tobytes()
    ids = tuple(text[a:b].decode() for a, b in zip(starts, starts[1:], strict=False))
    trace = Trace(
        requests={name: arrays[f"requests.{name}"] for name in (*INTEGER_COLUMNS, "order")},
        strings=strings,
        request_ids=ids,
        nodes=Nodes(**{name: arrays[f"nodes.{name}"] for name in Nodes.__dataclass_fields__}),
        segments=Segments(**{name: arrays[f"segments.{name}"] for name in Segments.__dataclass_fields__}),
        mark_start=arrays["mark_start"],
        mark_node=arrays["mark_node"],
        mark_ttl=arrays["mark_ttl"],
        files=files,
        meta=meta,
    )
    check_trace(trace)
    return trace


def _header(path: Path) -> tuple[_Header, int]:
    with path.open("rb") as file:
        if file.read(len(MAGIC)) != MAGIC:
            raise TraceFormatError(
                f"{path} is not a compiled trace", hint="compile it: cachelens compile LOGS -o OUT.trace"
            )
        length = int.from_bytes(file.read(8), "little")
        raw = file.read(min(length, path.stat().st_size))
        start = -(-(len(MAGIC) + 8 + length) // _ALIGN) * _ALIGN
    try:
        header = msgspec.json.decode(raw, type=_Header)
    except (msgspec.DecodeError, ValueError) as error:
        raise damaged(path, error) from error
    check_version(path, header.version)
    return header, start


def check_version(path: Path, version: int) -> None:
    """Raise `TraceFormatError` unless the version is the one of this program."""
    if version != VERSION:
        raise TraceFormatError(
            f"{path} has trace version {version}, this is version {VERSION}",
            hint="compile the logs again with this version",
        )


def damaged(path: Path, why: Exception) -> TraceFormatError:
    """Return the error for a trace that cannot be used."""
    return TraceFormatError(f"{path} is damaged or cut short: {why}", hint="compile the logs again")
