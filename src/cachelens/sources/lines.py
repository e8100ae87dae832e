"""Bytes to numbered lines: plain or compressed, whole files or byte ranges."""

from __future__ import annotations

import io
import os
import sys
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

from cachelens.model.record import Skip

if TYPE_CHECKING:
    import zstandard
    from _typeshed import WriteableBuffer

CHUNK = 1 << 20
_PACKED_CHUNK = 1 << 17
BOM = b"\xef\xbb\xbf"
ENDS_EARLY = "compressed data ends early"
DAMAGED = "compressed data is damaged"

UNPACKERS = ("zstandard", "isal")
"""Packages that raise classes of their own, which are imported only where a file needs them."""

MAGIC = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}
"""First bytes of the compressed formats that can be read."""


def compression_of(head: bytes) -> str:
    """Tell the compression from the first bytes of a file: `gzip`, `zstd` or empty."""
    return next((name for magic, name in MAGIC.items() if head.startswith(magic)), "")


def open_stream(path: str, compression: str) -> IO[bytes]:
    """Open a file for reading, decompressed."""
    return _OPENERS[compression](path)


def _open_plain(path: str) -> IO[bytes]:
    return Path(path).open("rb", buffering=0)


def _open_gzip(path: str) -> IO[bytes]:
    try:
        from isal import igzip
    except ImportError:
        import gzip

        return cast("IO[bytes]", gzip.open(path, "rb"))
    return cast("IO[bytes]", igzip.open(path, "rb"))


def _open_zstd(path: str) -> IO[bytes]:
    import zstandard

    return cast("IO[bytes]", ZstdStream(path, zstandard.ZstdDecompressor(max_window_size=1 << 31)))


class ZstdStream(io.RawIOBase):
    """Reads frames of Zstandard one after the other; `EOFError` where the last one breaks off.

    The package's own reader ends without a word there.
    """

    def __init__(self, path: str, context: zstandard.ZstdDecompressor) -> None:
        super().__init__()
        self._file = Path(path).open("rb")  # noqa: SIM115 - closed with the stream
        self._context = context
        self._frame = context.decompressobj()
        self._ready = memoryview(b"")
        self._begun = False

    def readable(self) -> bool:
        """Say yes."""
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Fill the buffer with what is decompressed next; 0 at the end."""
        while not self._ready:
            packed = self._rest() or self._file.read(_PACKED_CHUNK)
            if not packed:
                if self._begun:
                    raise EOFError
                return 0
            self._begun = True
            self._ready = memoryview(self._frame.decompress(packed))
        target = memoryview(buffer).cast("B")
        size = min(len(target), len(self._ready))
        target[:size] = self._ready[:size]
        self._ready = self._ready[size:]
        return size

    def _rest(self) -> bytes:
        """Return what follows a finished frame, and make ready for the next one."""
        if not self._frame.eof:
            return b""
        rest = self._frame.unused_data
        self._frame, self._begun = self._context.decompressobj(), False
        return rest

    def close(self) -> None:
        """Close the file too."""
        self._file.close()
        super().close()


_OPENERS: dict[str, Callable[[str], IO[bytes]]] = {"": _open_plain, "gzip": _open_gzip, "zstd": _open_zstd}


def buffered(stream: IO[bytes]) -> io.BufferedReader:
    """Give a stream a large read buffer: iterating over one runs at memory speed."""
    return io.BufferedReader(cast("io.RawIOBase", stream), CHUNK)


def iter_stream(
    path: str, compression: str = "", start: int = 0, end: int | None = None, first_line: int = 1
) -> Iterator[tuple[int, bytes] | Skip]:
    """Yield (line number, line without its end) from a byte range, blank lines left out.

    `start` must be the beginning of a line; the range ends with the last line that begins before `end`.
    Memory is one buffer plus the longest line. Ends with a skip where compressed data breaks off.
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
        except Exception as error:  # noqa: BLE001 - what is not damage is raised again
            yield Skip(line=number + 1, reason=_trouble(error), detail="everything before this line was read")


def _trouble(error: Exception) -> str:
    """Name what is wrong with a stream; an error of another kind is raised again."""
    if isinstance(error, EOFError):
        return ENDS_EARLY
    if isinstance(error, OSError | zlib.error | ValueError) or type(error).__module__.startswith(UNPACKERS):
        return DAMAGED
    raise error


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
