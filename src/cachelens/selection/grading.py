"""How grave findings are, after what a project says of their rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from cachelens.config.rules import ids_of
from cachelens.model.finding import Finding, Severity


def graded(findings: Iterable[Finding], wanted: Mapping[str, Severity], most: Mapping[str, Severity]) -> list[Finding]:
    """Give the findings of some rules another severity.

    `wanted` says what a finding of a rule is worth at most, `most` what the rule itself says. A finding that is worth
    less than its rule, because little stands behind it, stays below that.
    """
    levels = {identifier: severity for word, severity in wanted.items() for identifier in ids_of(word)}
    return [_graded(finding, levels.get(finding.rule), most.get(finding.rule)) for finding in findings]


def _graded(finding: Finding, wanted: Severity | None, most: Severity | None) -> Finding:
    if wanted is None or most is None or finding.severity.rank < min(wanted.rank, most.rank):
        return finding
    return msgspec.structs.replace(finding, severity=wanted)
