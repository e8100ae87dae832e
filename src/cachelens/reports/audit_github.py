"""Workflow commands of GitHub Actions: each finding becomes an annotation, on its line where it has one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cachelens.model.audit import AuditResult
from cachelens.model.finding import Finding, Severity
from cachelens.model.location import Location
from cachelens.model.rule import RuleAbout
from cachelens.reports import audit_words as words
from cachelens.reports.audit_escaping import command_data, command_property
from cachelens.reports.base import ReportOptions

_KINDS: Final = {
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "notice",
    Severity.INFO: "notice",
}
_SHOWN: Final = 10
"""GitHub shows the first ten annotations of a kind that a step prints; the others stay in its log."""

_UNREAD: Final = ("title", "CacheLens could not read all")


class AuditGithub:
    """Lines for the log of a step, the gravest finding first."""

    id = "audit-github"

    def render(self, result: AuditResult, options: ReportOptions) -> str:
        """Return one command a line, and a last line that sums up; nothing in them can start another command."""
        return "\n".join(self._lines(result, options)) + "\n"

    def _lines(self, result: AuditResult, options: ReportOptions) -> Iterator[str]:
        rules = words.titles(result)
        found = dict.fromkeys(_KINDS.values(), 0)
        for finding in result.findings:
            kind = _KINDS[finding.severity]
            found[kind] += 1
            yield f"::{kind} {_properties(finding, rules)}::{_message(finding, options)}"
        for skip in result.skips:
            if not skip.benign:
                yield f"::notice {_written([_UNREAD])}::{command_data(words.skipped(skip))}"
        for problem in result.problems:
            pairs = [*_lines_of(problem.location), _UNREAD]
            yield f"::notice {_written(pairs)}::{command_data(problem.message)}"
        out = f"; {words.left_out(result)}" if words.left_out(result) else ""
        yield f"CacheLens: {words.summary(result)}{out}."
        for kind, count in found.items():
            if count > _SHOWN:
                yield f"GitHub shows the first {_SHOWN} {kind}s of a step; all {count:,} stand in this log."


def _properties(finding: Finding, rules: dict[str, RuleAbout]) -> str:
    where = finding.location
    pairs: list[tuple[str, str]] = []
    if isinstance(where, Location):
        pairs += _lines_of(where)
        if where.line == where.end_line:  # columns are for one line only
            pairs += [("col", str(where.column)), ("endColumn", str(where.end_column))]
    return _written([*pairs, ("title", words.title(finding, rules))])


def _lines_of(where: Location) -> list[tuple[str, str]]:
    return [("file", where.path.removeprefix("./")), ("line", str(where.line)), ("endLine", str(where.end_line))]


def _written(pairs: list[tuple[str, str]]) -> str:
    return ",".join(f"{name}={command_property(value)}" for name, value in pairs)


def _message(finding: Finding, options: ReportOptions) -> str:
    lines = list(words.story(finding, options))
    if not isinstance(finding.location, Location):
        lines.insert(0, f"In {words.place(finding)}:")
    return "%0A".join(map(command_data, lines))
