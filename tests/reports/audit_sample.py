"""The audit that all its reports are tested on: every kind of place, severity and gap, and names of an attacker."""

from __future__ import annotations

from decimal import Decimal

from cachelens.model.audit import AuditResult, PromptMap, PromptMark, PromptStretch, WorkloadFact
from cachelens.model.finding import Confidence, Finding, Severity, TrafficPlace
from cachelens.model.location import Location
from cachelens.model.result import InputSummary, SkipCount
from cachelens.model.rule import RuleAbout
from cachelens.model.template import TemplateProblem

HOSTILE = "\x1b[31m`a`|<b>&\n::error::x ##[add-mask]y @all [l](https://e.example) ]]>"
"""A workload's name as an attacker would choose it."""


def rule(identifier: str, name: str, family: str, severity: Severity, summary: str) -> RuleAbout:
    """Build what is known of a rule."""
    page = f"{summary}\n\nIt costs.\n\nWhat to do: mend [it].\n\nBad:\n\n    {{{{ now() }}}}"
    return RuleAbout(
        id=identifier,
        name=name,
        family=family,
        severity=severity,
        precision=Confidence.MEDIUM,
        summary=summary,
        page=page,
    )


RULES = (
    rule("V101", "time-before-fixed-text", "volatile content", Severity.HIGH, "A time stands before fixed text."),
    rule("V103", "identity-before-fixed-text", "volatile content", Severity.HIGH, "A name stands before fixed text."),
    rule("F201", "tools-reordered", "unstable form", Severity.MEDIUM, "The same tools come in another order."),
    rule("M401", "no-mark", "marks and lifetimes", Severity.HIGH, "Requests carry no cache mark."),
    rule("B701", "hit-rate-below-red-line", "budgets", Severity.HIGH, "The hit rate is below the red line."),
)


def in_file(path: str, line: int, column: int, *, end_line: int | None = None) -> Location:
    """Build a place of nine characters in a file."""
    return Location(path, line, column, end_line or line, column + 9)


def finding(identifier: str, severity: Severity, **changes: object) -> Finding:
    """Build a finding; give the fields that differ."""
    fields: dict[str, object] = {
        "rule": identifier,
        "severity": severity,
        "confidence": Confidence.HIGH,
        "message": "a date or time at token 12 changes in every request",
        "location": in_file("prompts/agent.jinja2", 3, 7),
        "advice": "Move it behind the fixed text.",
        "fingerprint": f"{identifier.lower()}-0123456789abcdef",
    }
    return Finding(**{**fields, **changes})  # type: ignore[arg-type]


FINDINGS = (
    finding(
        "V101",
        Severity.HIGH,
        location=TrafficPlace(workload="support-bot", place="system 1", token=12),
        stranded_tokens=6_210_000,
        cost=Decimal("732.4000"),
        cost_per_month=Decimal("3140.00"),
        samples=("2026-11-09T08:00:00Z", "sk-abcdefghijklmnop"),
    ),
    finding(
        "M401",
        Severity.HIGH,
        message="9 of 9 requests carry no cache mark",
        location=TrafficPlace(workload=HOSTILE),
        stranded_tokens=900,
        cost=Decimal("0.00162"),
        confidence=Confidence.MEDIUM,
        samples=(),
        advice="",
    ),
    finding(
        "V101",
        Severity.MEDIUM,
        message="`now()` is a date or time at token 14; about 480 fixed tokens stand behind it",
        location=in_file("./prompts/mein agent%.jinja2", 3, 7),
        stranded_tokens=480,
        fixable=True,
    ),
    finding("V103", Severity.LOW, location=in_file("src/app.py", 10, 1, end_line=12), confidence=Confidence.LOW),
    finding("F201", Severity.INFO, location=in_file("/srv/prompts/tools.yaml", 1, 1), fingerprint=""),
)
SUPPRESSED = (
    finding("V103", Severity.MEDIUM, location=in_file("src/app.py", 44, 5), suppression="the name is short | and last"),
)


def workload(name: str) -> WorkloadFact:
    """Build a workload of which only the name matters."""
    return WorkloadFact(
        name=name,
        requests=100,
        sessions=10,
        token_hit_rate=0.2,
        read_tokens=1_000,
        written_tokens=0,
        unread_write_share=None,
        cost=Decimal(1_000),
        cost_no_cache=Decimal(1_100),
        cost_perfect=Decimal(200),
        misses={},
        head_tokens=500,
        marked=0,
        needs_marks=True,
        days=7.0,
    )


def prompt_map(name: str) -> PromptMap:
    """Return a prompt with a clock near its start."""
    rows = (
        ("tool 1 to 3", "static", "", 400),
        ("system 1", "day", "date or time", 404),
        ("what follows", "request", "", 800),
    )
    ends = [0, *(end for *_, end in rows)]
    return PromptMap(
        workload=name,
        requests=50,
        tokens=800,
        minimum=512,
        read_tokens=396,
        readable_tokens=404,
        stretches=tuple(
            PromptStretch(place=place, scope=scope, kind=kind, first_token=first, last_token=last)
            for (place, scope, kind, last), first in zip(rows, ends, strict=False)
        ),
        marks=(PromptMark(token=400, requests=20),),
    )


def sample() -> AuditResult:
    """Return the shared result."""
    return AuditResult(
        version="0.1.0",
        findings=FINDINGS,
        suppressed=SUPPRESSED,
        known=3,
        inputs=(
            InputSummary(path="logs/empty.jsonl", format="api", lines=0, requests=0),
            InputSummary(path="logs/week 1.jsonl", format="api", lines=120, requests=109),
        ),
        skips=(
            SkipCount(path="logs/week 1.jsonl", reason="not valid JSON", detail="", lines=2, first_line=41),
            SkipCount(path="logs/week 1.jsonl", reason="duplicate", detail="", lines=9, first_line=50, benign=True),
        ),
        requests=109,
        workloads=(workload("support-bot"), workload(HOSTILE)),
        days=7.0,
        templates=12,
        files=4,
        problems=(TemplateProblem(in_file("prompts/broken.hbs", 8, 2), "syntax", "the block `each` is never closed"),),
        rules=RULES,
        maps=(prompt_map("support-bot"), prompt_map(HOSTILE)),
    )


def hostile(text: str) -> AuditResult:
    """Return a result in which everything that a prompt, a log or a file can name is `text`."""
    given = {"message": text, "samples": (text,), "fingerprint": "f", "suppression": text}
    traffic = finding(
        "V101",
        Severity.HIGH,
        location=TrafficPlace(workload=text, place="system 1", token=3),
        cost=Decimal("-1.5"),
        **given,
    )
    written = finding("V103", Severity.MEDIUM, location=Location(text, 2, 3, 2, 4), **{**given, "advice": text})
    return AuditResult(
        version="0.1.0",
        findings=(traffic, written),
        suppressed=(written,),
        inputs=(InputSummary(path=text, format="api", lines=1, requests=1),),
        skips=(SkipCount(path=text, reason="not valid JSON", detail=text, lines=1, first_line=2),),
        requests=1,
        workloads=(workload(text),),
        problems=(TemplateProblem(Location(text, 1, 1, 1, 2), "syntax", text),),
        rules=RULES,
        maps=(prompt_map(text),),
    )
