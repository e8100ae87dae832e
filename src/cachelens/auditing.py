"""Audits: rules judge templates and the facts of recorded traffic."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from cachelens import __version__
from cachelens.catalog import load_catalog
from cachelens.config.rules import chosen
from cachelens.config.settings import Configuration
from cachelens.errors import StrictError, UsageError
from cachelens.model.audit import AuditResult
from cachelens.model.finding import Finding, TrafficPlace
from cachelens.model.fix import FixResult
from cachelens.model.location import Location
from cachelens.model.result import SkipCount
from cachelens.model.template import ParsedFile, PromptTemplate, TemplateProblem
from cachelens.rules.about import about
from cachelens.rules.base import Rule
from cachelens.rules.spans import lay_out
from cachelens.selection.baseline import Baseline, renewed
from cachelens.selection.paths import kept
from cachelens.selection.recorded import empty, is_recorded, passed_over
from cachelens.selection.settling import Judged, Settled, settle
from cachelens.selection.targets import aimed
from cachelens.selection.texts import Texts
from cachelens.templates.reading import IGNORED, UNREAD, Found, discover, not_listed, parse_file

if TYPE_CHECKING:
    from cachelens.fixes.plan import Said
    from cachelens.providers.book import PriceBook
    from cachelens.reading import Compiled

_DEFAULT = Configuration()
_UNKNOWN = Baseline()


class Inputs(NamedTuple):
    """What an audit is given."""

    logs: list[str]
    """Logs and traces that are named."""
    sought: list[str]
    """Files in folders that are called as logs are; they may be something else."""
    others: list[str]
    """Files and folders that are searched for templates."""


class Audit:
    """One run of the rules over logs and templates."""

    def __init__(self, *, pricing: tuple[Path, ...] = (), configuration: Configuration = _DEFAULT) -> None:
        self._pricing = pricing
        self._configuration = configuration
        settings = configuration.settings
        catalog = load_catalog("rules")
        self._rules: list[Rule] = [catalog.get(rule)() for rule in chosen(settings.select, settings.ignore)]
        self._findings: list[Finding] = []
        self._files: list[str] = []
        self._templates: list[PromptTemplate] = []
        self._unlisted: list[TemplateProblem] = []
        self._seen = 0
        self._result = AuditResult(version=__version__, findings=(), rules=tuple(map(about, self._rules)))

    def told_apart(self, inputs: Sequence[str]) -> Inputs:
        """Tell logs and traces, those in folders too, from what is to be searched for templates."""
        logs = [name for name in inputs if _is_log(name)]
        others = [name for name in inputs if not _is_log(name)]
        sought = [file for name in others for file in _logs_below(name)]
        return Inputs(self.wanted(logs), self.wanted(sought), others)

    def wanted(self, names: Sequence[str]) -> list[str]:
        """Return the files that the configuration does not exclude."""
        return kept(names, Texts(self._configuration.root).relative, self._configuration.settings.exclude)

    def judge_traffic(self, compiled: Compiled) -> None:
        """Judge a log; what changes in it is tied to the templates that were judged before."""
        from cachelens.joining.ties import Ties, merged
        from cachelens.traffic.facts import traffic_of

        if not len(compiled.trace.segments.text):
            raise UsageError(
                "the trace holds no prompt text, so nothing can be said of its content",
                hint="audit the logs themselves, or compile them without --no-text and --salt",
            )
        facts = traffic_of(compiled.trace, self._book, Ties(compiled.trace, self._templates).origins)
        traffic = aimed(facts, self._configuration.settings.targets)
        found = [finding for rule in self._rules for finding in rule.in_traffic(traffic)]
        self._findings = merged(self._findings, found)
        self._result = msgspec.structs.replace(
            self._result,
            inputs=compiled.inputs,
            skips=compiled.skips,
            requests=len(compiled.trace),
            workloads=traffic.workloads,
            days=traffic.workloads[0].days if traffic.workloads else None,
            maps=traffic.maps,
            problems=(*self._result.problems, *_without_text(compiled)),
        )

    @property
    def unread(self) -> list[TemplateProblem]:
        """Templates and sources, or folders of them, that could not be read."""
        return [problem for problem in self._result.problems if problem.code in UNREAD]

    def pass_over(self, skips: tuple[SkipCount, ...]) -> None:
        """Tell what was taken for logs and holds no traffic."""
        self._result = msgspec.structs.replace(self._result, skips=skips)

    @cached_property
    def _book(self) -> PriceBook:
        from cachelens.providers.loading import load_pricing

        return load_pricing(self._pricing)

    def judge_templates(self, paths: Sequence[str]) -> None:
        """Judge the templates that stand in files, or in folders below which they are looked for."""
        found = self._found(paths)
        roots = _roots(paths)
        problems = list(self._unlisted)
        said: list[tuple[PromptTemplate, Finding]] = []
        recorded: set[str] = set()
        for file in found:
            parsed = parse_file(file.path, roots, name=file.name, language=file.language)
            if is_recorded(file, parsed):
                recorded.add(file.name)
                continue
            problems += parsed.problems
            self._templates += parsed.templates
            said += ((template, finding) for template in parsed.templates for finding in self._judge(template))
        found = [file for file in found if file.name not in recorded]
        problems += passed_over(sorted(recorded))
        self._findings += self._with_fixable([finding for _, finding in _gravest(said)], found, roots)
        self._files += [file.name for file in found]
        self._result = msgspec.structs.replace(
            self._result, files=len(found), templates=len(self._templates), problems=tuple(problems)
        )

    def _with_fixable(
        self, findings: Sequence[Finding], found: Sequence[Found], roots: Sequence[Path]
    ) -> list[Finding]:
        if not findings:
            return []
        from cachelens.fixes.plan import by_template
        from cachelens.fixes.run import with_fixable

        return with_fixable(findings, found, roots, by_template(self._judge))

    def fix_templates(self, paths: Sequence[str], baseline: Baseline, *, unsafe: bool, writing: bool) -> FixResult:
        """Mend what counts and is not in the baseline, in files or in folders that are searched for templates."""
        from cachelens.fixes.plan import Said, by_template
        from cachelens.fixes.run import fix_files

        found = self._found(paths)
        files = {file.name: file for file in found}

        def counting(name: str, text: str, parsed: ParsedFile) -> Iterator[Said]:
            if is_recorded(files[name], parsed):
                return
            said = _gravest(by_template(self._judge)(name, text, parsed))
            templates = {(finding.rule, finding.location): template for template, finding in said}
            judged = self._judged([finding for _, finding in said], [name])
            for finding in self._settle(judged, baseline, {name: text}).findings:
                yield Said(templates[finding.rule, finding.location], finding)

        return fix_files(found, _roots(paths), counting, unsafe=unsafe, writing=writing)

    def _found(self, paths: Sequence[str]) -> list[Found]:
        self._unlisted = []
        sought = discover(paths, lambda folder: self._unlisted.append(not_listed(folder)))
        self._seen = len(sought)
        wanted = set(self.wanted([file.name for file in sought]))
        return [file for file in sought if file.name in wanted]

    def _judge(self, template: PromptTemplate) -> Iterator[Finding]:
        laid = lay_out(template, lambda: self._book)
        for rule in self._rules:
            yield from rule.in_template(laid)

    def explain_nothing(self, inputs: Sequence[str]) -> None:
        """Say of each input why nothing was looked at, where nothing at all was."""
        if self._result.files or self._result.requests or self._result.problems or self._result.skips:
            return
        problems = [empty(name, excluded=bool(self._seen) or not self.wanted([name])) for name in inputs]
        self._result = msgspec.structs.replace(self._result, problems=tuple(problems))

    def result(self, baseline: Baseline = _UNKNOWN) -> AuditResult:
        """Return all findings that count and are not in the baseline, the gravest first."""
        return self._with(self._settled(baseline))

    def result_and_baseline(self, older: Baseline) -> tuple[AuditResult, str]:
        """Return the result with all that counts taken as known, and the text of the baseline that says so.

        What an older baseline says of places that this run did not look at is kept.
        """
        settled = self._settled(_UNKNOWN)
        text = renewed(older, settled.entries, settled.scope)
        return self._with(msgspec.structs.replace(settled, findings=(), known=len(settled.findings))), text

    def _settled(self, baseline: Baseline) -> Settled:
        return self._settle(self._judged(self._findings, self._files), baseline)

    def _judged(self, findings: Sequence[Finding], files: Sequence[str]) -> Judged:
        return Judged(
            findings=findings,
            files=files,
            workloads=[workload.name for workload in self._result.workloads],
            rules={rule.id: rule.severity for rule in self._rules},
        )

    def _settle(self, judged: Judged, baseline: Baseline, texts: Mapping[str, str] = MappingProxyType({})) -> Settled:
        return settle(judged, self._configuration.settings, self._configuration.root, baseline, texts)

    def _with(self, settled: Settled) -> AuditResult:
        return msgspec.structs.replace(
            self._result,
            findings=tuple(sorted(settled.findings, key=_order)),
            suppressed=tuple(sorted(settled.suppressed, key=_order)),
            known=settled.known,
            problems=(*self._result.problems, *settled.problems),
        )


def _without_text(compiled: Compiled) -> Iterator[TemplateProblem]:
    """Say how many requests rules on content cannot judge; the place is the first log."""
    from cachelens.prompts.columns import BLOCK_TRACE, OPAQUE

    trace = compiled.trace
    count = int(((trace.requests["flags"] & (OPAQUE | BLOCK_TRACE)) != 0).sum())
    if count:
        logs = [log.path for log in compiled.inputs if log.requests] or [log.path for log in compiled.inputs]
        named = logs[0] if logs and logs[0] != "-" else "stdin"
        yield TemplateProblem(
            Location(named, 1, 1, 1, 1),
            "lengths-only",
            f"{count:,} of {len(trace):,} requests show only lengths, so no rule on content can judge them; "
            "audit a log that holds the prompts",
        )


def _roots(paths: Sequence[str]) -> list[Path]:
    """Return the folders that were given, or that hold what was given, each once."""
    return list(dict.fromkeys(Path(path) if Path(path).is_dir() else Path(path).parent for path in paths))


_LOG_SUFFIXES = frozenset({".jsonl", ".ndjson", ".gz", ".zst", ".trace", ".parquet", ".log"})


def _is_log(name: str) -> bool:
    return name == "-" or Path(name).suffix.lower() in _LOG_SUFFIXES


def _logs_below(folder: str) -> list[str]:
    """Return the files below a folder that are called as logs are; hidden and other people's are passed over."""
    found: list[str] = []
    for root, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".") and name not in IGNORED]
        paths = [Path(root, name) for name in names if not name.startswith(".") and _is_log(name)]
        found += [str(path) for path in paths if path.is_file()]
    return sorted(found)


