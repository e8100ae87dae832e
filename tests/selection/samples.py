"""Templates with a clock on top, and findings made up."""

from __future__ import annotations

from pathlib import Path

from cachelens.app import audit
from cachelens.config.settings import Configuration, Settings
from cachelens.model.audit import AuditResult
from cachelens.model.finding import Confidence, Finding, Severity, TrafficPlace
from cachelens.model.location import Location

RULES = "".join(f"Rule {n}: answer politely, briefly, and name the source of what you say.\n" for n in range(60))
CLOCK = "It is {{ now() }}.\n"


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def audited(*paths: Path, root: Path | None = None, settings: Settings | None = None) -> AuditResult:
    """Audit templates, with `root` for the folder of the configuration."""
    configuration = Configuration(settings=settings or Settings(), root=root or Path())
    return audit([str(path) for path in paths], configuration=configuration)


def in_file(path: str, line: int = 1, rule: str = "V101", severity: Severity = Severity.HIGH) -> Finding:
    return finding(Location(path, line, 1, line, 2), rule, severity)


def in_traffic(workload: str, place: str = "system 1", token: int = 7, rule: str = "V101") -> Finding:
    return finding(TrafficPlace(workload=workload, place=place, token=token), rule, Severity.HIGH)


def finding(location: Location | TrafficPlace, rule: str, severity: Severity) -> Finding:
    return Finding(
        rule=rule,
        severity=severity,
        confidence=Confidence.HIGH,
        message="a clock",
        location=location,
        stranded_tokens=9,
    )
