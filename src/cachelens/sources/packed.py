"""Compressed files as streams that give all there is before the break, and then say what broke."""

from __future__ import annotations

import codecs
import io
import itertools
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol, cast

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

MOST_WINDOW = 1 << 27
"""The most memory that Zstandard or xz may ask for to unpack: what `zstd --long` and `xz -9` write."""
ENDS_EARLY = "compressed data ends early"
DAMAGED = "compressed data is damaged"
TOO_WIDE = "compressed with a window above 128 MB"
_READ = "everything before this line was read"
_CHUNK = 1 << 15
_GZIP = 31
"""`wbits` for gzip with its header and its checksum."""


class PackedError(OSError):
    """Compressed data that cannot be unpacked any further; text as in `Skip`."""

    def __init__(self, reason: str, detail: str = _READ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.detail = detail


class Unpacker(Protocol):
    """Unpacks one frame, as `zlib.decompressobj` does; a frame of gzip is called member elsewhere."""

    @property
    def eof(self) -> bool:
        """True behind the end of the frame."""
        ...

    @property
    def unused_data(self) -> bytes:
        """What was given beyond the end of the frame."""
        ...

    def decompress(self, data: bytes, /) -> bytes:
        """Unpack further."""
        ...


class Format(NamedTuple):
    """How to unpack one format."""

    begin: Callable[[], Unpacker]
    error: type[Exception]
    padding: bytes = b""
    """Bytes that may follow a frame without meaning."""
    framed: bool = True
    """False where the data ends with the file and has no end of its own."""


class Utf16:
    """Text in UTF-16, as some exports for Excel are, unpacked to UTF-8."""

    eof = False
    unused_data = b""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-16")("replace")

    def decompress(self, data: bytes, /) -> bytes:
        """Decode further; half a character waits for its other half."""
        return self._decoder.decode(data).encode("utf-8", "replace")


class PackedStream(io.RawIOBase):
    """Reads the frames of a file one after the other; `PackedError` where they break off or are damaged."""

    def __init__(self, path: str, compression: str) -> None:
        super().__init__()
        self._file = Path(path).open("rb")  # noqa: SIM115 - closed with the stream
        self._format = _FORMATS[compression]()
        self._pieces = self._unpack()
        self._ready = memoryview(b"")

    def readable(self) -> bool:
        """Say yes."""
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Fill the buffer with what is unpacked next; 0 at the end."""
        while not self._ready:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._ready = memoryview(piece)
        target = memoryview(buffer).cast("B")
        size = min(len(target), len(self._ready))
        target[:size] = self._ready[:size]
        self._ready = self._ready[size:]
        return size

    def close(self) -> None:
        """Close the file too."""
        self._file.close()
        super().close()

    def _unpack(self) -> Iterator[bytes]:
        """Yield what each chunk of the file gives; an error comes behind all that stands before it."""
        frame, begun, start = self._format.begin(), False, 0
        while packed := self._file.read(_CHUNK):
            while packed:
                if not begun:
                    packed = packed.lstrip(self._format.padding) if self._format.padding else packed
                    start, begun = self._file.tell() - len(packed), bool(packed)
                at = self._file.tell() - len(packed)
                try:
                    piece = frame.decompress(packed)
                except self._format.error as error:
                    yield from self._rescued(start, at)
                    raise _told(error) from error
                yield piece
                if not frame.eof:
                    break
                packed, frame, begun = frame.unused_data, self._format.begin(), False
        if begun and self._format.framed:
            raise PackedError(ENDS_EARLY)

    def _rescued(self, start: int, at: int) -> Iterator[bytes]:
        """Unpack the frame that begins at `start` again, and yield what the chunk at `at` gives before its error."""
        frame = self._format.begin()
        self._file.seek(start)
        for size in (*itertools.repeat(_CHUNK, (at - start) // _CHUNK), (at - start) % _CHUNK):
            frame.decompress(self._file.read(size))
        while byte := self._file.read(1):
            try:
                yield frame.decompress(byte)
            except self._format.error:
                return


def _told(error: Exception) -> PackedError:
    if "too much memory" in str(error):
        return PackedError(TOO_WIDE, "unpack it first: zstd -d --long=31 FILE")
    if "limit exceeded" in str(error):
        return PackedError(TOO_WIDE, "unpack it first: xz -d FILE")
    return PackedError(DAMAGED)


def _gzip() -> Format:
    try:
        from isal import isal_zlib
    except ImportError:
        return Format(partial(zlib.decompressobj, _GZIP), zlib.error, b"\0")
    return Format(partial(isal_zlib.decompressobj, _GZIP), cast("type[Exception]", isal_zlib.error), b"\0")


def _zstd() -> Format:
    import zstandard

    context = zstandard.ZstdDecompressor(max_window_size=MOST_WINDOW)
    return Format(context.decompressobj, zstandard.ZstdError)


def _bzip2() -> Format:
    import bz2

    return Format(bz2.BZ2Decompressor, OSError)


def _xz() -> Format:
    import lzma

    return Format(partial(lzma.LZMADecompressor, memlimit=MOST_WINDOW), lzma.LZMAError, b"\0")


def _utf16() -> Format:
    return Format(Utf16, UnicodeError, framed=False)


_FORMATS = {"gzip": _gzip, "zstd": _zstd, "bzip2": _bzip2, "xz": _xz, "utf-16": _utf16}
