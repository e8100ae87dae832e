"""From a file and its findings to the file as it should be: one fix at a time, each checked, until none is left."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from cachelens.catalog import load_catalog
from cachelens.fixes.base import Case, Fix
from cachelens.fixes.laws import kept
from cachelens.fixes.text import FileText
from cachelens.model.finding import Finding
from cachelens.model.fix import FileFix, Proposal
from cachelens.model.location import Location
from cachelens.model.template import ParsedFile, PromptTemplate
from cachelens.templates.reading import Found, language_of, parse_raw


class Said(NamedTuple):
    """A finding, and the template that it was made in."""

    template: PromptTemplate
    finding: Finding


Judge = Callable[[str, str, ParsedFile], Iterable[Said]]
"""Takes the name of a file, its text and what it holds; gives the findings that count."""


def by_template(judge: Callable[[PromptTemplate], Iterable[Finding]]) -> Judge:
    """Return the judge of a file that looks at one template after the other."""
    return lambda _name, _text, parsed: (
        Said(template, finding) for template in parsed.templates for finding in judge(template)
    )


class _State(NamedTuple):
    """A file at one moment."""

    file: FileText
    parsed: ParsedFile
    cases: tuple[Case, ...]
    """Findings in this very file, in the order of their places."""
    findings: tuple[Finding, ...]
    """All findings of its templates."""


class Planned(NamedTuple):
    """What is to become of a file."""

    file: FileFix
    findings: int
    """Findings in it, before."""
    more: int
    """Findings that only unsafe fixes would mend."""


class Planner:
    """Mends files, in memory."""

    def __init__(self, judge: Judge, roots: Sequence[Path]) -> None:
        self._judge = judge
        self._roots = roots

    def fixable(self, found: Found, data: bytes) -> frozenset[tuple[str, Location]]:
        """Return rule and place of the findings in a file that have a safe fix."""
        state = self._start(found, data)
        return frozenset(
            (case.finding.rule, case.location)
            for case in state.cases
            if next(self._mended(state, case, found, unsafe=False), None) is not None
        )

    def fix(self, found: Found, data: bytes, *, unsafe: bool) -> Planned:
        """Mend the findings of a file, of which `data` are the bytes; raises `UnusableError` for what is no text."""
        first = self._start(found, data)
        last, applied = self._settled(first, found, unsafe=unsafe)
        fixed = _mended_findings(first, last)
        more = 0
        if not unsafe and last.cases:
            more = _mended_findings(last, self._settled(last, found, unsafe=True)[0])
        file = FileFix(name=found.name, before=data, after=last.file.data, applied=applied, fixed=fixed)
        return Planned(file, len(first.cases), more)

    def _start(self, found: Found, data: bytes) -> _State:
        file = FileText.of(found.name, data)
        language = found.language or language_of(found.name, file.text)
        return self._state(file, found.path, language) if language else _State(file, ParsedFile(templates=()), (), ())

    def _state(self, file: FileText, path: Path, language: str) -> _State:
        parsed = parse_raw(file.raw, path, self._roots, name=file.name, language=language)
        cases: dict[tuple[str, Location], Case] = {}
        findings: dict[Finding, None] = {}
        for template, finding in self._judge(file.name, file.text, parsed):
            findings[finding] = None
            where = finding.location
            if isinstance(where, Location) and where.path == file.name:
                cases.setdefault((finding.rule, where), Case(finding, where, template, file))
        ordered = sorted(cases.values(), key=lambda case: (case.location, case.finding.rule))
        return _State(file, parsed, tuple(ordered), tuple(findings))

    def _settled(self, state: _State, found: Found, *, unsafe: bool) -> tuple[_State, tuple[Proposal, ...]]:
        """Mend until nothing is left to mend; no text is come back to."""
        applied: list[Proposal] = []
        seen = {state.file.data}
        while True:
            step = next(
                (
                    (proposal, after)
                    for case in state.cases
                    for proposal, after in self._mended(state, case, found, unsafe=unsafe)
                    if after.file.data not in seen
                ),
                None,
            )
            if step is None:
                return state, tuple(applied)
            applied.append(step[0])
            state = step[1]
            seen.add(state.file.data)

    def _mended(self, state: _State, case: Case, found: Found, *, unsafe: bool) -> Iterator[tuple[Proposal, _State]]:
        """Yield what mends a finding and holds what it promises, with the file after it."""
        for fix in _fixes_for(case.finding.rule):
            for proposal in fix.propose(case):
                if not (proposal.safe or unsafe):
                    continue
                file = state.file.with_line_feeds() if proposal.line_feeds else state.file.edited(proposal.edits)
                after = self._state(file, found.path, case.template.language)
                if kept(state.parsed, after.parsed, proposal.keeps) and _is_better(state, after, proposal):
                    yield proposal, after


def has_fix(rule: str) -> bool:
    """Say whether there is any fix for a rule."""
    return bool(_fixes_for(rule))


@cache
def _fixes_for(rule: str) -> tuple[Fix, ...]:
    return tuple(fix() for fix in load_catalog("fixes") if rule in fix.rules)


def _is_better(before: _State, after: _State, proposal: Proposal) -> bool:
    """Say whether there are no more findings than before, and less to those of the rule where the fix promises it."""
    if len(after.findings) > len(before.findings):
        return False
    return not proposal.lessens or _weight(after, proposal.rule) < _weight(before, proposal.rule)


def _weight(state: _State, rule: str) -> tuple[int, int]:
    own = [finding for finding in state.findings if finding.rule == rule]
    return len(own), sum(finding.stranded_tokens or 0 for finding in own)


def _mended_findings(before: _State, after: _State) -> int:
    """Count the findings that are gone, or strand less than before."""
    return sum((_keys(before) - _keys(after)).values())


def _keys(state: _State) -> Counter[tuple[str, str, int]]:
    return Counter(
        (case.finding.rule, state.file.cut(case.location), case.finding.stranded_tokens or 0) for case in state.cases
    )
