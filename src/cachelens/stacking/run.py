"""Replays one log through the layers: each alone, and each behind those before it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt

from cachelens import __version__
from cachelens.config.compiling import CompileOptions
from cachelens.errors import InputError
from cachelens.layers.exact import Served, run_exact
from cachelens.layers.store import Tally
from cachelens.layers.traffic import Traffic, traffic_of
from cachelens.model.layers import StackResult
from cachelens.model.result import Note
from cachelens.model.stack import EXACT, LAYERS, PROMPT, SEMANTIC, LayerResult, Stack, StackChoices
from cachelens.prompts.select import select
from cachelens.prompts.trace import Trace
from cachelens.providers.dates import US_PER_DAY
from cachelens.reading import Compiled, compile_inputs
from cachelens.stacking.bill import Bill, minus
from cachelens.stacking.left_out import NO_ANSWERS, LeftOut, reason
from cachelens.stacking.plan import StackPlan, plan, with_calls
from cachelens.stacking.semantic import Semantics

Mask = npt.NDArray[np.bool_]
Refuse = Callable[[Compiled], None]


def run(compiled: Compiled, planned: StackPlan) -> StackResult:
    """Replay a compiled log, which has kept text and recorded calls, through the layers."""
    replay = _Replay(compiled.trace, planned)
    return StackResult(
        **msgspec.structs.asdict(replay.stack()),
        version=__version__,
        inputs=compiled.inputs,
        skips=compiled.skips,
        notes=replay.notes(),
    )


def in_front(compiled: Compiled, planned: StackPlan) -> tuple[Stack, Compiled]:
    """Replay a compiled log through the layers, and return what reaches the model as a log of its own.

    Raises `InputError` where nothing does.
    """
    replay = _Replay(compiled.trace, planned)
    remaining = replay.remaining()
    if not remaining.any():
        raise InputError("the response caches serve every request", hint="look at them alone with `cachelens layers`")
    behind = msgspec.structs.replace(compiled, trace=select(compiled.trace, remaining))
    return replay.stack(), behind


def replay_logs(
    inputs: Sequence[str],
    choices: StackChoices,
    options: CompileOptions,
    *,
    refuse: Refuse | None,
    progress: Callable[[int], None],
) -> StackResult:
    """Read logs and replay them through the layers; `refuse` raises for a log that must not be used."""
    return run(*_read(inputs, choices, options, refuse, progress))


def read_in_front(
    inputs: Sequence[str],
    choices: StackChoices,
    options: CompileOptions,
    *,
    refuse: Refuse | None,
    progress: Callable[[int], None],
) -> tuple[Stack, Compiled]:
    """Read logs and put the layers in front; `refuse` raises for a log that must not be used."""
    return in_front(*_read(inputs, choices, options, refuse, progress))


def _read(
    inputs: Sequence[str],
    choices: StackChoices,
    options: CompileOptions,
    refuse: Refuse | None,
    progress: Callable[[int], None],
) -> tuple[Compiled, StackPlan]:
    planned = plan(choices)
    compiled = compile_inputs(inputs, with_calls(options, choices), progress=progress)
    if refuse is not None:
        refuse(compiled)
    return compiled, planned


class _Found(NamedTuple):
    """What one response cache does with the requests that pass the layers before it."""

    served: Mask
    left_out: LeftOut
    not_eligible: Mapping[str, int] = {}
    tally: Tally = Tally()
    pairs: Sequence[tuple[int, int]] = ()
    """(request, whose answer it is given)."""


class _Layer(NamedTuple):
    """A response cache."""

    name: str
    behind: Callable[[Mask], _Found]
    """Replays the requests that pass the layers before."""


class _Replay:
    """One run over one trace."""

    def __init__(self, trace: Trace, planned: StackPlan) -> None:
        self._plan = planned
        self._choices = planned.choices
        self._traffic: Traffic = traffic_of(trace, planned.normal)
        self._bill = Bill(trace, planned.book)

    def notes(self) -> tuple[Note, ...]:
        """Return what must be known of the log to judge the numbers."""
        return self._bill.notes()

    def stack(self) -> Stack:
        """Replay every layer, alone and behind those before it."""
        bill, choices = self._bill, self._choices
        remaining = bill.everyone
        rows: list[LayerResult] = []
        semantic = None
        for layer in self._response_layers():
            found = layer.behind(remaining)
            if layer.name == SEMANTIC and not found.left_out.why:
                semantic = self._semantics.result(remaining)
            rows.append(self._response_row(layer, found, remaining))
            remaining = remaining & ~found.served
        reached = bill.without(remaining)
        if PROMPT in choices.layers:
            rows.append(self._prompt_row(remaining))
            reached = bill.with_prompt_cache(remaining)
        first, last = bill.trace.span or (None, None)
        return Stack(
            requests=len(bill.trace),
            workloads=len(np.unique(bill.trace.column("workload"))),
            days=round((last - first) / US_PER_DAY, 6) if first is not None and last is not None else None,
            scope=choices.scope.value,
            normalisations=self._plan.normal.ids,
            layers=tuple(rows),
            cost_without=bill.without(bill.everyone),
            cost_with=reached,
            cost_prompt_only=bill.with_prompt_cache(bill.everyone),
            saved=minus(bill.without(bill.everyone), reached),
            reach_model=int(remaining.sum()),
            thinning=bill.thinning(remaining) if PROMPT in choices.layers else None,
            semantic=semantic,
            shapes=tuple(self._semantics.shapes()) if SEMANTIC in choices.layers and self._asks() else (),
            estimated=bill.estimated,
        )

    def _asks(self) -> bool:
        """Say whether any request ends with a question."""
        return any(question is not None for question in self._traffic.questions)

    def remaining(self) -> Mask:
        """Return the requests that no response cache serves."""
        passing = self._bill.everyone
        for layer in self._response_layers():
            passing = passing & ~layer.behind(passing).served
        return passing

    def _response_layers(self) -> list[_Layer]:
        kinds: dict[str, Callable[[Mask], _Found]] = {EXACT: self._exact, SEMANTIC: self._semantic}
        return [_Layer(name, kinds[name]) for name in LAYERS if name in kinds and name in self._choices.layers]

    @cached_property
    def _semantics(self) -> Semantics:
        return Semantics(self._traffic, self._plan, self._bill.without)

    @cached_property
    def _exact_served(self) -> Served:
        return run_exact(self._traffic, self._choices.exact, self._choices.scope)

    def _exact(self, passing: Mask) -> _Found:
        """Replay the exact cache, which stands first."""
        served = self._exact_served
        return _Found(
            served=(served.source >= 0) & passing,
            left_out=reason(served.seen, served.not_eligible),
            not_eligible=served.not_eligible,
            tally=served.tally,
            pairs=served.pairs(),
        )

    def _semantic(self, passing: Mask) -> _Found:
        """Replay the semantic cache on what passes the layers before."""
        if not any(call.answer is not None for call in self._traffic.calls):
            return _Found(served=np.zeros(len(passing), dtype=np.bool_), left_out=NO_ANSWERS)
        hits = self._semantics.hits(passing)
        return _Found(
            served=hits.source >= 0,
            left_out=reason(int(passing.sum()), hits.not_eligible),
            not_eligible=hits.not_eligible,
            tally=hits.tally,
            pairs=hits.pairs(),
        )

    def _response_row(self, layer: _Layer, found: _Found, before: Mask) -> LayerResult:
        bill = self._bill
        alone = found if before.all() else layer.behind(bill.everyone)
        latency, unknown = bill.latency(found.served)
        answered = any(call.answer is not None for call in self._traffic.calls)
        return LayerResult(
            layer=layer.name,
            left_out=found.left_out.why,
            hint=found.left_out.hint,
            requests_seen=int(before.sum()),
            requests_served=int(found.served.sum()),
            served_alone=int(alone.served.sum()),
            saved=bill.without(found.served),
            saved_alone=bill.without(alone.served),
            saved_of_bill=minus(bill.with_prompt_cache(bill.everyone), bill.with_prompt_cache(~alone.served)),
            latency_saved_us=latency,
            latency_unknown=unknown,
            not_eligible=dict(found.not_eligible),
            facts=msgspec.structs.asdict(found.tally),
            safety=self._semantics.safety(found.pairs) if answered and found.pairs else None,
        )

    def _prompt_row(self, remaining: Mask) -> LayerResult:
        bill = self._bill
        alone = minus(bill.without(bill.everyone), bill.with_prompt_cache(bill.everyone))
        return LayerResult(
            layer=PROMPT,
            left_out="",
            hint="",
            requests_seen=int(remaining.sum()),
            requests_served=bill.prompt_hits(remaining),
            served_alone=bill.prompt_hits(bill.everyone),
            saved=minus(bill.without(remaining), bill.with_prompt_cache(remaining)),
            saved_alone=alone,
            saved_of_bill=alone,
            latency_saved_us=None,
            latency_unknown=0,
            not_eligible={},
            token_hit_rate=bill.token_hit_rate(remaining),
        )
