"""Compiles request records, one by one, into segments, prefix-tree nodes and columns.

A node stands for (parent node, segment, whether a message begins with it); a request is stored as its leaf.
How a message goes on behind a segment is no part of it: the block that ended a message yesterday is the same
when another follows it today. Building a node costs its own segment only. Several builders can work on parts
of a log; `absorb` joins them in the order of the parts.
"""

from __future__ import annotations

import array
from collections.abc import Sequence

import msgspec
import xxhash

from cachelens.model.prompt import Expand, Level, Part, Role, SegmentDraft, SegmentKind
from cachelens.model.record import BlockPrompt, RequestRecord
from cachelens.model.usage import Usage
from cachelens.prompts.columns import BLOCK_TRACE, EXPLICIT_MODE, OPAQUE, TTL_LABELS, UNKNOWN, Columns
from cachelens.prompts.store import SegmentStore

ROOT = 0
_TTL_NUMBER = {label: number for number, label in enumerate(TTL_LABELS)}


class _Known(msgspec.Struct, frozen=True, gc=False):
    """A part that was expanded before."""

    segments: tuple[int, ...]
    ends: bool
    """Whether its last segment ends a message."""
    marks: tuple[tuple[int, int], ...]
    """(position within the part, TTL number)."""


class TraceBuilder:
    """Collects a trace. Feed records with `add`; hand the result to `prompts.finish.finish`."""

    def __init__(self, *, keep_text: bool = False) -> None:
        self.store = SegmentStore(keep_text=keep_text)
        self.columns = Columns()
        self.parent = array.array("i", [ROOT])
        self.segment = array.array("i", [UNKNOWN])
        self.starts = array.array("b", [0])
        """For each node: 1 where its segment is the first of a message."""
        self.block_end: dict[int, int] = {}
        self.block_levels: dict[int, tuple[int, int]] = {}
        self.mark_request = array.array("i")
        self.mark_node = array.array("i")
        self.mark_ttl = array.array("b")
        self.duplicates = 0
        self._children: dict[int, int] = {}
        self._parts: dict[bytes, _Known] = {}
        self._dialects: dict[Expand, int] = {}
        self.block_nodes: dict[tuple[str, int], int] = {}
        self._seen_ids: set[str] = set()

    def add(self, record: RequestRecord, file: int) -> bool:
        """Add a request; return False when its id was seen before (a duplicate, not counted twice)."""
        if self.is_duplicate(record.request_id):
            return False
        number = len(self.columns)
        flags = EXPLICIT_MODE if record.mark_mode == "explicit" else 0
        if record.blocks is not None:
            leaf = self._block_path(record.blocks, record.input_tokens)
            flags |= BLOCK_TRACE
        elif record.parts and record.expand is not None:
            leaf = self._path(number, record.parts, record.expand)
        else:
            leaf = self._opaque(number, record)
            flags |= OPAQUE
        self._append(record, leaf, file, flags)
        return True

    def is_duplicate(self, request_id: str) -> bool:
        """Say whether an id was seen before, and remember it; requests without id are never duplicates."""
        if not request_id:
            return False
        if request_id in self._seen_ids:
            self.duplicates += 1
            return True
        self._seen_ids.add(request_id)
        return False

    def _path(self, request: int, parts: Sequence[Part], expand: Expand) -> int:
        """Walk the prompt down the tree, adding what is new; return the leaf."""
        node, start = ROOT, 1
        children, parent, segments, starts, seen = self._children, self.parent, self.segment, self.starts, self._parts
        dialect = self._dialects.setdefault(expand, len(self._dialects))
        for part in parts:
            digest = part.digest
            if digest is None:
                seed = dialect << 16 | part.tag << 8 | part.level
                digest = part.digest = xxhash.xxh3_128_digest(part.raw, seed=seed)
            known = seen.get(digest)
            if known is None:
                known = self._expand(digest, part, expand, headless=node == ROOT)
            for segment in known.segments:
                key = node << 33 | segment << 1 | start
                child = children.get(key)
                if child is None:
                    child = children[key] = len(parent)
                    parent.append(node)
                    segments.append(segment)
                    starts.append(start)
                node, start = child, 0
            if known.marks:
                self._mark(request, node, known)
            start = known.ends
        return node

    def _mark(self, request: int, node: int, known: _Known) -> None:
        """Note the marks on a part whose path ends at `node`."""
        path = [node]
        for _ in known.segments[1:]:
            path.append(self.parent[path[-1]])
        for position, ttl in known.marks:
            self.mark_request.append(request)
            self.mark_node.append(path[-1 - position])
            self.mark_ttl.append(ttl)

    def _expand(self, digest: bytes, part: Part, expand: Expand, *, headless: bool) -> _Known:
        """Have a new part expanded and its segments stored."""
        drafts = expand(part)
        numbers = tuple(self.store.add(draft) for draft in drafts)
        if headless and drafts and part.level == Level.MESSAGES:
            self.store.sketch(numbers[0], drafts[0].data)
        marks = tuple((position, _TTL_NUMBER.get(draft.mark, 0)) for position, draft in enumerate(drafts) if draft.mark)
        known = self._parts[digest] = _Known(numbers, bool(drafts) and drafts[-1].message_end, marks)
        return known

    def child(self, node: int, segment: int, start: int) -> int:
        """Return the node for a segment behind `node`, adding it when it is new; `start` is 1 for a message's first."""
        key = node << 33 | segment << 1 | start
        child = self._children.get(key)
        if child is None:
            child = self._children[key] = self._grow(node, segment, start)
        return child

    def block_node(self, key: tuple[str, int], parent: int, end: int) -> int:
        """Return the node of a trace block, adding it behind `parent` when it is new."""
        node = self.block_nodes.get(key)
        if node is None:
            node = self.block_nodes[key] = self._grow(parent, UNKNOWN, 1)
        self.block_end[node] = max(end, self.block_end.get(node, 0))
        return node

    def _grow(self, parent: int, segment: int, start: int) -> int:
        self.parent.append(parent)
        self.segment.append(segment)
        self.starts.append(start)
        return len(self.parent) - 1

    def _opaque(self, number: int, record: RequestRecord) -> int:
        """Give a prompt known only by its length a path of its own, shared with no other request."""
        tokens = record.usage.input_tokens if record.usage is not None else record.input_tokens
        name = f"{record.request_id}\0{number}\0{record.line}".encode()
        draft = SegmentDraft(SegmentKind.HIDDEN, Role.NONE, name, message_end=True, known_tokens=max(0, tokens or 0))
        return self.child(ROOT, self.store.add(draft), 1)

    def _block_path(self, prompt: BlockPrompt, total: int | None) -> int:
        """Find or add one node a block. Equal ids mean equal prefixes, so only the new tail is walked."""
        size, ids, space = prompt.block_size, prompt.ids, prompt.namespace
        length = total if total is not None else len(ids) * size
        fresh = len(ids)
        while fresh and (space, ids[fresh - 1]) not in self.block_nodes:
            fresh -= 1
        node = self.block_nodes[space, ids[fresh - 1]] if fresh else self._block_root(space, prompt)
        for position in range(max(fresh - 1, 0), len(ids)):
            node = self.block_node((space, ids[position]), node, min((position + 1) * size, length))
        return node

    def _block_root(self, space: str, prompt: BlockPrompt) -> int:
        """Return the node above a namespace's first block."""
        draft = SegmentDraft(SegmentKind.PARAMS, Role.NONE, f"{space}\0{prompt.block_size}".encode())
        node = self.child(ROOT, self.store.add(draft), 1)
        self.block_end.setdefault(node, 0)
        self.block_levels[node] = (prompt.tools_tokens, prompt.tools_tokens + prompt.system_tokens)
        return node

    def _append(self, record: RequestRecord, leaf: int, file: int, flags: int) -> None:
        """Add a row, in the order of `INTEGER_COLUMNS`."""
        strings = self.columns.strings
        self.columns.request_ids.append(record.request_id)
        self.columns.rows.extend(
            (
                _known(record.arrived_us),
                _known(record.first_token_us),
                _known(record.end_us),
                leaf,
                strings["model"].number(record.model),
                strings["provider"].number(record.provider),
                strings["platform"].number(record.platform),
                strings["session"].number(record.session),
                strings["workload"].number(record.workload),
                strings["tenant"].number(record.tenant),
                strings["cache_key"].number(record.cache_key),
                strings["modifiers"].number(",".join(sorted(record.modifiers))),
                strings["cache_object"].number(record.cache_object),
                file,
                record.line,
                *_usage_columns(record.usage, record),
                _TTL_NUMBER.get(record.auto_mark, 0) if record.auto_mark else UNKNOWN,
                flags,
            )
        )

    def close(self) -> None:
        """Tokenize what is left and drop what only `add` needs; a closed builder can be absorbed by another."""
        self.store.close()
        self._parts.clear()
        self._children.clear()
        self._seen_ids.clear()

    def absorb(self, other: TraceBuilder, files: Sequence[int]) -> None:
        """Add everything that another builder holds, as if its records had been added here.

        `files[i]` is the number here of the file that the other builder calls `i`.
        """
        from cachelens.prompts.merging import absorb

        absorb(self, other, files)


def _known(value: int | None) -> int:
    return UNKNOWN if value is None else value


def _usage_columns(usage: Usage | None, record: RequestRecord) -> tuple[int, ...]:
    """Return the recorded counts of a request: plain, read, the writes by TTL, output, input."""
    if usage is None:
        return UNKNOWN, UNKNOWN, 0, 0, 0, 0, _known(record.output_tokens), _known(record.input_tokens)
    return (
        usage.uncached_input,
        _known(usage.cache_read),
        usage.write_5m,
        usage.write_1h,
        usage.write_30m,
        usage.write_12h,
        _known(usage.output if usage.output is not None else record.output_tokens),
        usage.input_tokens,
    )
