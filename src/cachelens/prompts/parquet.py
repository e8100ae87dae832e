"""A compiled trace as Parquet, for other tools; needs the `parquet` extra.

One row an array: its name, type, shape and values as bytes, compressed; string tables and facts stand in the
file's metadata. Reading it back gives the same trace.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from cachelens.errors import TraceFormatError, UsageError
from cachelens.prompts.container import VERSION, arrays_of, assemble, check_version, damaged
from cachelens.prompts.trace import Trace

MAGIC = b"PAR1"
_KEY = b"cachelens"


class _Head(msgspec.Struct, frozen=True):
    version: int
    strings: dict[str, tuple[str, ...]]
    files: tuple[str, ...]
    meta: dict[str, Any]


def _library() -> tuple[Any, Any]:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise UsageError(
            "Parquet needs pyarrow, which is not installed", hint="pip install 'cachelens-sim[parquet]'"
        ) from None
    return pyarrow, pyarrow.parquet


def is_parquet(path: Path) -> bool:
    """Say whether a file is Parquet, by its first bytes."""
    try:
        with path.open("rb") as file:
            return file.read(4) == MAGIC
    except OSError:
        return False


def save(trace: Trace, path: Path) -> None:
    """Write a trace as Parquet."""
    pyarrow, parquet = _library()
    rows = [(name, np.ascontiguousarray(values)) for name, values in arrays_of(trace)]
    head = msgspec.json.encode(
        {"version": VERSION, "strings": dict(trace.strings), "files": trace.files, "meta": dict(trace.meta)},
        order="sorted",
    )
    table = pyarrow.table(
        {
            "name": [name for name, _ in rows],
            "dtype": [values.dtype.str for _, values in rows],
            "shape": [list(values.shape) for _, values in rows],
            "values": pyarrow.array([values.tobytes() for _, values in rows], type=pyarrow.large_binary()),
        }
    ).replace_schema_metadata({_KEY: head})
    parquet.write_table(table, path, compression="zstd")


def load(path: Path) -> Trace:
    """Read a trace that `save` wrote. Raises `TraceFormatError` for any other Parquet file, and for a damaged one."""
    pyarrow, parquet = _library()
    try:
        table = parquet.read_table(path, columns=["name", "dtype", "shape", "values"])
        head = msgspec.json.decode((table.schema.metadata or {})[_KEY], type=_Head)
    except (KeyError, ValueError, OSError, msgspec.MsgspecError, pyarrow.ArrowException) as error:
        raise TraceFormatError(
            f"{path} is Parquet, but not a trace", hint="write one: cachelens compile LOGS -o OUT.parquet"
        ) from error
    check_version(path, head.version)
    try:
        arrays = {
            row["name"]: np.frombuffer(row["values"], dtype=np.dtype(row["dtype"])).reshape(row["shape"])
            for row in table.to_pylist()
        }
        return assemble(arrays, head.strings, head.files, head.meta)
    except (TypeError, ValueError, OverflowError) as error:
        raise damaged(path, error) from error
