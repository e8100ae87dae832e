"""The Markdown report of an audit: a comment for a pull request, a table first and the rest folded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from cachelens.model.audit import AuditResult
from cachelens.model.finding import Finding, Severity
from cachelens.model.location import Location
from cachelens.reports import audit_words as words
from cachelens.reports.audit_escaping import clipped
from cachelens.reports.base import ReportOptions
from cachelens.reports.escaping import markdown_name, markdown_prose, visible
from cachelens.reports.figures import count, money, plural
from cachelens.reports.markdown import bullets, figure, table

_TABLE: Final = 26_000
_DETAILS: Final = 26_000
_REST: Final = 5_000
"""Characters for each part: GitHub takes no comment of more than 65,536."""
_NAME: Final = 160
_LINE: Final = 320
_STORY: Final = 1_000
"""Characters of one entry: a long name must not crowd out all others."""


class AuditMarkdown:
    """A comment for the people who review a change."""

    id = "audit-markdown"

    def render(self, result: AuditResult, options: ReportOptions) -> str:
        """Return GitHub Flavored Markdown of less than 65,536 characters in which no foreign text acts as markup."""
        blocks = [f"### CacheLens: {_headline(result)}", _scope(result), *_findings(result, options), *_rest(result)]
        return "\n\n".join(blocks) + "\n"


def _headline(result: AuditResult) -> str:
    total = len(result.findings)
    if not total:
        return "nothing found that keeps prompts from the cache"
    high = sum(finding.severity is Severity.HIGH for finding in result.findings)
    return f"{plural(total, 'finding')}, {count(high)} of high severity"


def _scope(result: AuditResult) -> str:
    out = f" Left out: {words.left_out(result)}." if words.left_out(result) else ""
    return markdown_prose(f"{words.summary(result)}.{out}")


def _findings(result: AuditResult, options: ReportOptions) -> Iterator[str]:
    if not result.findings:
        return
    priced = any(finding.cost is not None for finding in result.findings)
    headings = ("severity", "rule", "where", "tokens stranded", *(("lost", "a month") if priced else ()))
    rows = _fitting((_row(finding, priced=priced) for finding in result.findings), _TABLE)
    more = len(result.findings) - len(rows)
    yield table(headings, rows, words_in=(0, 1, 2))
    if more:
        yield f"and {plural(more, 'finding')} more of the least weight."
    rules = words.titles(result)
    texts = (
        (f"**{markdown_prose(words.title(finding, rules))}** {_where(finding)}: {_told(finding, options)}",)
        for finding in result.findings
    )
    kept = _fitting(texts, _DETAILS)
    more = len(result.findings) - len(kept)
    body = bullets([text for (text,) in kept])
    tail = f"\n\nand {plural(more, 'finding')} more, not explained here." if more else ""
    yield f"<details><summary>What is wrong, and what to do</summary>\n\n{body}{tail}\n\n</details>"


def _row(finding: Finding, *, priced: bool) -> tuple[str, ...]:
    severity = finding.severity.value
    costs = (figure(money(finding.cost)), figure(money(finding.cost_per_month))) if priced else ()
    return (
        f"**{severity}**" if finding.severity is Severity.HIGH else severity,
        markdown_name(finding.rule),
        _where(finding),
        _stranded(finding),
        *costs,
    )


def _where(finding: Finding) -> str:
    return markdown_name(_shown(words.place(finding), _NAME))


def _stranded(finding: Finding) -> str:
    written = isinstance(finding.location, Location) and finding.traffic is None
    each = " a request" if written and finding.stranded_tokens is not None else ""
    return count(finding.stranded_tokens) + each


def _told(finding: Finding, options: ReportOptions) -> str:
    return _prose(_shown(" ".join(words.story(finding, options)), _STORY))


def _prose(text: str) -> str:
    """Escape a sentence; what stands between backticks becomes code."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return markdown_prose(text)
    return "".join(
        markdown_name(part) if index % 2 and part else markdown_prose(part) for index, part in enumerate(parts)
    )


def _rest(result: AuditResult) -> Iterator[str]:
    silenced = [f"{finding.rule} in {words.place(finding)}: {finding.suppression}" for finding in result.suppressed]
    for heading, lines in (("Suppressed", silenced), ("Not read", list(words.unread(result)))):
        if lines:
            kept = [text for (text,) in _fitting(((_prose(_shown(line, _LINE)),) for line in lines), _REST)]
            if len(kept) < len(lines):
                kept.append(f"and {count(len(lines) - len(kept))} more")
            yield f"<details><summary>{heading}: {count(len(lines))}</summary>\n\n{bullets(kept)}\n\n</details>"


def _shown(text: str, most: int) -> str:
    return clipped(visible(clipped(text, most)), most)


def _fitting(rows: Iterable[tuple[str, ...]], room: int) -> list[tuple[str, ...]]:
    """Return the first rows that fit in so many characters; the others are not even made."""
    kept: list[tuple[str, ...]] = []
    for row in rows:
        room -= sum(len(cell) + 3 for cell in row) + 2
        if room < 0:
            break
        kept.append(row)
    return kept
