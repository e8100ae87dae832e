"""The tree of a YAML or JSON file, in which every value knows where it stands. Tags are never acted on."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from cachelens.model.location import Location
from cachelens.templates.places import Piece, Places, Text

MOST_LEVELS = 100
"""Nesting of lists and mappings that is still read."""


class Scalar(NamedTuple):
    """A value that is no list or mapping."""

    value: str
    start: int
    end: int
    """Where it is written, quotes and block header included; offsets into the file."""
    style: str
    """`"`, `'`, `|`, `>`, `j` for a JSON string, or empty for a plain one."""


class Items(NamedTuple):
    """A list."""

    items: list[Node]
    start: int
    end: int


class Mapping(NamedTuple):
    """A mapping, in the order of the file."""

    pairs: list[tuple[Scalar, Node]]
    start: int
    end: int


Node = Scalar | Items | Mapping


class NodeError(Exception):
    """A file that is not valid YAML or JSON; `code` is that of the problem."""

    def __init__(self, start: int, why: str, code: str = "syntax") -> None:
        super().__init__(why)
        self.start = start
        self.why = why
        self.code = code


def get(node: Node | None, *path: str) -> Node | None:
    """Follow keys down from a mapping; None where there is none. A key that is given twice counts as last given."""
    for key in path:
        if not isinstance(node, Mapping):
            return None
        node = _value(node, key)
    return node


def _value(node: Mapping, key: str) -> Node | None:
    found: Node | None = None
    merged: Node | None = None
    for name, value in node.pairs:
        if name.value == key:
            found = value
        elif name.value == "<<" and isinstance(value, Mapping) and value is not node:
            merged = next((inner for inner_name, inner in value.pairs if inner_name.value == key), None)
    return found if found is not None else merged


def string(node: Node | None) -> Scalar | None:
    """Return a node if it is a scalar that is not empty."""
    return node if isinstance(node, Scalar) and node.value else None


def word(node: Node | None, *path: str) -> str:
    """Return the scalar at the end of some keys, or an empty text."""
    found = get(node, *path)
    return found.value if isinstance(found, Scalar) else ""


def items(node: Node | None) -> Sequence[Node]:
    """Return the items of a list; nothing for anything else."""
    return node.items if isinstance(node, Items) else ()


def pairs(node: Node | None) -> Sequence[tuple[Scalar, Node]]:
    """Return the keys and values of a mapping; nothing for anything else."""
    return node.pairs if isinstance(node, Mapping) else ()


def location(node: Node, places: Places) -> Location:
    """Return where a node stands."""
    return places.location(node.start, node.end)


def text_of(node: Scalar, places: Places) -> Text:
    """Return the text of a scalar, every character of which knows its place in the file."""
    raw = places.text[node.start : node.end]
    if node.style in {"|", ">"}:
        pieces = _block_pieces(node, raw)
    elif node.style:
        pieces = _quoted_pieces(node, raw)
    else:
        pieces = _folded_pieces(node, raw)
    return Text(places, node.value, pieces=pieces or [Piece(0, len(node.value), node.start, node.end)])


# --- Block and plain scalars: runs of the same text, with folded line ends and indents between them ---------------


def _block_pieces(node: Scalar, raw: str) -> list[Piece]:
    header = raw.find("\n") + 1
    return _align(node.value, raw, header, node.start) if header else []


def _folded_pieces(node: Scalar, raw: str) -> list[Piece]:
    return _align(node.value, raw, 0, node.start)


def _align(value: str, raw: str, position: int, offset: int) -> list[Piece]:
    """Match a value with its lines in the file, whatever indents were cut and line ends folded."""
    pieces: list[Piece] = []
    done = 0
    while position < len(raw) and done < len(value):
        end = raw.find("\n", position)
        end = len(raw) if end < 0 else end
        line = raw[position:end]
        content = line.strip(" \t\r")
        if content:
            at = value.find(content, done)
            if at < 0 or value[done:at].strip():
                return []
            indent = line.index(content)
            # Spaces that the value keeps in front of the content (deeper indents) and behind it belong to the run.
            before = min(_count_back(value, done, at), indent)
            behind = _common(value, at + len(content), line, indent + len(content))
            first, last = position + indent - before, position + indent + len(content) + behind
            _close(pieces, done, at - before, offset + first)
            pieces.append(Piece(at - before, before + len(content) + behind, offset + first, offset + last))
            done = at + len(content) + behind
        position = end + 1
    if done < len(value):
        start = pieces[-1].file_end if pieces else offset + min(position, len(raw))
        rest = raw[start - offset :]
        length = len(rest) - len(rest.lstrip(" \t\r\n"))
        pieces.append(Piece(done, len(value) - done, start, start + (1 if length else 0)))
    return pieces


def _close(pieces: list[Piece], start: int, end: int, file_end: int) -> None:
    """Give what lies between two runs to a piece of its own."""
    if end > start:
        pieces.append(Piece(start, end - start, pieces[-1].file_end if pieces else file_end, file_end))


def _count_back(value: str, start: int, end: int) -> int:
    count = 0
    while end - count > start and value[end - count - 1] in " \t":
        count += 1
    return count


def _common(value: str, at: int, line: str, position: int) -> int:
    count = 0
    while at + count < len(value) and position + count < len(line) and value[at + count] == line[position + count]:
        count += 1
    return count


# --- Quoted scalars ------------------------------------------------------------------------------------------------

_SINGLE = re.compile(r"''|[ \t]*\n\s*")
_DOUBLE = re.compile(r"\\(?:x..|u....|U........|\n[ \t]*|.)|[ \t]*\n\s*", re.DOTALL)
_JSON = re.compile(r"\\u[dD][89abAB]..\\u[dD][c-fC-F]..|\\u....|\\.", re.DOTALL)


def _quoted_pieces(node: Scalar, raw: str) -> list[Piece]:
    inner, base = raw[1:-1], node.start + 1
    pattern = {"'": _SINGLE, '"': _DOUBLE, "j": _JSON}[node.style]
    pieces: list[Piece] = []
    done = position = 0
    for match in pattern.finditer(inner):
        if match.start() > position:
            length = match.start() - position
            pieces.append(Piece(done, length, base + position, base + match.start()))
            done += length
        length = _sent_length(match[0])
        # A piece whose file stretch is as long as its text would be taken for the same text; both ends agree then.
        pieces.append(Piece(done, length, base + match.start(), base + match.end()))
        done += length
        position = match.end()
    if position < len(inner):
        pieces.append(Piece(done, len(inner) - position, base + position, base + len(inner)))
        done += len(inner) - position
    return pieces if done == len(node.value) else []


def _sent_length(written: str) -> int:
    """Say how many characters an escape or a folded line end stands for."""
    if written.startswith("\\"):
        return 0 if written[1] == "\n" else 1
    if written == "''":
        return 1
    return max(written.count("\n") - 1, 1)


def walk(node: Node | None) -> Iterator[Node]:
    """Yield a node and all below it, each once, in order."""
    seen: set[int] = set()
    stack = [node] if node is not None else []
    while stack:
        current = stack.pop()
        if id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        if isinstance(current, Items):
            stack += reversed(current.items)
        elif isinstance(current, Mapping):
            stack += [value for _, value in reversed(current.pairs)]
