"""The use cases, wired: each a short function from inputs to a result."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from cachelens.config.compiling import CompileOptions
from cachelens.config.settings import Configuration
from cachelens.errors import InputError, StrictError, UsageError
from cachelens.model.audit import AuditResult
from cachelens.model.change import ChangeResult
from cachelens.model.explanation import Explanation
from cachelens.model.fix import FixResult
from cachelens.model.fleet import FleetChoices, FleetResult
from cachelens.model.fleet_curve import CurveResult
from cachelens.model.layers import StackResult
from cachelens.model.result import SimulateResult
from cachelens.model.scenario import AS_RECORDED, Choices
from cachelens.model.stack import StackChoices
from cachelens.model.whatif import WhatIfChoices, WhatIfResult

if TYPE_CHECKING:
    from cachelens.fleet_inputs import FleetPlan, Given
    from cachelens.joining.versions import Base
    from cachelens.reading import Compiled
    from cachelens.simulation import Plan
    from cachelens.whatif.parameters import Parameters

Progress = Callable[[int], None]
"""Takes the number of bytes read since the last call."""


class Known(NamedTuple):
    """Findings that are known already."""

    baseline: Path | None = None
    """File of those that do not count."""
    renew: Path | None = None
    """File that is about to be written anew; what it says of places outside this run stays."""
    save: Callable[[str], None] | None = None
    """Takes the text of that file; all findings are known then."""


_DEFAULT = Choices()
_FLEET = FleetChoices()
_STACK = StackChoices()
_DESCRIPTIONS = (".yaml", ".yml")
"""Endings of files that describe traffic."""
_PLAIN = CompileOptions()
_UNCONFIGURED = Configuration()
_NOTHING = Known()


def simulate(
    inputs: Sequence[str],
    choices: Choices = _DEFAULT,
    options: CompileOptions = _PLAIN,
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

    def prepare() -> None:
        from cachelens.simulation import plan

        plans.append(plan(choices))

    if stack is not None:
        from cachelens.stacking.plan import with_calls

        options = with_calls(options, stack)
    if choices.optimize or any(name != AS_RECORDED for name in choices.layouts):
        options = msgspec.structs.replace(options, keep_text=True)
    compiled = compile_inputs(inputs, options, progress=progress, prepare=prepare)
    if strict:
        refuse_skips(compiled)
    from cachelens.simulation import run

    if stack is None:
        return run(compiled, plans[0])
    from cachelens.stacking.plan import plan as plan_stack
    from cachelens.stacking.run import in_front

    layers, behind = in_front(compiled, plan_stack(stack))
    return msgspec.structs.replace(run(behind, plans[0]), stack=layers, validation=())  # usage is of all traffic


def fleet(
    inputs: Sequence[str],
    choices: FleetChoices = _FLEET,
    options: CompileOptions = _PLAIN,
    *,
    stack: StackChoices | None = None,
    strict: bool = False,
    progress: Progress = lambda _count: None,
) -> FleetResult:
    """Replay logs, or the workload that a YAML file describes, through fleets of replicas.

    A `stack` of layers stands in front of the fleet, and only what it does not serve is replayed.

    Raises `InputError` without a usable request, `UsageError` for what cannot be asked, `StrictError` when `strict`
    and any line was unreadable.
    """
    from cachelens.fleet_inputs import plan
    from cachelens.fleeting import run

    planned = plan(choices)
    if stack is None:
        return run(_fleet_given(inputs, planned, options, strict=strict, progress=progress), planned)
    from cachelens.fleet.workloads.files import workload_file
    from cachelens.fleet_inputs import of_log
    from cachelens.stacking.run import read_in_front

    if not options.forced_format and workload_file(inputs) is not None:
        raise UsageError("a generated workload has no answers to serve", hint="name a log, or leave out --layers")
    refuse = refuse_skips if strict else None
    layers, behind = read_in_front(inputs, stack, options, refuse=refuse, progress=progress)
    return msgspec.structs.replace(run(of_log(behind, planned), planned), stack=layers)


def fleet_curve(
    inputs: Sequence[str],
    choices: FleetChoices = _FLEET,
    options: CompileOptions = _PLAIN,
    *,
    strict: bool = False,
    progress: Progress = lambda _count: None,
) -> CurveResult:
    """Say what caches of every size would find of logs or of a workload; raises what `fleet` does."""
    from cachelens.curving import run
    from cachelens.fleet_inputs import plan

    planned = plan(choices)
    return run(_fleet_given(inputs, planned, options, strict=strict, progress=progress), planned)


def _fleet_given(
    inputs: Sequence[str], planned: FleetPlan, options: CompileOptions, *, strict: bool, progress: Progress
) -> Given:
    """Read logs, or the workload file that stands in their place."""
    from cachelens.fleet.workloads.files import refuse_folders, workload_file
    from cachelens.fleet_inputs import of_log, of_workload_file
    from cachelens.reading import compile_inputs

    described = None if options.forced_format else workload_file(inputs)
    if described is not None:
        return of_workload_file(described, planned, read_as_log=strict or options != _PLAIN)
    try:
        compiled = compile_inputs(inputs, options, progress=progress)
    except InputError:
        refuse_folders(inputs)
        raise
    if strict:
        refuse_skips(compiled)
    return of_log(compiled, planned)


def layers(
    inputs: Sequence[str],
    choices: StackChoices = _STACK,
    options: CompileOptions = _PLAIN,
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
    options: CompileOptions = _PLAIN,
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


def refuse_skips(compiled: Compiled) -> None:
    """Raise `StrictError` when any line could not be used."""
    bad = [skip for skip in compiled.skips if not skip.benign]
    if bad:
        first = bad[0]
        lines = sum(skip.lines for skip in bad)
        where = f"{first.path} line {first.first_line}" if first.first_line else first.path
        raise StrictError(
            f"{lines} unreadable line{'s' if lines > 1 else ''}, the first in {where}: {first.reason}",
            hint=first.detail or "mend the input, or leave out --strict",
        )


def audit(
    inputs: Sequence[str],
    options: CompileOptions = _PLAIN,
    *,
    pricing: Sequence[Path] = (),
    strict: bool = False,
    progress: Progress = lambda _count: None,
    configuration: Configuration = _UNCONFIGURED,
    known: Known = _NOTHING,
    traffic: Sequence[str] = (),
) -> AuditResult:
    """Judge templates, source files and logs. Each input is a log, or else is searched for templates.

    `traffic` are logs, whatever they are called; `configuration` says which rules judge and what does not count,
    `known` what was found before.
    Raises `InputError` for an input that does not exist, `StrictError` when `strict` and a line or template was
    unreadable, `UsageError` for a rule that does not exist.
    """
    from cachelens.auditing import Audit, refuse_unread
    from cachelens.selection.baseline import Baseline, beside, read_baseline

    baseline = read_baseline(known.baseline) if known.baseline else Baseline()
    older = beside(known.renew) if known.renew else Baseline()
    running = Audit(pricing=tuple(pricing), configuration=configuration)
    told = running.told_apart(inputs)
    if told.others:
        running.judge_templates(told.others)
        if strict:
            refuse_unread(running.unread)
    named = [*told.logs, *traffic]
    if named or told.sought:
        from cachelens.reading import NoRequestError, compile_inputs

        try:
            logs = [*named, *told.sought]
            compiled = compile_inputs(logs, msgspec.structs.replace(options, keep_text=True), progress=progress)
        except NoRequestError as error:
            if named or strict:
                raise
            running.pass_over(error.skips)
        else:
            if strict:
                refuse_skips(compiled)
            running.judge_traffic(compiled)
    running.explain_nothing([*inputs, *traffic])
    if known.save is None:
        return running.result(baseline)
    result, text = running.result_and_baseline(older)
    known.save(text)
    return result


def explain_miss(
    inputs: Sequence[str],
    request: str,
    options: CompileOptions = _PLAIN,
    *,
    pricing: Sequence[Path] = (),
    strict: bool = False,
    progress: Progress = lambda _count: None,
) -> Explanation:
    """Explain what one request of some logs read from cache: its id, `FILE:LINE`, or `#N`, the N-th to arrive.

    Raises `InputError` without a usable request, `UsageError` for a request that is not there, `StrictError` when
    `strict` and a line was unreadable.
    """
    from cachelens.reading import compile_inputs

    compiled = compile_inputs(inputs, msgspec.structs.replace(options, keep_text=True), progress=progress)
    if strict:
        refuse_skips(compiled)
    from cachelens.explaining.explain import explain
    from cachelens.providers.loading import load_pricing

    return explain(compiled.trace, load_pricing(tuple(pricing)), request)


def diff(
    one: str, other: str, options: CompileOptions = _PLAIN, *, pricing: Sequence[Path] = (), model: str = ""
) -> Explanation:
    """Compare two requests as if the second were sent right after the first; each is a file, or `FILE:LINE` of a log.

    Raises `InputError` where there is no request, `UsageError` where a file holds several.
    """
    from cachelens.explaining.pairs import compare
    from cachelens.providers.loading import load_pricing

    book = load_pricing(tuple(pricing))
    if model:
        book.resolve(model)
    return compare(one, other, book, options.read, forced=options.forced_format, model=model)


def fix(
    inputs: Sequence[str],
    *,
    unsafe: bool = False,
    writing: bool = True,
    configuration: Configuration = _UNCONFIGURED,
    known: Known = _NOTHING,
) -> FixResult:
    """Mend what `audit` finds in templates and source files; logs among the inputs are passed over.

    Without `writing` nothing is changed, and the result says what would be. Raises `InputError` for an input that does
    not exist.
    """
    from cachelens.auditing import Audit
    from cachelens.selection.baseline import Baseline, read_baseline

    baseline = read_baseline(known.baseline) if known.baseline else Baseline()
    running = Audit(configuration=configuration)
    return running.fix_templates(running.told_apart(inputs).others, baseline, unsafe=unsafe, writing=writing)


def audit_change(
    paths: Sequence[str],
    traffic: Sequence[str],
    base: Base,
    options: CompileOptions = _PLAIN,
    *,
    pricing: Sequence[Path] = (),
    strict: bool = False,
    configuration: Configuration = _UNCONFIGURED,
) -> ChangeResult:
    """Say what a change of templates costs at recorded traffic. Without `traffic`, logs among `paths` are taken.

    Raises `InputError` for an input that does not exist, `UsageError` without traffic or for traffic without text,
    `StrictError` when `strict` and a line was unreadable.
    """
    from cachelens.auditing import Audit
    from cachelens.joining.costing import cost_of
    from cachelens.joining.versions import compare, templates_in
    from cachelens.providers.loading import load_pricing
    from cachelens.reading import compile_inputs

    running = Audit(configuration=configuration)
    told = running.told_apart(paths)
    logs = list(traffic) or [*told.logs, *told.sought]
    if not logs:
        raise UsageError("there is no traffic to compare by", hint="name a log or a compiled trace with --traffic")
    compared = compare(templates_in(base.paths, running.wanted, base.named), templates_in(told.others, running.wanted))
    compiled = compile_inputs(logs, msgspec.structs.replace(options, keep_text=True))
    if strict:
        refuse_skips(compiled)
    return cost_of(compiled, load_pricing(tuple(pricing)), compared, base.name)


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
