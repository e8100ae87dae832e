"""What logs record of their own usage."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from cachelens.app.strictness import PLAIN, Progress, refuse
from cachelens.config.compiling import CompileOptions
from cachelens.model.metrics import MetricsChoices, MetricsResult

_METRICS = MetricsChoices()


def metrics(
    inputs: Sequence[str],
    choices: MetricsChoices = _METRICS,
    options: CompileOptions = PLAIN,
    *,
    strict: bool = False,
    progress: Progress = lambda _count: None,
) -> MetricsResult:
    """Add up what logs record of their own usage; nothing is replayed, and prompts are not looked at.

    Raises `InputError` without a usable request, `UsageError` and `PricingError` for what cannot be asked,
    `StrictError` when `strict` and any line was unreadable.
    """
    from cachelens.metrics.measuring import measure

    return measure(
        inputs,
        choices,
        msgspec.structs.replace(options.read, usage_only=True),
        forced_format=options.forced_format,
        progress=progress,
        check=refuse if strict else lambda _skips: None,
    )
