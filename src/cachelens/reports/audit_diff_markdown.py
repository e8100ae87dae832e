"""The Markdown report of what a change of templates costs: a comment for its pull request."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cachelens.model.change import ChangeResult
from cachelens.reports import audit_diff_words as words
from cachelens.reports.audit_escaping import clipped
from cachelens.reports.base import ReportOptions
from cachelens.reports.escaping import markdown_name, markdown_prose, visible
from cachelens.reports.figures import count
from cachelens.reports.markdown import bullets, figure, table

_NAME: Final = 160
_LINE: Final = 400
_MOST_NOTES: Final = 40
"""A comment may have 65,536 characters; what is escaped may be six times as long."""


class AuditDiffMarkdown:
    """A comment for the people who review a change."""

    id = "audit-diff-markdown"

    def render(self, result: ChangeResult, options: ReportOptions) -> str:
        """Return GitHub Flavored Markdown in which no foreign text acts as markup."""
        return "\n\n".join(self._blocks(result, options)) + "\n"

    def _blocks(self, result: ChangeResult, options: ReportOptions) -> Iterator[str]:
        told = f"This change: {figure(words.costs(result, result.total))}, {figure(words.rates(result.total))}"
        yield f"### CacheLens: {told if result.tied else _prose(words.headline(result))}"
        if (result.causes or result.reasons) and result.tied:
            lines = [
                f"{_name(words.workload(cause.workload))}: {_name(cause.expression)} "
                f"({_name(words.place(cause))}) {figure(words.moved(cause))}"
                for cause in result.causes
            ]
            lines += [
                f"{_name(words.workload(reason.workload))}: {figure(words.because(reason))}"
                for reason in result.reasons
            ]
            yield f"Because\n\n{bullets(lines)}"
        if result.workloads:
            shown = result.workloads[: max(0, options.top_workloads)]
            rows = [(_name(words.workload(row.workload)), *map(figure, words.figures(result, row))) for row in shown]
            more = words.more(len(result.workloads), len(shown))
            yield table(words.HEADINGS, rows) + (f"\n\n{more}" if more else "")
        yield f"{_prose(words.scope(result))}."
        yield from _folded("Left out, or taken for granted", [words.noted(note) for note in result.notes])
        yield from _folded("Not read", list(words.unread(result)))


def _folded(heading: str, lines: list[str]) -> Iterator[str]:
    if lines:
        kept = [_sentence(line) for line in lines[:_MOST_NOTES]]
        if len(kept) < len(lines):
            kept.append(f"and {count(len(lines) - len(kept))} more")
        yield f"<details><summary>{heading}: {count(len(lines))}</summary>\n\n{bullets(kept)}\n\n</details>"


def _name(text: str) -> str:
    return markdown_name(clipped(visible(clipped(text, _NAME)), _NAME))


def _prose(text: str) -> str:
    return markdown_prose(clipped(text, _LINE))


def _sentence(text: str) -> str:
    """Escape a sentence; what stands between backticks becomes code."""
    parts = clipped(visible(clipped(text, _LINE)), _LINE).split("`")
    if len(parts) % 2 == 0:
        return markdown_prose("`".join(parts))
    return "".join(
        markdown_name(part) if index % 2 and part else markdown_prose(part) for index, part in enumerate(parts)
    )
