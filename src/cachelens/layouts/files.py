"""Layouts by name, and layout files of the user's own.

A file lists sections in the order in which they shall stand:

```yaml
layout: my-order
workloads: "support*"        # names, with wildcards; all where it is left out
order:
  - tools sorted             # or: tools
  - system 2
  - system                   # all system blocks that are not named
  - messages
  - system 1 value 2         # what changes there: behind `messages` it goes to the end of the request
```

Places and values are those of `cachelens audit`, counted from 1.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path

import msgspec
import yaml

from cachelens.errors import UsageError
from cachelens.layouts.moves import LAYOUTS, TAIL, Layout, Mined, Move, WorkloadLayout, moved
from cachelens.layouts.slots import Place

_ENTRY = re.compile(
    r"(?P<tools>tools(?P<sorted> sorted)?)|(?P<messages>messages)|(?P<rest>system)"
    r"|(?P<section>system|message) (?P<ordinal>[1-9]\d{0,5})(?: block (?P<block>[1-9]\d{0,5}))?"
    r"(?: value (?P<value>[1-9]\d{0,5}))?",
    re.ASCII,
)
_HINT = "write tools, tools sorted, system, system N, system N value K, message N value K or messages"
"""What an entry can be."""
_NAME = re.compile(r"[\w.-]{1,60}")
_MOST_BYTES = 65_536
"""Beyond this a file is no layout file."""


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A layout file."""

    order: list[str]
    layout: str = ""
    workloads: str | list[str] = "*"


def layout(name: str) -> Layout:
    """Return a layout by name or by the path of a layout file; `UsageError` says what is wrong with either."""
    if name in LAYOUTS:
        return LAYOUTS[name]
    path = Path(name)
    if path.suffix.lower() not in (".yaml", ".yml"):
        raise UsageError(
            f"there is no layout called {name!r}", hint=f"choose from: {', '.join(LAYOUTS)}, or a .yaml file"
        )
    return read_layout(path)


def read_layout(path: Path) -> Layout:
    """Read a layout file."""
    try:
        with path.open("rb") as stream:
            data = stream.read(_MOST_BYTES + 1)
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}", hint="check the path") from error
    try:
        found = msgspec.convert(_loaded(data), _File)
    except (ValueError, RecursionError, yaml.YAMLError) as error:
        text = (str(error).splitlines() or [""])[0]
        raise UsageError(f"{path} is not a layout file: {text}", hint="see docs/layouts.md") from error
    entries = [_entry(path, number, text) for number, text in enumerate(found.order, 1)]
    _check(path, entries)
    name = found.layout or path.stem
    if name in LAYOUTS or not _NAME.fullmatch(name):
        raise UsageError(
            f"{path}: a layout cannot be called {name!r}",
            hint="choose letters, digits, dots and dashes, and none of the built-in names, in `layout`",
        )
    globs = [found.workloads] if isinstance(found.workloads, str) else found.workloads
    return Layout(
        name=name,
        summary=f"the order of {path.name}",
        of=lambda mined: _arranged(mined, entries) if _fits(mined.name, globs) else WorkloadLayout(),
    )


def _entry(path: Path, number: int, text: str) -> re.Match[str]:
    match = _ENTRY.fullmatch(" ".join(text.split()).lower())
    if match is None:
        raise UsageError(f"{path}: entry {number} of `order` cannot be read: {text!r}", hint=_HINT)
    if match["section"] == "message" and match["value"] is None:
        raise UsageError(f"{path}: entry {number} of `order` moves a message, which is history", hint=_HINT)
    return match


def _loaded(data: bytes) -> object:
    """Read YAML of a bounded size and without references to other parts of it, which could make it grow."""
    if len(data) > _MOST_BYTES:
        raise ValueError(f"more than {_MOST_BYTES:,} bytes")
    text = data.decode("utf-8-sig")
    if any(isinstance(token, yaml.AliasToken) for token in yaml.scan(text, Loader=yaml.SafeLoader)):
        raise ValueError("it refers to parts of itself with `*`")
    return yaml.safe_load(text)


def _check(path: Path, entries: Sequence[re.Match[str]]) -> None:
    """Refuse an order that no request can have."""
    behind = next((place for place, entry in enumerate(entries) if entry["messages"]), len(entries))
    for place, entry in enumerate(entries):
        where = f"{path}: entry {place + 1} of `order`"
        twice = next((n for n, other in enumerate(entries[:place], 1) if _overlap(entry, other)), 0)
        if twice:
            raise UsageError(f"{where} names what entry {twice} has named", hint="name everything once")
        if entry["section"] == "message" and place < behind:
            raise UsageError(
                f"{where} moves a value of a message before the messages",
                hint="values of messages can stand behind `messages` only",
            )
        if (entry["tools"] and place) or (entry["rest"] and place > behind):
            raise UsageError(f"{where} stands where no request can have it", hint="begin with tools, then system")


def _overlap(one: re.Match[str], other: re.Match[str]) -> bool:
    """Say whether two entries name the same, or one a part of the other."""
    if one["section"] is None or other["section"] is None:
        return one.group("tools", "messages", "rest", "section") == other.group("tools", "messages", "rest", "section")
    same = one.group("section", "ordinal") == other.group("section", "ordinal")
    same &= (one["block"] or "1") == (other["block"] or "1")
    return same and (None in (one["value"], other["value"]) or one["value"] == other["value"])


def _fits(name: str, globs: Sequence[str]) -> bool:
    return any(fnmatchcase(name, glob) for glob in globs)


def _arranged(mined: Mined, entries: Sequence[re.Match[str]]) -> WorkloadLayout:
    """Return the layout of one workload: what is named goes where it stands in the list."""
    behind = next((place for place, entry in enumerate(entries) if entry["messages"]), len(entries))
    rest = next((place for place, entry in enumerate(entries) if entry["rest"]), behind)
    moves = []
    for place, entry in enumerate(entries):
        if entry["section"] is None:
            continue
        at = Place(entry["section"], int(entry["ordinal"]) - 1, int(entry["block"] or 1) - 1)
        rank = TAIL if place > behind else place - rest
        value = int(entry["value"] or 0) - 1
        if value < 0:
            moves.append(Move(place=at, slot=-1, kind="block", scope="", rank=rank))
            continue
        known = (report for report in mined.reports if report.place == at and value < len(report.slots))
        moves += [moved(report, report.slots[value], rank) for report in known]
    return WorkloadLayout(
        sorted_tools=any(entry["sorted"] for entry in entries),
        moves=tuple(sorted(moves, key=lambda move: (move.rank, move.place, move.version, move.slot))),
    )
