"""Files to text, and names in templates to files, without ever leaving the given folders."""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Iterator, Sequence
from pathlib import Path, PureWindowsPath

from cachelens.templates.base import MOST_BYTES

_LINE_END = re.compile(r"\r\n|\r|\n")
NOT_TEXT = "not-text"
TOO_LARGE = "too-large"
UNREADABLE = "unreadable"
MISSING = "include-missing"
OUTSIDE = "include-outside"


class UnusableError(Exception):
    """A file that cannot be used; `code` is that of the problem, `why` goes into its message."""

    def __init__(self, code: str, why: str) -> None:
        super().__init__(why)
        self.code = code
        self.why = why


def read_text(path: Path) -> str:
    """Read a text file with line feeds as line ends; raises `UnusableError`."""
    return with_line_feeds(read_as_is(path))


def read_as_is(path: Path) -> str:
    """Read a text file with its own line ends; raises `UnusableError`."""
    try:
        if not path.is_file():
            raise UnusableError(UNREADABLE, "it is no file")
        with path.open("rb") as stream:
            data = stream.read(MOST_BYTES + 1)
    except OSError as error:
        raise UnusableError(UNREADABLE, error.strerror or "it cannot be opened") from None
    if len(data) > MOST_BYTES:
        raise UnusableError(
            TOO_LARGE, f"it has more than {MOST_BYTES:,} bytes, the most that is read; split it, or exclude it"
        )
    return decode(data)


def decode(data: bytes) -> str:
    """Decode UTF-8, or UTF-16 with its mark, and keep the line ends; raises `UnusableError` for anything else."""
    wide = data[:2] in {b"\xff\xfe", b"\xfe\xff"}
    if b"\x00" in data and not wide:
        raise UnusableError(NOT_TEXT, "it is binary")
    try:
        return data.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError:
        raise UnusableError(NOT_TEXT, "it is not UTF-8; save it as UTF-8") from None


def with_line_feeds(text: str) -> str:
    """Return a text with line feeds as line ends."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def odd_line(text: str) -> int:
    """Return the first line that ends otherwise than the first one, 0 where all are alike."""
    if "\r" not in text:
        return 0
    ends = _LINE_END.findall(text)
    return next((number for number, end in enumerate(ends, start=1) if end != ends[0]), 0)


def locate(names: Sequence[str], folder: Path, roots: Sequence[Path]) -> Path:
    """Find the first of some names beside a file, in the folders above it, or in the roots.

    Only files whose real path is below a root are found; raises `UnusableError` otherwise.
    """
    tops = [Path(os.path.realpath(root)) for root in roots]
    outside = not tops
    for name in names:
        if _is_absolute(name) or "\x00" in name:
            outside = True
            continue
        for number, base in enumerate(_bases(Path(os.path.realpath(folder)), tops)):
            written = Path(os.path.normpath(base / name))
            real = Path(os.path.realpath(written)) if os.path.lexists(written) else written
            if _is_below(real, tops):
                if real.is_file():
                    return real
            elif number == 0 or _is_below(written, tops):
                outside = True
    if outside:
        raise UnusableError(OUTSIDE, "it is outside the folders that were given; give its folder too")
    raise UnusableError(MISSING, "no such file in the folders that were given")


def name_beside(path: Path, known: Path, known_name: str) -> str:
    """Name a file the way the user names another one."""
    beside = os.path.relpath(path, os.path.realpath(known.parent)).replace(os.sep, "/")
    return posixpath.normpath(posixpath.join(posixpath.dirname(known_name), beside))


def _bases(folder: Path, tops: Sequence[Path]) -> Iterator[Path]:
    yield folder
    for parent in folder.parents:
        if not _is_below(parent, tops):
            break
        yield parent
    yield from tops


def _is_below(path: Path, tops: Sequence[Path]) -> bool:
    return any(path.is_relative_to(top) for top in tops)


def _is_absolute(name: str) -> bool:
    windows = PureWindowsPath(name)
    return name.startswith(("/", "\\", "~")) or bool(windows.drive)
