"""What a fleet is given: each request as the chain of its full blocks, with what its answer will add to them."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import numpy.typing as npt

from cachelens.errors import UsageError
from cachelens.kernels import blocks as kernels
from cachelens.kernels.fleet_arrays import Requests
from cachelens.prompts.store import BASE_BLOCK
from cachelens.prompts.trace import Trace

I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]


@dataclasses.dataclass(frozen=True, kw_only=True)
class FleetRequests:
    """Requests in order of arrival; all arrays have one entry a request unless they say otherwise.

    A prompt is a chain of runs. A run is a stretch of full blocks that every request has whole or not at all, so what
    holds for blocks holds for runs, at a cost that does not grow with the number of blocks. Equal runs mean equal
    prefixes up to their ends. Runs count from 0.
    """

    block_size: int
    """Tokens of a block, a multiple of 16."""
    arrived: I64
    """Microseconds from the first request."""
    tokens: I64
    """Prompt tokens of the reference tokenizer."""
    output: I64
    """Tokens of the answer."""
    session: I64
    """-1 where it is not known."""
    workload: I64
    start: I64
    """Shape (requests + 1,): where each request's runs begin in `runs`."""
    runs: I32
    """The runs of all prompts, then those of all answers."""
    length: I32
    """Shape (distinct runs,): blocks of each run."""
    prompt_runs: int
    """How many of the runs are parts of prompts; those behind them are answers that no prompt goes on from."""
    answer_first: I64
    """Where in `runs` the runs that its answer fills begin, those of the next request that goes on from it first."""
    answer_stop: I64
    """Where they end."""
    notes: tuple[str, ...] = ()
    """What had to be assumed."""

    def __len__(self) -> int:
        return len(self.arrived)

    def columns(self) -> Requests:
        """Return them as the loops take them."""
        return Requests(
            arrived=self.arrived,
            tokens=self.tokens,
            output=self.output,
            start=self.start,
            runs=self.runs,
            length=self.length,
            answer_first=self.answer_first,
            answer_stop=self.answer_stop,
            size=self.block_size,
        )


def fleet_requests(trace: Trace, block_size: int, *, cache_answers: bool = True) -> FleetRequests:
    """Cut a trace into blocks of an engine; `UsageError` for a size that its base blocks do not make up.

    Requests of different models share nothing. Without `cache_answers`, blocks of answers are never found again; they
    take room all the same. The last token of an answer is never computed, so the block that it would fill is not full.
    """
    if block_size <= 0 or block_size % BASE_BLOCK:
        raise UsageError(
            f"{block_size} is no block size that can be replayed", hint=f"choose a multiple of {BASE_BLOCK}"
        )
    output, notes = _outputs(trace)
    arrived = trace.column("arrived")
    tree = PromptTree(parent=trace.nodes.parent, end=trace.nodes.end, leaf=trace.requests["leaf"])
    return from_tree(
        tree,
        block_size=block_size,
        arrived=arrived - (arrived[0] if len(arrived) else 0),
        output=output,
        session=trace.column("session"),
        workload=trace.column("workload"),
        remembered=np.full(len(trace), cache_answers),
        notes=notes,
    )


@dataclasses.dataclass(frozen=True, kw_only=True)
class PromptTree:
    """Prompts as paths of a prefix tree; node 0 is the root."""

    parent: npt.NDArray[Any]
    end: npt.NDArray[Any]
    """Tokens from the start of a prompt to the end of each node."""
    leaf: npt.NDArray[Any]
    """The last node of each request."""


def from_tree(
    tree: PromptTree,
    *,
    block_size: int,
    arrived: I64,
    output: I64,
    session: I64,
    workload: I64,
    remembered: npt.NDArray[np.bool_],
    notes: tuple[str, ...] = (),
) -> FleetRequests:
    """Cut prompts into blocks, in order of arrival; `remembered` tells whose answers later prompts can go on from."""
    parent, leaf = np.ascontiguousarray(tree.parent), np.ascontiguousarray(tree.leaf)
    full = tree.end // block_size
    tokens = tree.end[leaf].astype(np.int64)
    stop = np.maximum(tokens + output - 1, tokens) // block_size
    follower = kernels.followers(leaf, parent, full)
    follower[~remembered] = -1
    cuts = kernels.answer_cuts(leaf, parent, full, follower, stop)
    findable = np.maximum(tokens - 1, 0) // block_size
    ends_at = kernels.nodes_at(leaf, parent, full, findable)
    node, at = np.concatenate([cuts, ends_at]), np.concatenate([stop, findable])
    first, count, length = _runs(parent, full, node[node > 0], at[node > 0])
    start, runs = kernels.chains(leaf, parent, first, count)
    ends = kernels.answer_ends(start, runs, length, full[leaf], follower, stop)
    begins = np.where(follower >= 0, start[follower] + np.diff(start), 0)
    answers, filled, new = kernels.answers(runs, length, begins, ends, stop - full[leaf])
    return FleetRequests(
        block_size=block_size,
        arrived=arrived,
        tokens=tokens,
        output=output,
        session=session,
        workload=workload,
        start=start,
        runs=np.concatenate([runs, filled]),
        length=np.concatenate([length, new]),
        prompt_runs=len(length),
        answer_first=len(runs) + answers[:-1],
        answer_stop=len(runs) + answers[1:],
        notes=notes,
    )


def _runs(parent: I32, full: I64, node: I32, at: I64) -> tuple[I32, I32, I32]:
    """Return for each node its first run and how many it has, and the blocks of each run.

    A node's blocks are one run, but for nodes that are cut `at` some whole blocks from the start of the prompt.
    """
    order = np.lexsort((at, node))
    node, at = node[order], at[order]
    again = np.zeros(len(node), dtype=np.bool_)
    again[1:] = (node[1:] == node[:-1]) & (at[1:] == at[:-1])
    node, at = node[~again], at[~again]
    begin = full[parent]
    begin[0] = 0
    count = (full > begin).astype(np.int32)
    count += np.bincount(node, minlength=len(parent)).astype(np.int32)
    first = (np.cumsum(count) - count).astype(np.int32)
    edges = np.concatenate([np.flatnonzero(count > 0), node])
    begins = np.concatenate([begin[count > 0], at])
    ranked = np.lexsort((begins, edges))
    edges, begins = edges[ranked], begins[ranked]
    ends = full[edges].copy()
    same = edges[1:] == edges[:-1]
    ends[:-1][same] = begins[1:][same]
    return first, count, (ends - begins).astype(np.int32)


def _outputs(trace: Trace) -> tuple[I64, tuple[str, ...]]:
    """Return the tokens of the answers; those that no record states are as long as the median of the others."""
    output = trace.column("output").copy()
    unknown = output < 0
    if not unknown.any():
        return output, ()
    known = output[~unknown]
    output[unknown] = int(np.median(known)) if len(known) else 0
    taken = f"as long as the median, {int(output[unknown][0]):,} tokens" if len(known) else "none at all"
    return output, (f"{int(unknown.sum()):,} requests record no output; theirs is taken to be {taken}",)
