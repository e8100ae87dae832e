"""The text report of an audit: the gravest fault first, each with its place, its price and what to do."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from cachelens.model.audit import AuditResult
from cachelens.model.finding import Finding, Severity, TrafficPlace
from cachelens.model.location import Location
from cachelens.reports.base import ReportOptions
from cachelens.reports.figures import money, plural, tokens
from cachelens.reports.masking import shown
from cachelens.reports.page import BAD, HEADING, QUIET, WARN, page_width, safe, wrapped, write

_STYLES = {Severity.HIGH: BAD, Severity.MEDIUM: WARN, Severity.LOW: "", Severity.INFO: QUIET}


class AuditText:
    """One screen for the person who has to mend it."""

    id = "audit-text"

    def render(self, result: AuditResult, options: ReportOptions) -> str:
        """Return the report for a terminal of `options.width` columns."""
        return write(self._lines(result, options), options)

    def _lines(self, result: AuditResult, options: ReportOptions) -> Iterator[Text]:
        width = page_width(options)
        yield from wrapped(Text(summary(result), style=HEADING), width)
        yield Text()
        for finding in result.findings:
            yield from _finding(finding, options, width)
            yield Text()
        for skip in result.skips:
            if not skip.benign:
                where = f" from line {skip.first_line}" if skip.first_line else ""
                text = f"{plural(skip.lines, 'line')} skipped{where}: {skip.reason}"
                yield from wrapped(safe(f"{skip.path}: {text}", QUIET), width)
        for problem in result.problems:
            at = problem.location
            yield from wrapped(safe(f"{at.path}:{at.line}: {problem.message}", QUIET), width)
        yield from wrapped(Text("Next: `cachelens rule ID` explains a rule.", style=QUIET), width)


def summary(result: AuditResult) -> str:
    """Say what was looked at and what was found."""
    looked = []
    if result.requests:
        looked.append(f"{plural(result.requests, 'request')} of {plural(len(result.workloads), 'workload')}")
    if result.files:
        looked.append(f"{plural(result.templates, 'template')} in {plural(result.files, 'file')}")
    return f"{plural(len(result.findings), 'finding')} in {' and '.join(looked) or 'nothing'}"


def place(finding: Finding) -> str:
    """Name the place of a finding."""
    where = finding.location
    if isinstance(where, Location):
        return f"{where.path}:{where.line}:{where.column}"
    assert isinstance(where, TrafficPlace)  # noqa: S101
    token = "" if where.token is None else f", token {where.token:,}"
    return f"{where.workload}{', ' if where.place else ''}{where.place}{token}"


def _finding(finding: Finding, options: ReportOptions, width: int) -> Iterator[Text]:
    head = Text(f"{finding.severity.value:<7}", style=_STYLES[finding.severity])
    head.append(f"{finding.rule}  ", style=HEADING)
    head.append_text(safe(place(finding)))
    yield from wrapped(head, width)
    yield from wrapped(safe(_sentence(finding.message)), width, indent=7, hang=0)
    if finding.cost is not None:
        monthly = f", {money(finding.cost_per_month)} a month" if finding.cost_per_month is not None else ""
        lost = f"Lost: {tokens(finding.stranded_tokens)} tokens of cache reads, {money(finding.cost)}{monthly}."
        yield from wrapped(Text(lost), width, indent=7, hang=0)
    if finding.samples and options.detail:
        values = ", ".join(shown(value, values=options.show_values) for value in finding.samples)
        yield from wrapped(safe(f"Values: {values}", QUIET), width, indent=7, hang=0)
    if finding.advice:
        yield from wrapped(safe(f"Do: {finding.advice}"), width, indent=7, hang=0)
    if finding.confidence.value != "high":
        yield from wrapped(Text(f"Confidence: {finding.confidence.value}.", style=QUIET), width, indent=7, hang=0)


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
