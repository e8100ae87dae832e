"""From what the user typed to a list of files with known formats."""

from __future__ import annotations

import atexit
import glob
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, cast

import msgspec

from cachelens.catalog import load_catalog
from cachelens.errors import InputError
from cachelens.model.record import Skip
from cachelens.sources.api_envelope import shows_answers
from cachelens.sources.base import NO_OPTIONS, ReadOptions, RowSource, Source
from cachelens.sources.documents import is_document
from cachelens.sources.lines import UNREADABLE, compression_of, iter_stream

STDIN = "-"
HEAD_LINES = 64
HEAD_BYTES = 1 << 20
LOGS = frozenset({".jsonl", ".ndjson", ".json", ".csv", ".tsv"})
"""Suffixes by which a file promises to be a log: one that cannot be read is a fault, also in a folder."""
SUFFIXES = LOGS | {".log", ".txt", ".har", ".yaml", ".yml", ".parquet", ".trace"}
"""Suffixes (before those of compression) that a file in a folder needs to be looked at."""
_WHOLE = "make it anew: it breaks off before its first line"
PACKED = frozenset({".gz", ".zst", ".zstd", ".bz2", ".xz"})

NOT_A_LOG = "not a log"
EMPTY = "the file is empty"
NEXT = "name a log in a format that is read, or the format with `--from`; docs/formats.md lists them"
"""What to do where nothing else is known that would help."""
BINARY = "the file is binary"
UNKNOWN = "no format recognised"
TRACE = "a compiled trace or Parquet file is read alone"
TWICE = "named twice"
_OPEN_FILES = "/proc/self/fd"
"""Where Linux lets a process, and its forks, open its own files again."""


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """One input, looked at but not yet read. Can be sent to another process."""

    path: str
    """Where the bytes are: the file, or the copy of a stream."""
    name: str
    """The input as the user knows it; `-` for standard input."""
    format: str = ""
    """Id of the source that reads it; empty when it is passed over."""
    compression: str = ""
    """How it is packed, as `lines.MAGIC` names it; empty for text."""
    size: int = 0
    """Bytes on disk."""
    splittable: bool = False
    """True when the file may be cut at line ends."""
    answered: bool = False
    """True where the first rows show that the log keeps responses."""
    skip: Skip | None = None
    """Why the file is passed over; benign for files of other kinds found in a folder."""


def source_of(identifier: str) -> Source:
    """Return the source with this id; `UsageError` for an unknown one."""
    return cast("Source", load_catalog("sources").get(identifier))


def discover(inputs: Sequence[str], *, forced: str = "", options: ReadOptions = NO_OPTIONS) -> list[Opened]:
    """Find all files behind files, folders, globs and `-`, tell their formats, and sort them by name.

    `forced` is a source id that is used without asking; `options` say where an export keeps its fields. Raises
    `InputError` for an input that does not exist and `UsageError` for an unknown format. A file that cannot be used
    is returned with a skip, and so is one that was there before under another name.
    """
    if forced:
        source_of(forced)
    found: dict[str, Opened] = {}
    again: list[Opened] = []
    for given in inputs:
        for path, sought in _files(given):
            place = STDIN if path == STDIN else os.path.realpath(path)
            before = found.get(place)
            if before is None or (before.skip is not None and not sought):
                found[place] = _open(path, forced, options, sought=sought)
            elif before.skip is None:
                again.append(_passed(path, path, TWICE, f"read once, as {before.name}", benign=True))
    return sorted([*found.values(), *again], key=lambda opened: opened.name)


def _files(given: str) -> Iterator[tuple[str, bool]]:
    """Yield (path or `-`, found in a folder or glob) for one input."""
    path = Path(given)
    if given == STDIN:
        yield given, False
    elif path.is_dir():
        yield from ((file, True) for file in _walk(path))
    elif path.exists():
        yield given, False
    else:
        yield from _glob(given)


def _glob(pattern: str) -> Iterator[tuple[str, bool]]:
    names = sorted(glob.glob(pattern, recursive=True))
    if not names:
        raise InputError(f"{pattern} does not exist", hint="name a file, a folder, a pattern in quotes, or `-`")
    for name in names:
        if Path(name).is_dir():
            yield from ((file, True) for file in _walk(Path(name)))
        else:
            yield name, True


def _walk(folder: Path) -> list[str]:
    files: list[str] = []
    for root, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        files += [str(Path(root, name)) for name in names if not name.startswith(".")]
    return sorted(files)


