"""Compiles request records, one by one, into segments, prefix-tree nodes and columns.

A node stands for (parent node, segment, whether a message begins with it); a request is stored as its leaf.
How a message goes on behind a segment is no part of it: the block that ended a message yesterday is the same
when another follows it today. Building a node costs its own segment only. Several builders can work on parts
of a log; `absorb` joins them in the order of the parts.
"""

from __future__ import annotations

import array
from collections.abc import Sequence
from typing import NamedTuple

import msgspec
import xxhash

from cachelens.model.call import RecordedCall
from cachelens.model.prompt import Expand, Part, Role, SegmentDraft, SegmentKind
from cachelens.model.record import BlockPrompt, RequestRecord
from cachelens.model.usage import Usage
from cachelens.prompts.calls import Call, Calls
from cachelens.prompts.columns import BLOCK_TRACE, EXPLICIT_MODE, OPAQUE, TTL_LABELS, UNKNOWN, Columns
from cachelens.prompts.heads import HeadSketches, Numbered
from cachelens.prompts.store import SegmentStore

ROOT = 0
Duplicates = tuple[int, int]
"""How many, and the line of the first."""
_TTL_NUMBER = {label: number for number, label in enumerate(TTL_LABELS)}


class _Known(msgspec.Struct, frozen=True, gc=False):
    """A part that was expanded before."""

    segments: tuple[int, ...]
    ends: bool
    """Whether a message may begin behind it: its last segment ends one, or there is none."""
    marks: tuple[tuple[int, int], ...]
    """(position within the part, TTL number)."""


class BlockRoot(NamedTuple):
    """What holds for all block prompts of one namespace."""

    block_size: int
    tools_end: int
    """Leading tokens that are tool definitions."""
    system_end: int
    """Leading tokens that are tool definitions or system prompt."""