def _gravest(said: Iterable[tuple[PromptTemplate, Finding]]) -> list[tuple[PromptTemplate, Finding]]:
    """Keep the gravest finding of each rule and place: what several templates share is one fault."""
    worst: dict[tuple[str, Location | TrafficPlace], tuple[PromptTemplate, Finding]] = {}
    for template, finding in said:
        key = finding.rule, finding.location
        worst[key] = max(worst.get(key, (template, finding)), (template, finding), key=lambda one: _weight(one[1]))
    return list(worst.values())


def _weight(finding: Finding) -> tuple[int, int]:
    return finding.severity.rank, finding.stranded_tokens or 0


def _order(finding: Finding) -> tuple[int, Decimal, int, str, str]:
    where = finding.location
    place = where.workload + where.place if isinstance(where, TrafficPlace) else f"{where.path}:{where.line:09}"
    return -finding.severity.rank, -(finding.cost or Decimal(0)), -(finding.stranded_tokens or 0), place, finding.rule


def refuse_unread(problems: Sequence[TemplateProblem]) -> None:
    """Raise `StrictError` when any template, source or folder could not be read."""
    if problems:
        files = len({problem.location.path for problem in problems})
        first = problems[0]
        where = f"{first.location.path} line {first.location.line}"
        raise StrictError(
            f"{files} unreadable template{'s' if files > 1 else ''}, the first in {where}: {first.message}",
            hint="mend or exclude what cannot be read, or leave out --strict",
        )
