"""What breaks the prefix: found, mended, and what a change costs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from cachelens.app.strictness import PLAIN, Progress, refuse_skips
from cachelens.config.compiling import CompileOptions
from cachelens.config.settings import Configuration
from cachelens.errors import UsageError
from cachelens.model.audit import AuditResult
from cachelens.model.change import ChangeResult
from cachelens.model.fix import FixResult

if TYPE_CHECKING:
    from cachelens.joining.versions import Base


class Known(NamedTuple):
    """Findings that are known already."""

    baseline: Path | None = None
    """File of those that do not count."""
    renew: Path | None = None
    """File that is about to be written anew; what it says of places outside this run stays."""
    save: Callable[[str], None] | None = None
    """Takes the text of that file; all findings are known then."""


_UNCONFIGURED = Configuration()
_NOTHING = Known()


def audit(
    inputs: Sequence[str],
    options: CompileOptions = PLAIN,
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
        from cachelens.reading import compile_inputs
        from cachelens.sources.nothing import NoRequestError

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
    options: CompileOptions = PLAIN,
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
