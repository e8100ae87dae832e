"""`cachelens diff` as text: two requests, where they part, and what of the first the second can still read."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from cachelens.model.explanation import Cause, Explanation, Owner
from cachelens.reports import explain_words as words
from cachelens.reports.base import ReportOptions
from cachelens.reports.explain_text import details
from cachelens.reports.figures import approx, plural
from cachelens.reports.page import HEADING, QUIET, page_width, safe, wrapped, write

_CAUSES = {
    Cause.COLD: "nothing of A is kept that B begins with",
    Cause.DIVERGED: "they part before the end of what A leaves in the cache",
    Cause.OTHER_MODEL: "they go to different models",
    Cause.OTHER_KEY: "they go to different caches",
}


class DiffText:
    """One screen about two requests."""

    id = "diff-text"

    def render(self, result: Explanation, options: ReportOptions) -> str:
        """Return the report for a terminal of `options.width` columns."""
        return write(_lines(result, options), options)


def _lines(result: Explanation, options: ReportOptions) -> Iterator[Text]:
    width = page_width(options)
    found, estimated = result.predecessor, result.loss.estimated
    if found is None:
        yield from wrapped(safe("nothing to compare", HEADING), width)
        return
    for name, ref in (("A", found.request), ("B", result.request)):
        tokens = approx(plural(ref.tokens, "token"), estimated=estimated)
        yield from wrapped(safe(f"{name}  {ref.path}:{ref.line}, {ref.model or 'no model'}, {tokens}", HEADING), width)
    yield Text()
    yield from wrapped(safe(_shared(result)), width)
    yield from details(result.difference, options)
    yield Text()
    if result.replayed is not None and result.rules:
        read = approx(plural(result.replayed.read or 0, "token"), estimated=estimated)
        why = (
            "" if result.cause is Cause.NONE else f", because {_CAUSES.get(result.cause) or words.CAUSES[result.cause]}"
        )
        yield from wrapped(safe(f"Sent right after A, B reads {read} from cache{why}."), width)
        for line in result.evidence:
            yield from wrapped(safe(f"{words.sentence(line)}."), width, indent=2, hang=0)
    for line in (words.lost(result), words.todo(result) if result.advice.owner is not Owner.NOBODY else ""):
        if line:
            yield from wrapped(safe(line), width)
    for line in words.grounds(result):
        yield from wrapped(safe(line, QUIET), width)


def _shared(result: Explanation) -> str:
    found = result.predecessor
    assert found is not None  # noqa: S101 - the caller looked
    if result.difference is None and found.request.tokens == result.request.tokens == found.shared_tokens:
        return "They are the same."
    shared = approx(plural(found.shared_tokens, "token"), estimated=result.loss.estimated)
    return f"They share the first {shared}. {words.parting(result.difference)}"
