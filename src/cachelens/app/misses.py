"""Why one request was not read from cache, and where two part."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from cachelens.app.strictness import PLAIN, Progress, refuse_skips
from cachelens.config.compiling import CompileOptions
from cachelens.model.explanation import Explanation


def explain_miss(
    inputs: Sequence[str],
    request: str,
    options: CompileOptions = PLAIN,
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
    one: str, other: str, options: CompileOptions = PLAIN, *, pricing: Sequence[Path] = (), model: str = ""
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
