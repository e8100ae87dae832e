"""Works out the facts of recorded traffic that audit rules judge: workloads as replayed, slots as mined and priced."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np

from cachelens import __version__
from cachelens.catalog import load_catalog
from cachelens.errors import UsageError
from cachelens.layouts.neutral import without_slots
from cachelens.layouts.slots import PlaceReport, Slot, mine
from cachelens.model.audit import AuditResult, SlotFact, Traffic, WorkloadFact
from cachelens.model.finding import Finding, TrafficPlace
from cachelens.model.result import SimulateResult, Totals
from cachelens.model.scenario import Scenario
from cachelens.model.template import TemplateProblem
from cachelens.prompts.columns import OPAQUE
from cachelens.prompts.trace import Trace
from cachelens.providers.book import PriceBook
from cachelens.providers.loading import load_pricing
from cachelens.providers.vocabulary import Mechanism
from cachelens.reading import Compiled
from cachelens.replay.assign import assign
from cachelens.rules.base import Rule
from cachelens.simulation import Plan, run
from cachelens.templates.reading import discover, parse_file

MOST_PRICED = 24
"""Places whose slots are priced by replay; those with least fixed text behind them are left out first."""
_WORTH = 16
"""Fixed tokens behind a slot below which nothing is gained by moving it."""


def traffic_of(compiled: Compiled, book: PriceBook) -> tuple[Traffic, SimulateResult]:
    """Return all facts of a log, and the replay of what happened that they rest on. The trace must hold its text."""
    pricer = _Pricer(compiled, book)
    workloads = _workloads(compiled.trace, book, pricer.result)
    places = sorted((report for report in mine(compiled.trace) if _matters(report)), key=_weight)[-MOST_PRICED:]
    places.sort(key=lambda report: (report.workload, report.place))
    slots = [fact for report in places for fact in _slots(compiled.trace, report, pricer)]
    return Traffic(workloads=tuple(workloads), slots=tuple(slots)), pricer.result


def _matters(report: PlaceReport) -> bool:
    return bool(report.slots) and (report.behind or any(slot.static_behind >= _WORTH for slot in report.slots))


def _weight(report: PlaceReport) -> int:
    return report.requests * (1 + max(slot.static_behind for slot in report.slots))


class _Saving(NamedTuple):
    tokens: int
    cost: Decimal | None


class _Pricer:
    """Replays what happened, and what would have happened with some slots fixed."""

    def __init__(self, compiled: Compiled, book: PriceBook) -> None:
        self._compiled = compiled
        self._plan = Plan(book=book, scenarios=(Scenario(),))
        self.result = run(compiled, self._plan)
        self._before = _totals(self.result)

    def saving(self, report: PlaceReport, numbers: Sequence[int]) -> _Saving:
        """Return what fixing these slots of a place saves its workload."""
        name = self._compiled.trace.strings["workload"][report.workload]
        before = self._before.get(name)
        if before is None or before.read_tokens is None or not numbers:
            return _Saving(0, None)
        trace = without_slots(self._compiled.trace, report, numbers)
        after = _totals(run(Compiled(trace=trace, inputs=(), skips=()), self._plan))[name]
        cost = None if before.cost is None or after.cost is None else before.cost - after.cost
        return _Saving((after.read_tokens or 0) - before.read_tokens, cost)


def _totals(result: SimulateResult) -> Mapping[str, Totals]:
    return {row.workload: row.totals for row in result.scenarios[0].workloads}


def _slots(trace: Trace, report: PlaceReport, pricer: _Pricer) -> list[SlotFact]:
    everything = pricer.saving(report, [slot.number for slot in report.slots])
    facts = []
    for slot in report.slots:
        alone = everything if len(report.slots) == 1 else pricer.saving(report, [slot.number])
        facts.append(_slot(trace, report, slot, alone, everything))
    return facts


def _slot(trace: Trace, report: PlaceReport, slot: Slot, alone: _Saving, everything: _Saving) -> SlotFact:
    return SlotFact(
        place=TrafficPlace(
            workload=trace.strings["workload"][report.workload],
            place=str(report.place),
            token=slot.tokens_before,
        ),
        kind=slot.kind.value,
        scope=slot.evidence.scope.value,
        label=slot.before,
        requests=slot.evidence.requests,
        values=slot.evidence.values,
        groups=slot.evidence.groups,
        weak=slot.evidence.weak,
        samples=slot.samples,
        stranded_tokens=alone.tokens,
        stranded_with_others=everything.tokens,
        cost=alone.cost,
        cost_with_others=everything.cost,
    )


def _workloads(trace: Trace, book: PriceBook, result: SimulateResult) -> list[WorkloadFact]:
    assignment = assign(trace, book, Scenario())
    explicit = [
        book.profiles[facts.profile].mechanism is Mechanism.EXPLICIT_BREAKPOINTS for facts in assignment.facts
    ] or [False]
    needs = np.array(explicit)[np.maximum(assignment.of, 0)] & (assignment.of >= 0)
    marked = (np.diff(trace.mark_start) > 0) | (trace.requests["auto_mark"] >= 0)
    seen = (trace.requests["flags"] & OPAQUE) == 0
    head = trace.nodes.end[trace.head[trace.requests["leaf"]]]
    facts = []
    for row in result.scenarios[0].workloads:
        totals = row.totals
        members = (trace.column("workload") == trace.strings["workload"].index(row.workload)) & seen
        count = int(members.sum())
        facts.append(
            WorkloadFact(
                name=row.workload,
                requests=totals.requests,
                sessions=totals.sessions,
                token_hit_rate=totals.token_hit_rate,
                read_tokens=totals.read_tokens,
                written_tokens=totals.written_tokens,
                unread_write_share=totals.unread_write_share,
                cost=totals.cost,
                cost_no_cache=totals.cost_no_cache,
                cost_perfect=totals.cost_perfect,
                misses={miss.cause.value: (miss.requests, miss.tokens) for miss in totals.misses},
                head_tokens=int(head[members].sum()) // count if count else 0,
                marked=int((members & marked).sum()),
                needs_marks=bool((members & needs).any()),
                days=result.days,
            )
        )
    return facts


class Audit:
    """One run of the rules over logs and templates."""

    def __init__(self, *, pricing: tuple[Path, ...] = ()) -> None:
        self._pricing = pricing
        self._rules: list[Rule] = [rule() for rule in load_catalog("rules")]
        self._findings: list[Finding] = []
        self._result = AuditResult(version=__version__, findings=(), rules=tuple(rule.id for rule in self._rules))

    def told_apart(self, inputs: Sequence[str]) -> tuple[list[str], list[str]]:
        """Return the logs and traces among the inputs, and what is to be searched for templates."""
        logs = [name for name in inputs if name == "-" or Path(name).suffix.lower() in _LOG_SUFFIXES]
        return logs, [name for name in inputs if name not in logs]

    def judge_traffic(self, compiled: Compiled) -> None:
        """Judge a log."""
        if not len(compiled.trace.segments.text):
            raise UsageError(
                "the trace holds no prompt text, so nothing can be said of its content",
                hint="audit the logs themselves, or compile them without --no-text",
            )
        traffic, replayed = traffic_of(compiled, load_pricing(self._pricing))
        for rule in self._rules:
            self._findings += rule.in_traffic(traffic)
        self._result = msgspec.structs.replace(
            self._result,
            inputs=compiled.inputs,
            skips=compiled.skips,
            requests=replayed.requests,
            workloads=traffic.workloads,
            days=replayed.days,
        )

    def judge_templates(self, paths: Sequence[str]) -> None:
        """Judge the templates that stand in files, or in folders below which they are looked for."""
        found = discover(paths)
        roots = [Path(path) if Path(path).is_dir() else Path(path).parent for path in paths]
        seen: set[Finding] = set()
        templates = 0
        problems: list[TemplateProblem] = []
        for file in found:
            parsed = parse_file(file.path, roots, name=file.name, language=file.language)
            problems += parsed.problems
            templates += len(parsed.templates)
            for template in parsed.templates:
                seen.update(finding for rule in self._rules for finding in rule.in_template(template))
        self._findings += seen
        self._result = msgspec.structs.replace(
            self._result, files=len(found), templates=templates, problems=tuple(problems)
        )

    def result(self) -> AuditResult:
        """Return all findings, the gravest first."""
        return msgspec.structs.replace(self._result, findings=tuple(sorted(self._findings, key=_order)))


_LOG_SUFFIXES = frozenset({".jsonl", ".ndjson", ".gz", ".zst", ".trace", ".parquet", ".log"})


def _order(finding: Finding) -> tuple[int, Decimal, int, str, str]:
    where = finding.location
    place = where.workload + where.place if isinstance(where, TrafficPlace) else f"{where.path}:{where.line:09}"
    return -finding.severity.rank, -(finding.cost or Decimal(0)), -(finding.stranded_tokens or 0), place, finding.rule
