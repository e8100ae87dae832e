"""Logs replayed against caches of providers: prices, response caches in front, what would be, traces."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from cachelens.app.strictness import PLAIN, Progress, refuse_skips
from cachelens.config.compiling import CompileOptions
from cachelens.errors import UsageError
from cachelens.model.layers import StackResult
from cachelens.model.result import SimulateResult
from cachelens.model.scenario import AS_RECORDED, Choices
from cachelens.model.stack import StackChoices
from cachelens.model.whatif import WhatIfChoices, WhatIfResult

if TYPE_CHECKING:
    from cachelens.reading import Compiled
    from cachelens.simulation import Plan
    from cachelens.stacking.plan import StackPlan
    from cachelens.whatif.parameters import Parameters

_DEFAULT = Choices()
_STACK = StackChoices()
_DESCRIPTIONS = (".yaml", ".yml")
"""Endings of files that describe traffic."""


def simulate(
    inputs: Sequence[str],
    choices: Choices = _DEFAULT,
    options: CompileOptions = PLAIN,
    *,
    stack: StackChoices | None = None,
    strict: bool = False,
    progress: Progress = lambda _count: None,
) -> SimulateResult:
    """Replay logs under the asked scenarios; behind response caches, where a `stack` of layers is given.

    Raises `InputError` without a usable request, `UsageError` and `PricingError` for what cannot be asked,
    `StrictError` when `strict` and any line was unreadable.
    """
    from cachelens.reading import compile_inputs

    plans: list[Plan] = []
    stacks: list[StackPlan] = []

    def prepare() -> None:
        from cachelens.simulation import plan

        plans.append(plan(choices))
        if stack is not None:
            from cachelens.stacking.plan import plan as plan_stack

            stacks.append(plan_stack(stack))

    if stack is not None:
        from cachelens.stacking.plan import with_calls

        options = with_calls(options, stack)
    if choices.optimize or any(name != AS_RECORDED for name in choices.layouts):
        options = msgspec.structs.replace(options, keep_text=True)
    compiled = compile_inputs(inputs, options, progress=progress, prepare=prepare)
    if strict:
        refuse_skips(compiled)
    from cachelens.simulation import run

    if not stacks:
        return run(compiled, plans[0])
    from cachelens.stacking.run import in_front

    layers, behind = in_front(compiled, stacks[0])
    return msgspec.structs.replace(run(behind, plans[0]), stack=layers, validation=())  # usage is of all traffic


def layers(
    inputs: Sequence[str],
    choices: StackChoices = _STACK,
    options: CompileOptions = PLAIN,
    *,
    strict: bool = False,
    progress: Progress = lambda _count: None,
) -> StackResult:
    """Replay logs through response caches and the prompt cache behind them.

    Raises `InputError` without a usable request, `UsageError` for what cannot be asked, `StrictError` when `strict`
    and any line was unreadable.
    """
    from cachelens.stacking.run import replay_logs

    return replay_logs(inputs, choices, options, refuse=refuse_skips if strict else None, progress=progress)


def whatif(
    inputs: Sequence[str],
    choices: WhatIfChoices,
    options: CompileOptions = PLAIN,
    *,
    described: Parameters | None = None,
    strict: bool = False,
    progress: Progress = lambda _count: None,
) -> WhatIfResult:
    """Price logs, or traffic that a parameter file or `described` describes, under many conditions.

    Raises `InputError` without a usable request, `UsageError` and `PricingError` for what cannot be asked,
    `StrictError` when `strict` and any line was unreadable.
    """
    from cachelens.whatif import run
    from cachelens.whatif.describing import load

    if described is not None:
        return run.described(described, choices)
    if len(inputs) == 1 and Path(inputs[0]).suffix in _DESCRIPTIONS:
        return run.described(load(Path(inputs[0])), choices, inputs[0])
    from cachelens.reading import compile_inputs

    compiled = compile_inputs(inputs, options, progress=progress)
    if strict:
        refuse_skips(compiled)
    return run.recorded(compiled, choices)


def compile_trace(
    inputs: Sequence[str],
    options: CompileOptions,
    output: Path,
    *,
    strict: bool = False,
    progress: Progress = lambda _count: None,
) -> Compiled:
    """Compile logs into a trace file; a name that ends in `.parquet` chooses Parquet."""
    from cachelens.reading import compile_inputs

    compiled = compile_inputs(inputs, options, progress=progress)
    if strict:
        refuse_skips(compiled)
    from cachelens.prompts import container, parquet

    save = parquet.save if output.suffix == ".parquet" else container.save
    try:
        save(compiled.trace, output)
    except OSError as error:
        raise UsageError(f"cannot write {output}: {error.strerror}", hint="name another file with -o") from error
    return compiled
