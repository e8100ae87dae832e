"""Token counts per model: recorded where the log has them, exact or estimated where it has not.

The tree counts in tokens of one reference tokenizer. A *basis* holds, for one model, the tokens from the
start of the prompt to every node: leaves of requests with a recorded input count hold exactly that count, and
what lies between is shared out by the reference. Counts never carry over between models unscaled.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from cachelens.kernels import anchors, trees
from cachelens.model.prompt import SegmentKind
from cachelens.model.result import Evidence, TokenBasis
from cachelens.prompts.tokenfit import fit
from cachelens.prompts.tokens import TOKENIZER
from cachelens.prompts.trace import SPLIT, START, Trace

I64 = npt.NDArray[np.int64]
_FEW = 20
"""Comparable requests below which a fitted ratio says little and the stated one is kept."""


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Basis:
    """Tokens of one model along the whole tree."""

    ends: I64
    """For each node: tokens from the start of the prompt to its end."""
    ratio: float
    """Tokens of this model per reference token, for text of this log that no record covers."""
    tokenizer: float
    """The same for the tokenizer alone, which turns this model's counts into another's. A ratio fitted to a log
    also holds what the log shows and the client did not send."""
    about: TokenBasis


class Calibration:
    """Bases of the models in a trace, and of others on request."""

    def __init__(
        self,
        trace: Trace,
        model_of: I64,
        names: Sequence[str],
        *,
        exact: Mapping[str, bool],
        default: Mapping[str, float],
    ) -> None:
        """Fit one basis per model.

        `model_of` gives each request's index into `names`; `exact` says for which names the reference
        tokenizer is the model's own; `default` gives ratios for those others whose ratio is stated.
        """
        self._trace = trace
        self._default = default
        self._exact = exact
        begun = (trace.nodes.flags & (START | SPLIT)) == START
        self._messages = trees.accumulate(np.ascontiguousarray(trace.nodes.parent), begun.astype(np.int64))
        self._bases: dict[str, Basis] = {}
        counts = np.bincount(model_of, minlength=len(names)) if len(model_of) else np.zeros(len(names))
        partial = {
            index: self._anchored(names[index], np.flatnonzero(model_of == index))
            for index in np.argsort(-counts, kind="stable").tolist()
        }
        ranked = list(partial.values())
        self._raw = ranked
        for basis in ranked:
            self._bases[basis.about.model] = self._filled(basis)

    def basis(self, name: str) -> Basis:
        """Return the basis of a model, building one for a model that is not in the log."""
        known = self._bases.get(name)
        if known is None:
            ratio = self._ratio_without_records(name)
            about = TokenBasis(
                model=name,
                evidence=Evidence.EXACT if self._exact.get(name) else Evidence.ESTIMATED,
                tokenizer=TOKENIZER,
                ratio=ratio,
                recorded_requests=0,
            )
            ends = np.full(len(self._trace.nodes.parent), -1, dtype=np.int64)
            ends[0] = 0
            known = self._bases[name] = self._filled(Basis(ends=ends, ratio=ratio, tokenizer=ratio, about=about))
        return known

    def about(self) -> tuple[TokenBasis, ...]:
        """Say how each model's tokens were counted, the log's own models first."""
        return tuple(basis.about for basis in self._bases.values())

    def _ratio_without_records(self, name: str) -> float:
        return self._stated(name) or 1.0

    def _stated(self, name: str) -> float | None:
        """Return the tokenizer's ratio as the price files state it; `None` where they do not."""
        return 1.0 if self._exact.get(name) else self._default.get(name)

    def _anchored(self, name: str, members: npt.NDArray[np.int64]) -> Basis:
        """Return a basis that is known on the paths of the model's own requests."""
        trace = self._trace
        nodes = trace.nodes
        leaf = np.ascontiguousarray(trace.requests["leaf"][members])
        recorded = trace.column("input")[members]
        hidden = nodes.kind == SegmentKind.HIDDEN
        parent, ref_end = np.ascontiguousarray(nodes.parent), np.ascontiguousarray(nodes.end)
        rows = anchors.increments(parent, ref_end, self._messages, leaf, recorded, hidden)
        ratio, error = fit(rows)
        compared = int(np.count_nonzero(rows[:, 1]))
        with_records = int(np.count_nonzero(recorded >= 0))
        if self._exact.get(name) or compared < _FEW:
            ratio = self._ratio_without_records(name)
        ends = np.full(len(parent), -1, dtype=np.int64)
        ends[0] = 0
        anchors.anchor(parent, ref_end, leaf, recorded, hidden, ratio, ends)
        about = TokenBasis(
            model=name,
            evidence=self._evidence(name, with_records, len(members), fitted=compared >= _FEW),
            tokenizer=TOKENIZER,
            ratio=round(ratio, 4),
            recorded_requests=with_records,
            median_error=error,
        )
        return Basis(ends=ends, ratio=ratio, tokenizer=self._stated(name) or ratio, about=about)

    def _evidence(self, name: str, recorded: int, requests: int, *, fitted: bool) -> Evidence:
        """Say what the counts rest on; where every request has a record, each is as long as its record says."""
        if requests and recorded == requests:
            return Evidence.RECORDED
        if self._exact.get(name):
            return Evidence.EXACT
        return Evidence.FITTED if fitted else Evidence.ESTIMATED

    def _filled(self, basis: Basis) -> Basis:
        """Complete a basis for nodes that its model never saw."""
        nodes = self._trace.nodes
        ends = basis.ends.copy()
        parent, ref_end = np.ascontiguousarray(nodes.parent), np.ascontiguousarray(nodes.end)
        sources = [other for other in self._raw if other is not basis]
        source, ratio = _first_known(sources, len(ends))
        anchors.fill(parent, ref_end, ends, source, ratio or 1.0, basis.tokenizer)
        return dataclasses.replace(basis, ends=ends)


def _first_known(bases: Sequence[Basis], size: int) -> tuple[I64, float]:
    """Return the counts of the model with most requests, and its tokenizer's ratio."""
    if not bases:
        return np.full(size, -1, dtype=np.int64), 1.0
    return bases[0].ends, bases[0].tokenizer
