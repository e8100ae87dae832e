"""What breaks the prefix, the gravest first."""

from __future__ import annotations

from cachelens.reports import figures
from cachelens.reports.audit_shape import AuditV1, FilePlaceV1, FindingV1
from cachelens.reports.document.blocks import Block, Cell, Prose, Table
from cachelens.reports.document.cells import money, words
from cachelens.reports.document.results import Results

_MOST = 1000
_RANKS = {"high": 4, "medium": 3, "low": 2, "info": 1}
_SIGNS = {"high": "bad", "medium": "warn", "low": "", "info": ""}


def blocks(results: Results) -> tuple[Block, ...]:
    """Return the findings of each audit."""
    found: list[Block] = []
    for number, source in enumerate(results.of(AuditV1), start=1):
        findings = source.result.findings
        if not findings:
            found.append(Prose(lines=(f"{source.path}: nothing was found that counts.",)))
            continue
        found.append(
            Table(
                id=f"findings-{number}",
                caption=f"Findings of {source.path}",
                headings=("severity", "rule", "where", "what", "do", "tokens", "cost", "per month"),
                rows=tuple(_row(row) for row in findings[:_MOST]),
                words_in=(0, 1, 2, 3, 4),
                left_out=max(0, len(findings) - _MOST),
            )
        )
    return tuple(found)


def _row(row: FindingV1) -> tuple[Cell, ...]:
    return (
        Cell(text=row.severity, rank=_RANKS[row.severity], sign=_SIGNS[row.severity]),
        words(row.rule),
        words(place(row)),
        words(_what(row)),
        words(row.advice),
        Cell(text=figures.tokens(row.stranded_tokens), rank=row.stranded_tokens),
        money(row.cost),
        money(row.cost_per_month),
    )


def _what(row: FindingV1) -> str:
    """Write the message as a sentence, with the values where they were asked for and so are not masked."""
    values = [value for value in row.values if value.startswith('"')]
    return f"{row.message[:1].upper()}{row.message[1:]}." + (f" Values: {', '.join(values)}." if values else "")


def place(row: FindingV1) -> str:
    """Name the place of a finding."""
    where = row.location
    if isinstance(where, FilePlaceV1):
        return f"{where.path}:{where.line}:{where.column}"
    at = f", token {where.token:,}" if where.token is not None else ""
    return f"{where.workload}{', ' if where.place else ''}{where.place}{at}"
