"""Audits: rules judge templates and the facts of recorded traffic."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import msgspec

from cachelens import __version__
from cachelens.catalog import load_catalog
from cachelens.errors import UsageError
from cachelens.model.audit import AuditResult
from cachelens.model.finding import Finding, TrafficPlace
from cachelens.model.template import TemplateProblem
from cachelens.providers.loading import load_pricing
from cachelens.reading import Compiled
from cachelens.rules.about import about
from cachelens.rules.base import Rule
from cachelens.templates.reading import discover, parse_file
from cachelens.traffic.facts import traffic_of


class Audit:
    """One run of the rules over logs and templates."""

    def __init__(self, *, pricing: tuple[Path, ...] = ()) -> None:
        self._pricing = pricing
        self._rules: list[Rule] = [rule() for rule in load_catalog("rules")]
        self._findings: list[Finding] = []
        self._result = AuditResult(version=__version__, findings=(), rules=tuple(map(about, self._rules)))

    def told_apart(self, inputs: Sequence[str]) -> tuple[list[str], list[str]]:
        """Return the logs and traces among the inputs and in folders, and what is to be searched for templates."""
        logs: list[str] = []
        others: list[str] = []
        for name in inputs:
            path = Path(name)
            if name == "-" or _is_log(path):
                logs.append(name)
                continue
            others.append(name)
            if path.is_dir():
                logs += sorted(str(file) for file in path.rglob("*") if _is_log(file) and file.is_file())
        return logs, others

    def judge_traffic(self, compiled: Compiled) -> None:
        """Judge a log."""
        if not len(compiled.trace.segments.text):
            raise UsageError(
                "the trace holds no prompt text, so nothing can be said of its content",
                hint="audit the logs themselves, or compile them without --no-text",
            )
        traffic = traffic_of(compiled.trace, load_pricing(self._pricing))
        for rule in self._rules:
            self._findings += rule.in_traffic(traffic)
        self._result = msgspec.structs.replace(
            self._result,
            inputs=compiled.inputs,
            skips=compiled.skips,
            requests=len(compiled.trace),
            workloads=traffic.workloads,
            days=traffic.workloads[0].days if traffic.workloads else None,
        )

    def judge_templates(self, paths: Sequence[str]) -> None:
        """Judge the templates that stand in files, or in folders below which they are looked for."""
        found = discover(paths)
        roots = [Path(path) if Path(path).is_dir() else Path(path).parent for path in paths]
        seen: dict[Finding, None] = {}
        templates = 0
        problems: list[TemplateProblem] = []
        for file in found:
            parsed = parse_file(file.path, roots, name=file.name, language=file.language)
            problems += parsed.problems
            templates += len(parsed.templates)
            for template in parsed.templates:
                seen.update((finding, None) for rule in self._rules for finding in rule.in_template(template))
        self._findings += seen
        self._result = msgspec.structs.replace(
            self._result, files=len(found), templates=templates, problems=tuple(problems)
        )

    def result(self) -> AuditResult:
        """Return all findings, the gravest first."""
        return msgspec.structs.replace(self._result, findings=tuple(sorted(self._findings, key=_order)))


_LOG_SUFFIXES = frozenset({".jsonl", ".ndjson", ".gz", ".zst", ".trace", ".parquet", ".log"})


def _is_log(path: Path) -> bool:
    return path.suffix.lower() in _LOG_SUFFIXES


def _order(finding: Finding) -> tuple[int, Decimal, int, str, str]:
    where = finding.location
    place = where.workload + where.place if isinstance(where, TrafficPlace) else f"{where.path}:{where.line:09}"
    return -finding.severity.rank, -(finding.cost or Decimal(0)), -(finding.stranded_tokens or 0), place, finding.rule
