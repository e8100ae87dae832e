"""What every format says of an audit: the headline, the place of a finding, and its story in sentences."""

from __future__ import annotations

from collections.abc import Iterator

from cachelens.model.audit import AuditResult
from cachelens.model.finding import Finding, TrafficPlace
from cachelens.model.location import Location
from cachelens.model.result import SkipCount
from cachelens.model.rule import RuleAbout
from cachelens.reports.base import ReportOptions
from cachelens.reports.figures import money, plural, tokens
from cachelens.reports.masking import shown

STANDARD_INPUT = "stdin"
"""Stands for the path where the log came from standard input."""


def summary(result: AuditResult) -> str:
    """Say what was looked at and what was found."""
    looked = []
    if result.requests:
        looked.append(f"{plural(result.requests, 'request')} of {plural(len(result.workloads), 'workload')}")
    if result.files:
        looked.append(f"{plural(result.templates, 'template')} in {plural(result.files, 'file')}")
    return f"{plural(len(result.findings), 'finding')} in {' and '.join(looked) or 'nothing'}"


def left_out(result: AuditResult) -> str:
    """Say which findings are not among those that count; empty where all are."""
    parts = []
    if result.suppressed:
        parts.append(f"{len(result.suppressed):,} suppressed")
    if result.known:
        parts.append(f"{result.known:,} known from the baseline")
    return ", ".join(parts)


def place(finding: Finding, *, token: bool = True) -> str:
    """Name the place of a finding, in traffic with its token unless that is unwanted. Not yet escaped."""
    where = finding.location
    if isinstance(where, Location):
        return f"{where.path}:{where.line}:{where.column}"
    at = f", token {where.token:,}" if token and where.token is not None else ""
    return f"{where.workload}{', ' if where.place else ''}{where.place}{at}"


def path_of(finding: Finding, result: AuditResult) -> str:
    """Return the file of a finding, for formats that need one; for traffic that is the log, or the first of them."""
    where = finding.location
    if isinstance(where, Location):
        return where.path
    logs = [log.path for log in result.inputs if log.requests] or [log.path for log in result.inputs]
    return logs[0] if logs and logs[0] != "-" else STANDARD_INPUT


def overlap(result: AuditResult) -> str:
    """Say that figures do not add up, where a workload has several; empty where none has."""
    places = [finding.traffic or finding.location for finding in result.findings if finding.cost is not None]
    named = [where.workload for where in places if isinstance(where, TrafficPlace)]
    return "Figures of one workload overlap and do not add up." if len(set(named)) < len(named) else ""


def titles(result: AuditResult) -> dict[str, RuleAbout]:
    """Return what is known of the rules by id."""
    return {rule.id: rule for rule in result.rules}


def title(finding: Finding, rules: dict[str, RuleAbout]) -> str:
    """Name the rule of a finding by id and name."""
    about = rules.get(finding.rule)
    return f"{finding.rule} {about.name}" if about is not None else finding.rule


def what(finding: Finding) -> str:
    """Write the message as a sentence. Not yet escaped."""
    return f"{finding.message[:1].upper()}{finding.message[1:]}."


def lost(finding: Finding) -> str:
    """Say what a finding cost; empty where no cost is known."""
    if finding.cost is None:
        return ""
    reads = f"{tokens(finding.stranded_tokens)} tokens of cache reads, " if finding.stranded_tokens is not None else ""
    monthly = f", {money(finding.cost_per_month)} a month" if finding.cost_per_month is not None else ""
    return f"Lost: {reads}{money(finding.cost)}{monthly}."


def values(finding: Finding, options: ReportOptions) -> str:
    """List the values seen, masked unless they were asked for; empty where there are none or no detail is wanted."""
    if not finding.samples or not (options.detail or options.show_values):
        return ""
    return f"Values: {', '.join(shown(value, values=options.show_values) for value in finding.samples)}."


def story(finding: Finding, options: ReportOptions) -> Iterator[str]:
    """Yield all that is said of a finding, a sentence or two each. Not yet escaped."""
    yield what(finding)
    for sentence in (lost(finding), values(finding, options), finding.advice and f"Do: {finding.advice}"):
        if sentence:
            yield sentence
    if finding.confidence.value != "high":
        yield f"Confidence: {finding.confidence.value}."


def skipped(skip: SkipCount) -> str:
    """Say what could not be used of a log. Not yet escaped."""
    where = f" from line {skip.first_line}" if skip.first_line else ""
    return f"{skip.path}: {plural(skip.lines, 'line')} skipped{where}: {skip.reason}"


def unread(result: AuditResult) -> Iterator[str]:
    """Yield what could not be read of logs and templates. Not yet escaped."""
    for skip in result.skips:
        if not skip.benign:
            yield skipped(skip)
    for problem in result.problems:
        at = problem.location
        yield f"{at.path}:{at.line}: {problem.message}"