def _spool(stream: IO[bytes]) -> str:
    """Copy a stream to a temporary file that lives as long as the process.

    It has no name where the system can open a file without one, so that nothing stays when the process is killed.
    """
    if Path(_OPEN_FILES).is_dir():
        nameless = tempfile.TemporaryFile()  # noqa: SIM115 - open as long as the process
        atexit.register(nameless.close)
        shutil.copyfileobj(stream, nameless, 1 << 20)
        nameless.flush()
        return f"{_OPEN_FILES}/{nameless.fileno()}"
    handle, path = tempfile.mkstemp(prefix="cachelens-", suffix=".jsonl")
    atexit.register(Path(path).unlink, missing_ok=True)
    with os.fdopen(handle, "wb") as copy:
        shutil.copyfileobj(stream, copy, 1 << 20)
    return path


def _open(name: str, forced: str, options: ReadOptions, *, sought: bool) -> Opened:
    """Look at one file; `sought` means that it turned up in a folder and may well be something else."""
    stream = name == STDIN or (Path(name).exists() and not Path(name).is_file())
    if sought and (stream or not _plausible(name)):
        return _passed(name, name, NOT_A_LOG, "name the file itself to have it read", benign=True)
    try:
        path = _copied(name) if stream else name
        size = Path(path).stat().st_size
        with Path(path).open("rb") as file:
            start = file.read(4096)
    except OSError as error:
        return _passed(name, name, UNREADABLE, error.strerror or "")
    compression = compression_of(start)
    lines, broken = _head(path, compression)
    if b"\x00" in (b"".join(lines) if compression else start):
        if _is_trace(path):
            return _passed(path, name, TRACE, "name it as the only input", benign=sought)
        unpacked = "give a text log (`.gz`, `.zst`, `.bz2` and `.xz` are unpacked, `.tar` and `.zip` are not)"
        return _passed(path, name, BINARY, unpacked, benign=sought and not _promising(name))
    if not lines:
        if broken is not None:
            return _passed(path, name, broken.reason, _WHOLE)
        return _passed(path, name, EMPTY, "name a log that holds a request", benign=sought)
    identifier = forced or sniff(lines, name, options)
    if not identifier:
        benign = sought and not _promising(name)
        return _passed(path, name, UNKNOWN, NEXT, benign=benign)
    source = source_of(identifier)
    return Opened(
        path=path,
        name=name,
        format=identifier,
        compression=compression,
        size=size,
        splittable=source.splittable and not compression and not is_document(lines),
        answered=source.mappable and shows_answers(cast("RowSource", source).rows(lines)),
    )


def _copied(name: str) -> str:
    if name == STDIN:
        return _spool(sys.stdin.buffer)
    with Path(name).open("rb") as stream:
        return _spool(stream)


def _is_trace(path: str) -> bool:
    """Say whether a binary file is a compiled trace, in one of its two containers."""
    from cachelens.prompts import container, parquet

    return container.is_trace(Path(path)) or parquet.is_parquet(Path(path))


def _passed(path: str, name: str, reason: str, detail: str, *, benign: bool = False) -> Opened:
    return Opened(path=path, name=name, skip=Skip(line=0, reason=reason, detail=detail, benign=benign))


def _plausible(path: str) -> bool:
    """Say whether a file in a folder may be a log by its name; one that is only known to be packed may."""
    suffix = _suffix(path)
    return suffix in SUFFIXES or (not suffix and bool(Path(path).suffix))


def _promising(path: str) -> bool:
    """Say whether a name promises a log."""
    suffix = _suffix(path)
    return suffix in LOGS or (not suffix and bool(Path(path).suffix))


def _suffix(path: str) -> str:
    """Return the suffix before those of compression."""
    suffixes = [suffix.lower() for suffix in Path(path).suffixes]
    while suffixes and suffixes[-1] in PACKED:
        suffixes.pop()
    return suffixes[-1] if suffixes else ""


def _head(path: str, compression: str) -> tuple[list[bytes], Skip | None]:
    """Return the first lines, or the beginning of a document; and why there are no more where the data breaks off."""
    lines: list[bytes] = []
    size = 0
    for item in iter_stream(path, compression):
        if isinstance(item, Skip):
            return lines, item
        lines.append(item[1])
        size += len(item[1])
        if size >= HEAD_BYTES or (len(lines) == HEAD_LINES and not is_document(lines)):
            break
    return lines, None


def sniff(head: Sequence[bytes], name: str, options: ReadOptions = NO_OPTIONS) -> str:
    """Ask every source how sure it is of these first lines; empty when none knows them."""
    best, sure = "", 0
    catalog = load_catalog("sources")
    for row in catalog.rows:
        score = cast("Source", catalog.get(row.id)).sniff(head, name, options)
        if score > sure:
            best, sure = row.id, score
    return best
