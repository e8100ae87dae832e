"""The text report of an audit: the gravest fault first, each with its place, its price and what to do."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from cachelens.model.audit import AuditResult
from cachelens.model.finding import Finding, Severity
from cachelens.reports import audit_words as words
from cachelens.reports.audit_escaping import inert
from cachelens.reports.base import ReportOptions
from cachelens.reports.figures import plural
from cachelens.reports.page import BAD, HEADING, QUIET, WARN, page_width, wrapped, write

_STYLES = {Severity.HIGH: BAD, Severity.MEDIUM: WARN, Severity.LOW: "", Severity.INFO: QUIET}


class AuditText:
    """One screen for the person who has to mend it."""

    id = "audit-text"

    def render(self, result: AuditResult, options: ReportOptions) -> str:
        """Return the report for a terminal of `options.width` columns."""
        return write(self._lines(result, options), options)

    def _lines(self, result: AuditResult, options: ReportOptions) -> Iterator[Text]:
        width = page_width(options)
        yield from wrapped(Text(words.summary(result), style=HEADING), width)
        if words.left_out(result):
            yield from wrapped(Text(f"Left out: {words.left_out(result)}.", style=QUIET), width)
        yield Text()
        for finding in result.findings:
            yield from _finding(finding, options, width)
            yield Text()
        if words.overlap(result):
            yield from wrapped(Text(words.overlap(result), style=QUIET), width)
        if options.detail:
            yield from _suppressed(result, width)
        for line in words.unread(result):
            yield from wrapped(Text(inert(line), style=QUIET), width)
        fixable = sum(finding.fixable for finding in result.findings)
        mend = f"; `--fix` mends {plural(fixable, 'finding')}, `--diff` shows how" if fixable else ""
        yield from wrapped(Text(f"Next: `cachelens rule ID` explains a rule{mend}.", style=QUIET), width)


def _finding(finding: Finding, options: ReportOptions, width: int) -> Iterator[Text]:
    head = Text(f"{finding.severity.value:<7}", style=_STYLES[finding.severity])
    head.append(f"{finding.rule}  ", style=HEADING)
    head.append(inert(words.place(finding)))
    head.append("  [fixable]" if finding.fixable else "", style=QUIET)
    yield from wrapped(head, width)
    for sentence in words.story(finding, options):
        quiet = sentence.startswith(("Values: ", "Confidence: "))
        yield from wrapped(Text(inert(sentence), style=QUIET if quiet else ""), width, indent=7, hang=0)


def _suppressed(result: AuditResult, width: int) -> Iterator[Text]:
    for finding in result.suppressed:
        said = f"suppressed {finding.rule}  {words.place(finding)}: {finding.suppression}"
        yield from wrapped(Text(inert(said), style=QUIET), width)
    if result.suppressed:
        yield Text()
