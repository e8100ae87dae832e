"""`cachelens explain-miss` as text: one request, why it read what it read, and what to do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.text import Text

from cachelens.model.explanation import Difference, Explanation, Owner
from cachelens.reports import explain_words as words
from cachelens.reports.base import ReportOptions
from cachelens.reports.lines import columns
from cachelens.reports.masking import lines_shown
from cachelens.reports.page import BAD, GOOD, HEADING, QUIET, WARN, fit, page_width, safe, wrapped, write

_STYLES = {Owner.YOURS: BAD, Owner.PROVIDER: WARN, Owner.UNKNOWABLE: WARN, Owner.NOBODY: GOOD}


class ExplainText:
    """One screen about one request."""

    id = "explain-text"

    def render(self, result: Explanation, options: ReportOptions) -> str:
        """Return the report for a terminal of `options.width` columns."""
        return write(_lines(result, options), options)


def _lines(result: Explanation, options: ReportOptions) -> Iterator[Text]:
    width = page_width(options)
    yield from wrapped(safe(f"Request {words.request(result.request, result.requests)}", HEADING), width)
    yield from wrapped(safe(words.origin(result.request), QUIET), width)
    yield Text()
    yield from verdict(result, width)
    yield Text()
    if words.counts(result):
        yield from table(("tokens", *words.COUNTS), words.counts(result))
    yield from wrapped(safe(words.readable(result)), width, indent=2, hang=0)
    if result.predecessor is not None:
        yield Text()
        yield from wrapped(safe(words.compared(result.predecessor)), width)
        yield from wrapped(safe(words.parting(result.difference)), width)
        yield from details(result.difference, options)
    yield Text()
    for line in (words.lost(result), words.todo(result)):
        if line:
            yield from wrapped(safe(line), width)
    for line in words.grounds(result):
        yield from wrapped(safe(line, QUIET), width)


def verdict(result: Explanation, width: int) -> Iterator[Text]:
    """Yield the cause, whose it is, and the evidence."""
    head = Text(f"{result.cause.value}  ", style=_STYLES[result.advice.owner])
    head.append_text(safe(words.sentence(words.headline(result))))
    yield from wrapped(head, width)
    for line in result.evidence:
        yield from wrapped(safe(f"{words.sentence(line)}."), width, indent=2, hang=0)


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[Text]:
    """Yield aligned counts."""
    yield from (Text(line) for line in columns([headings, *rows], left=1))


def details(found: Difference | None, options: ReportOptions) -> Iterator[Text]:
    """Yield in what way two prompts differ, and with values asked for the lines around the first change."""
    if found is None:
        return
    width = page_width(options)
    for line in words.details(found, options):
        yield from wrapped(safe(f"- {line}"), width, indent=2, hang=2)
    if options.show_values:
        for line in lines_shown(found.context):
            style = {"+": GOOD, "-": BAD}.get(line[:1], QUIET)
            yield fit(Text(f"    {line}", style=style), width)
