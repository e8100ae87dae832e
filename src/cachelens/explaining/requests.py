"""Finds one request of a trace by its id, by file and line, or by its number."""

from __future__ import annotations

import difflib
import re
from pathlib import PurePath

import numpy as np

from cachelens.errors import UsageError
from cachelens.model.explanation import RequestRef
from cachelens.prompts.columns import NO_TIME
from cachelens.prompts.trace import Trace

_NUMBER = re.compile(r"#(\d{1,12})")
_PLACE = re.compile(r"(.+):(\d{1,12})", re.DOTALL)
_SHORTEST = 6
"""Characters of an id from which its beginning is enough."""
_NEAR = 3
_LONGEST = 60
_FORMS = "a request is named by its id, as FILE:LINE, or as '#N', the N-th in order of arrival"


def find_request(trace: Trace, name: str) -> int:
    """Return the index of the request that `name` means; `UsageError`, with the nearest ones, if there is none.

    An id wins over the other forms; its beginning is enough where no other id begins so.
    """
    ids = trace.request_ids
    if not name:
        raise UsageError("no request is named", hint=_FORMS)
    if name in ids:
        return ids.index(name)
    if found := _NUMBER.fullmatch(name):
        number = int(found[1])
        if 1 <= number <= len(trace):
            return number - 1
        raise UsageError(f"there is no request {name}", hint=f"the log holds {len(trace):,}, from '#1' on")
    if found := _PLACE.fullmatch(name):
        index = _by_line(trace, found[1], int(found[2]))
        if index is not None:
            return index
    return _by_beginning(ids, name)


def _by_beginning(ids: tuple[str, ...], name: str) -> int:
    begin = [place for place, known in enumerate(ids) if len(name) >= _SHORTEST and known.startswith(name)]
    if len(begin) == 1:
        return begin[0]
    if begin:
        some = ", ".join(_short(ids[place]) for place in begin[:_NEAR])
        raise UsageError(f"{len(begin):,} requests begin with {_short(name)}", hint=f"write more of it: {some}, ...")
    if not any(ids):
        raise UsageError(f"no request has an id, so none is {_short(name)}", hint=_FORMS)
    near = difflib.get_close_matches(name, sorted({known for known in ids if known}), _NEAR, 0.5)
    nearest = f"the nearest ids are {', '.join(map(_short, near))}; " if near else ""
    raise UsageError(f"there is no request {_short(name)}", hint=nearest + _FORMS)


def _by_line(trace: Trace, path: str, line: int) -> int | None:
    """Return the request of a line; `None` where no file of the trace is called so."""
    files = _files(trace.files, path)
    if not files:
        return None
    if len(files) > 1:
        names = ", ".join(trace.files[number] for number in files[:_NEAR])
        raise UsageError(f"several files are called {_short(path)}", hint=f"write more of the path: {names}")
    rows = np.flatnonzero(trace.column("file") == files[0])
    lines = trace.column("line")[rows]
    here = rows[lines == line]
    if len(here):
        return int(here[0])
    near = sorted(set(lines.tolist()), key=lambda other: (abs(other - line), other))[:_NEAR]
    at = ", ".join(f"{other}" for other in sorted(near))
    raise UsageError(
        f"line {line} of {trace.files[files[0]]} holds no request",
        hint=f"the nearest lines that do: {at}" if near else "no line of it does",
    )


def _files(files: tuple[str, ...], path: str) -> list[int]:
    """Return the files that a path means: the same, or all whose last parts it gives."""
    same = [number for number, file in enumerate(files) if file == path]
    parts = PurePath(path).parts
    return same or [number for number, file in enumerate(files) if PurePath(file).parts[-len(parts) :] == parts]


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST else name[: _LONGEST - 3] + "..."


def reference(trace: Trace, request: int, tokens: int) -> RequestRef:
    """Return by what a request can be found; `tokens` is its input."""
    row = {name: int(values[request]) for name, values in trace.requests.items()}

    def text(column: str) -> str:
        return trace.strings[column][row[column]] if row[column] >= 0 else ""

    return RequestRef(
        number=request + 1,
        id=trace.request_ids[request],
        path=trace.files[row["file"]],
        line=row["line"],
        model=text("model"),
        provider=text("provider"),
        session=text("session"),
        workload=text("workload"),
        at_us=row["arrived"] if trace.dated and not row["flags"] & NO_TIME else None,
        tokens=tokens,
    )
