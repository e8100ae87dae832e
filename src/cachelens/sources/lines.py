"""Bytes to numbered lines: plain or compressed, whole files or byte ranges."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, cast

from cachelens.model.record import Skip
from cachelens.sources.packed import PackedError, PackedStream

CHUNK = 1 << 20
UNREADABLE = "the file cannot be read"
BOM = b"\xef\xbb\xbf"

MAGIC = {
    b"\x1f\x8b": "gzip",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"BZh": "bzip2",
    b"\xfd7zXZ\x00": "xz",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
}
"""First bytes of the packed formats that can be read, and of text in UTF-16."""


def compression_of(head: bytes) -> str:
    """Tell from the first bytes of a file how it is packed; empty for text."""
    return next((name for magic, name in MAGIC.items() if head.startswith(magic)), "")


def open_stream(path: str, compression: str) -> IO[bytes]:
    """Open a file for reading, decompressed."""
    return _open_packed(path, compression) if compression else _open_plain(path)


def _open_plain(path: str) -> IO[bytes]:
    return Path(path).open("rb", buffering=0)


def _open_packed(path: str, compression: str) -> IO[bytes]:
    return cast("IO[bytes]", PackedStream(path, compression))


def buffered(stream: IO[bytes]) -> io.BufferedReader:
    """Give a stream a large read buffer: iterating over one runs at memory speed."""
    return io.BufferedReader(cast("io.RawIOBase", stream), CHUNK)


def iter_stream(
    path: str, compression: str = "", start: int = 0, end: int | None = None, first_line: int = 1
) -> Iterator[tuple[int, bytes] | Skip]:
    """Yield (line number, line without its end) from a byte range, blank lines left out.

    `start` must be the beginning of a line; the range ends with the last line that begins before `end`.
    Memory is one buffer plus the longest line. Ends with a skip where compressed data breaks off, behind all
    complete lines before the break.
    """
    number = first_line - 1
    left = sys.maxsize if end is None else end - start
    with open_stream(path, compression) as raw, buffered(raw) as stream:
        if start:
            stream.seek(start)
        try:
            for number, line in enumerate(stream, first_line):
                if left <= 0:
                    return
                left -= len(line)
                if number == 1:
                    line = line.removeprefix(BOM)  # noqa: PLW2901
                text = line.rstrip(b"\r\n")
                if text and not text.isspace():
                    yield number, text
        except PackedError as error:
            yield Skip(line=number + 1, reason=error.reason, detail=error.detail)
        except OSError as error:
            yield Skip(line=number + 1, reason=UNREADABLE, detail=error.strerror or "")


def count_lines(path: str, end: int) -> int:
    """Count the lines that end in the first `end` bytes of a plain file."""
    total = 0
    with buffered(_open_plain(path)) as stream:
        for total, line in enumerate(stream, 1):  # noqa: B007 - needed after the loop
            end -= len(line)
            if end <= 0:
                break
    return total


def cut_points(path: str, size: int, parts: int) -> list[int]:
    """Return byte offsets, all at the beginning of a line, that cut a plain file into about equal parts."""
    points = [0]
    with Path(path).open("rb") as stream:
        for index in range(1, parts):
            stream.seek(max(size * index // parts - 1, points[-1]), os.SEEK_SET)
            stream.readline()
            at = stream.tell()
            if points[-1] < at < size:
                points.append(at)
    return [*points, size]
