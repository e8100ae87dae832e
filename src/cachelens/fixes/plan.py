"""From a file and its findings to the file as it should be: fixes are tried and checked until none is left."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from cachelens.catalog import load_catalog
from cachelens.fixes.apart import Offer, apart, proposals_of
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


class _Terms(NamedTuple):
    """How a file may be mended."""

    path: Path
    unsafe: bool
    seen: frozenset[bytes]
    """What the file has been already: nothing is come back to."""


class _Step(NamedTuple):
    """One or several proposals that hold together."""

    cases: tuple[Case, ...]
    proposals: tuple[Proposal, ...]
    after: _State


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
        steps = self._steps(state, _Terms(found.path, unsafe=False, seen=frozenset()))
        return frozenset((case.finding.rule, case.location) for step in steps for case in step.cases)

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
            step = next(self._steps(state, _Terms(found.path, unsafe=unsafe, seen=frozenset(seen))), None)
            if step is None:
                return state, tuple(applied)
            applied += step.proposals
            state = step.after
            seen.add(state.file.data)

    def _steps(self, state: _State, terms: _Terms) -> Iterator[_Step]:
        """Yield what mends findings and holds what it promises, no finding twice.

        The first proposals of all findings are tried together, and what does not hold in halves, down to each finding
        alone with all of its proposals: a try reads the whole file, and most files have to be read once or twice.
        """
        first = ((case, next(_proposals(case, unsafe=terms.unsafe), None)) for case in state.cases)
        offers = [Offer(case, proposal) for case, proposal in first if proposal is not None]
        waiting = [offers] if offers else []
        while waiting:
            group, rest = apart(waiting.pop())
            if rest:
                waiting.append(rest)
            step = self._tried(state, group, terms) if len(group) > 1 else self._alone(state, group[0].case, terms)
            if step is not None:
                yield step
            elif len(group) > 1:
                waiting += [group[len(group) // 2 :], group[: len(group) // 2]]

    def _alone(self, state: _State, case: Case, terms: _Terms) -> _Step | None:
        proposals = _proposals(case, unsafe=terms.unsafe)
        steps = (self._tried(state, [Offer(case, proposal)], terms) for proposal in proposals)
        return next((step for step in steps if step is not None), None)

    def _tried(self, state: _State, offers: Sequence[Offer], terms: _Terms) -> _Step | None:
        """Do what is offered, and return it with the file after it if it holds what it promises."""
        proposals = proposals_of(offers)
        edits = sorted(edit for proposal in proposals for edit in proposal.edits)
        file = state.file.with_line_feeds() if proposals[0].line_feeds else state.file.edited(edits)
        if file.data in terms.seen:
            return None
        after = self._state(file, terms.path, offers[0].case.template.language)
        holds = kept(state.parsed, after.parsed, proposals[0].keeps) and _is_better(state, after, offers)
        return _Step(tuple(offer.case for offer in offers), proposals, after) if holds else None


def _proposals(case: Case, *, unsafe: bool) -> Iterator[Proposal]:
    fixes = _fixes_for(case.finding.rule)
    return (proposal for fix in fixes for proposal in fix.propose(case) if proposal.safe or unsafe)


def has_fix(rule: str) -> bool:
    """Say whether there is any fix for a rule."""
    return bool(_fixes_for(rule))


@cache
def _fixes_for(rule: str) -> tuple[Fix, ...]:
    return tuple(fix() for fix in load_catalog("fixes") if rule in fix.rules)


def _is_better(before: _State, after: _State, offers: Sequence[Offer]) -> bool:
    """Say whether there are no more findings than before, and less to those for which a fix promises it.

    Of several offers none can hide behind the others: no rule has more findings, and each of theirs has changed.
    """
    if len(after.findings) > len(before.findings):
        return False
    promised = Counter(offer.case.finding.rule for offer in offers if offer.proposal.lessens)
    if any(_weight(after, rule) >= _weight(before, rule) for rule in promised):
        return False
    mended = Counter(rule for rule, _, _ in (_keys(before) - _keys(after)).elements())
    return len(offers) == 1 or (promised <= mended and _by_rule(after) <= _by_rule(before))


def _by_rule(state: _State) -> Counter[str]:
    return Counter(finding.rule for finding in state.findings)


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
