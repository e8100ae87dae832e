"""Findings that the configuration silences: by file, or by workload."""

from __future__ import annotations

from fnmatch import fnmatchcase

from cachelens.config.rules import all_of
from cachelens.config.settings import Settings
from cachelens.model.finding import Finding, TrafficPlace
from cachelens.model.location import Location
from cachelens.selection.paths import matcher
from cachelens.selection.texts import Texts


class Silence:
    """What the configuration silences."""

    def __init__(self, settings: Settings, texts: Texts) -> None:
        """Rules are looked up once; settings name only rules that exist."""
        self._texts = texts
        self._paths = [(matcher((one.path,)), all_of(one.rules), one.reason) for one in settings.ignore_path]
        self._workloads = [(one.workload, all_of(one.rules), one.reason) for one in settings.ignore_traffic]

    def reason(self, finding: Finding) -> str:
        """Return why a finding is silenced; empty for one that counts. The first entry that fits is told."""
        where = finding.location
        shown = where if isinstance(where, TrafficPlace) else finding.traffic
        found: list[str] = []
        if shown is not None:
            found += [
                reason
                for pattern, rules, reason in self._workloads
                if finding.rule in rules and fnmatchcase(shown.workload, pattern)
            ]
        if isinstance(where, Location) and self._paths:
            path = self._texts.relative(where.path)
            found += [reason for fits, rules, reason in self._paths if finding.rule in rules and fits(path)]
        return next(iter(found), "")
