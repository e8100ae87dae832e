"""From all that the rules say to what counts: fingerprints, severities, what is silenced, what was known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import msgspec

from cachelens.config.settings import Settings
from cachelens.model.finding import Finding, Severity
from cachelens.model.location import Location
from cachelens.model.template import TemplateProblem
from cachelens.selection.baseline import Baseline, KnownFinding, Scope, gone, known_as
from cachelens.selection.fingerprints import fingerprinted
from cachelens.selection.grading import graded
from cachelens.selection.silencing import Silence
from cachelens.selection.suppressions import Suppression, suppressions, unused
from cachelens.selection.texts import Texts

GONE = "baseline-outdated"
_NAMED = 3


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """What the rules said, and of what."""

    findings: Sequence[Finding]
    files: Sequence[str]
    """Files that were looked into."""
    workloads: Sequence[str]
    rules: Mapping[str, Severity]
    """The rules that judged, with what a finding of each is worth at most."""


class Settled(msgspec.Struct, frozen=True, kw_only=True):
    """What counts, and what does not."""

    findings: tuple[Finding, ...]
    suppressed: tuple[Finding, ...]
    known: int
    problems: tuple[TemplateProblem, ...]
    scope: Scope
    entries: tuple[KnownFinding, ...]
    """All that counts or is known, as a baseline says it."""


def settle(
    judged: Judged, settings: Settings, root: Path, baseline: Baseline, given: Mapping[str, str] = MappingProxyType({})
) -> Settled:
    """Sort out what the rules said. Findings keep their order. `given` are texts of files that are not read."""
    texts = Texts(root, given)
    findings = graded(fingerprinted(judged.findings, texts), settings.severity, judged.rules)
    names = dict.fromkeys([*judged.files, *(f.location.path for f in findings if isinstance(f.location, Location))])
    by_file, problems = _comments(names, texts)
    silence = Silence(settings, texts)
    counting: list[Finding] = []
    suppressed: list[Finding] = []
    used: list[Suppression] = []
    for finding in findings:
        comments = _covering(by_file, finding)
        used += comments
        reason = comments[0].reason if comments else silence.reason(finding)
        if reason:
            suppressed.append(msgspec.structs.replace(finding, suppression=reason))
        else:
            counting.append(finding)
    asked = frozenset(judged.rules)
    comments_given = [one for found in by_file.values() for one in found]
    scope = Scope(
        root=root,
        rules=asked,
        paths=frozenset(map(texts.relative, names)),
        workloads=frozenset(judged.workloads),
    )
    marks = {known.fingerprint for known in baseline.findings}
    fresh = tuple(finding for finding in counting if finding.fingerprint not in marks)
    return Settled(
        findings=fresh,
        suppressed=tuple(suppressed),
        known=len(counting) - len(fresh),
        problems=(
            *sorted([*problems, *unused(comments_given, used, asked)], key=lambda problem: problem.location),
            *_outdated(baseline, counting, scope),
        ),
        scope=scope,
        entries=tuple(known_as(finding, texts) for finding in counting),
    )


def _comments(names: Iterable[str], texts: Texts) -> tuple[dict[str, list[Suppression]], list[TemplateProblem]]:
    by_file: dict[str, list[Suppression]] = {}
    problems: list[TemplateProblem] = []
    for name in names:
        found, wrong = suppressions(name, texts)
        problems += wrong
        if found:
            by_file[name] = found
    return by_file, problems


def _covering(by_file: Mapping[str, Sequence[Suppression]], finding: Finding) -> list[Suppression]:
    """Return the comments that silence a finding."""
    where = finding.location
    given = by_file.get(where.path, ()) if isinstance(where, Location) else ()
    return [one for one in given if one.covers(finding)]


def _outdated(baseline: Baseline, found: Sequence[Finding], scope: Scope) -> list[TemplateProblem]:
    """Name the entries of a baseline that can be taken out."""
    rows = gone(baseline, found, scope)
    if not rows:
        return []
    named = ", ".join(f"{known.rule} in {known.path or known.workload}" for _, known in rows[:_NAMED])
    more = f" and {len(rows) - _NAMED} more" if len(rows) > _NAMED else ""
    message = f"known findings that no longer occur: {named}{more}; write the file anew with --write-baseline"
    line = rows[0][0]
    return [TemplateProblem(Location(baseline.name, line, 1, line, 1), GONE, message)]