class TraceBuilder:
    """Collects a trace. Feed records with `add`; hand the result to `prompts.finish.finish`.

    Builders that are to be joined must number their files alike.
    """

    def __init__(self, *, keep_text: bool = False) -> None:
        self.store = SegmentStore(keep_text=keep_text)
        self.columns = Columns()
        self.parent = array.array("i", [ROOT])
        self.segment = array.array("i", [UNKNOWN])
        self.starts = array.array("b", [0])
        """For each node: 1 where its segment is the first of a message."""
        self.block_nodes: dict[tuple[int, int], int] = {}
        """(Root of the namespace, block id) to node."""
        self.block_roots: dict[int, BlockRoot] = {}
        """By the node that stands above a namespace's first blocks."""
        self.mark_request = array.array("i")
        self.mark_node = array.array("i")
        self.mark_ttl = array.array("b")
        self.duplicates: dict[int, Duplicates] = {}
        """By file."""
        self.heads = HeadSketches()
        self._children: dict[int, int] = {}
        self._parts: dict[bytes, _Known] = {}
        self._dialects: dict[Expand, int] = {}
        self._drafts: dict[bytes, Sequence[SegmentDraft]] = {}
        """Of the parts that were new in the last request."""
        self._namespaces: dict[tuple[str, int], int] = {}
        self._unnamed = (UNKNOWN, UNKNOWN, 0)
        """File and line of the last request without id or prompt, and how many that line has had before it."""
        self.calls = Calls()
        self.recorded: list[RecordedCall | None] = []
        """What each request's row says beyond its prompt."""

    def add(self, record: RequestRecord, file: int) -> bool:
        """Add a request; return False for one that was seen before (`prompts.calls`) and is not counted twice."""
        number, marks = len(self.columns), len(self.mark_request)
        flags = EXPLICIT_MODE if record.mark_mode == "explicit" else 0
        if record.blocks is not None:
            leaf = self._block_path(record.blocks)
            flags |= BLOCK_TRACE
        elif record.parts and record.expand is not None:
            leaf = self._path(number, record.parts, record.expand)
            if not record.workload:
                self._look_at_head(record.parts, record.expand)
        else:
            leaf = self._opaque(record, file)
            flags |= OPAQUE
        if record.request_id and self._is_known(number, record, leaf):
            del self.mark_request[marks:], self.mark_node[marks:], self.mark_ttl[marks:]
            self.note_duplicates(file, (1, record.line))
            return False
        self._append(record, leaf, file, flags)
        return True

    def _is_known(self, number: int, record: RequestRecord, leaf: int) -> bool:
        usage = _usage_columns(record.usage, record)
        call = Call(leaf, _known(record.arrived_us), input=usage[-1], output=usage[-2])
        return self.calls.is_known(record.request_id, number, call, self.columns)

    def note_duplicates(self, file: int, more: Duplicates) -> None:
        """Count duplicates that stand in a file."""
        count, first = self.duplicates.get(file, (0, more[1]))
        self.duplicates[file] = count + more[0], min(first, more[1])

    def _path(self, request: int, parts: Sequence[Part], expand: Expand) -> int:
        """Walk the prompt down the tree, adding what is new; return the leaf."""
        node, start = ROOT, 1
        children, parent, segments, starts, seen = self._children, self.parent, self.segment, self.starts, self._parts
        dialect = self._dialects.setdefault(expand, len(self._dialects))
        self._drafts.clear()
        for part in parts:
            digest = part.digest
            if digest is None:
                seed = dialect << 16 | part.tag << 8 | part.level
                digest = part.digest = xxhash.xxh3_128_digest(part.raw, seed=seed)
            known = seen.get(digest)
            if known is None:
                known = self._expand(digest, part, expand)
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

    def _expand(self, digest: bytes, part: Part, expand: Expand) -> _Known:
        """Have a new part expanded and its segments stored."""
        drafts = self._drafts[digest] = expand(part)
        numbers = tuple(self.store.add(draft) for draft in drafts)
        marks = tuple((position, _TTL_NUMBER.get(draft.mark, 0)) for position, draft in enumerate(drafts) if draft.mark)
        known = self._parts[digest] = _Known(numbers, not drafts or drafts[-1].message_end, marks)
        return known

    def _look_at_head(self, parts: Sequence[Part], expand: Expand) -> None:
        """Have the segments sketched that tell the workload of the request that was added last."""

        def numbered(part: Part) -> Numbered:
            digest = part.digest or b""
            return zip(self._parts[digest].segments, self._drafts.get(digest) or expand(part), strict=True)

        self.heads.add(parts, numbered)

    def child(self, node: int, segment: int, start: int) -> int:
        """Return the node for a segment behind `node`, adding it when it is new; `start` is 1 for a message's first."""
        key = node << 33 | segment << 1 | start
        child = self._children.get(key)
        if child is None:
            child = self._children[key] = self._grow(node, segment, start)
        return child

    def block_node(self, root: int, identity: int, parent: int) -> int:
        """Return the node of a trace block, adding it behind `parent` when it is new."""
        key = root, identity
        node = self.block_nodes.get(key)
        if node is None:
            node = self.block_nodes[key] = self._grow(parent, UNKNOWN, 1)
        return node

    def _grow(self, parent: int, segment: int, start: int) -> int:
        self.parent.append(parent)
        self.segment.append(segment)
        self.starts.append(start)
        return len(self.parent) - 1

    def _opaque(self, record: RequestRecord, file: int) -> int:
        """Give a prompt known only by its length a path of its own, shared with no other request."""
        tokens = record.usage.input_tokens if record.usage is not None else record.input_tokens
        output = _output_of(record)
        place = f"{record.request_id}\0{tokens}\0{output}\0{record.arrived_us}"
        if not record.request_id:
            before = self._unnamed
            again = before[2] + 1 if before[:2] == (file, record.line) else 0
            self._unnamed = file, record.line, again
            place = f"{file}\0{record.line}\0{again}"
        draft = SegmentDraft(
            SegmentKind.HIDDEN, Role.NONE, place.encode("utf-8", "surrogatepass"), known_tokens=max(0, tokens or 0)
        )
        return self.child(ROOT, self.store.add(draft), 1)

    def _block_path(self, prompt: BlockPrompt) -> int:
        """Find or add one node a block. Equal ids mean equal prefixes, so only the new tail is walked."""
        root = self._namespaces.get((prompt.namespace, prompt.block_size))
        if root is None:
            root = self._block_root(prompt)
        ids, known = prompt.ids, self.block_nodes
        fresh = len(ids)
        while fresh and (root, ids[fresh - 1]) not in known:
            fresh -= 1
        node = known[root, ids[fresh - 1]] if fresh else root
        for position in range(fresh, len(ids)):
            node = self.block_node(root, ids[position], node)
        return node

    def _block_root(self, prompt: BlockPrompt) -> int:
        """Add the node above a namespace's first blocks; what its first prompt says of the levels holds for all."""
        space = f"{prompt.namespace}\0{prompt.block_size}".encode("utf-8", "surrogatepass")
        node = self.child(ROOT, self.store.add(SegmentDraft(SegmentKind.PARAMS, Role.NONE, space)), 1)
        self._namespaces[prompt.namespace, prompt.block_size] = node
        system_end = prompt.tools_tokens + prompt.system_tokens
        self.block_roots.setdefault(node, BlockRoot(prompt.block_size, prompt.tools_tokens, system_end))
        return node

    def _append(self, record: RequestRecord, leaf: int, file: int, flags: int) -> None:
        """Add a row, in the order of `INTEGER_COLUMNS`."""
        strings = self.columns.strings
        self.columns.request_ids.append(record.request_id)
        self.recorded.append(record.call)
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
        self.heads.close()
        self._parts.clear()
        self._children.clear()
        self._dialects.clear()
        self._drafts.clear()
        self._namespaces.clear()
        self.calls.close()

    def absorb(self, other: TraceBuilder) -> None:
        """Add everything that another builder holds, as if its records had been added here one by one."""
        from cachelens.prompts.merging import absorb

        absorb(self, other)


def _known(value: int | None) -> int:
    return UNKNOWN if value is None else value


def _output_of(record: RequestRecord) -> int | None:
    usage = record.usage
    return usage.output if usage is not None and usage.output is not None else record.output_tokens


def _usage_columns(usage: Usage | None, record: RequestRecord) -> tuple[int, ...]:
    """Return the recorded counts of a request: plain, read, the writes by TTL, output, input."""
    if usage is None:
        return UNKNOWN, UNKNOWN, 0, 0, 0, 0, _known(_output_of(record)), _known(record.input_tokens)
    return (
        usage.uncached_input,
        _known(usage.cache_read),
        usage.write_5m,
        usage.write_1h,
        usage.write_30m,
        usage.write_12h,
        _known(_output_of(record)),
        usage.input_tokens,
    )
