"""A document as Markdown, for a pull request or an issue: figures and tables, no charts."""

from __future__ import annotations

from collections.abc import Iterator

from cachelens.reports.base import ReportOptions
from cachelens.reports.document.blocks import (
    Block,
    Chart,
    Document,
    Figures,
    Listing,
    Missing,
    PrefixMap,
    Prose,
    Table,
)
from cachelens.reports.document.results import Results
from cachelens.reports.document.sections import document
from cachelens.reports.escaping import json_text, markdown_prose
from cachelens.reports.markdown import table

_MOST_ROWS = 12
"""Rows of a table; a page has them all."""


class ReportMarkdown:
    """The report as GitHub Flavored Markdown."""

    id = "report-markdown"

    def render(self, result: Results, options: ReportOptions) -> str:
        """Return the whole report."""
        return "\n\n".join(_lines(document(result))) + "\n"


def _lines(report: Document) -> Iterator[str]:
    yield f"# {report.title}"
    yield f"{_text(report.summary)}. Written by CacheLens {report.version}."
    for section in report.sections:
        yield f"## {section.title}"
        if section.lead:
            yield _text(section.lead)
        for block in section.blocks:
            yield from _block(block)


def _block(block: Block) -> Iterator[str]:
    match block:
        case Figures():
            yield table(
                ("", ""),
                [
                    (_text(one.label), _text(f"{one.text} {one.note and f'({one.note})'}".strip()))
                    for one in block.figures
                ],
                words_in=(0, 1),
            )
        case Prose():
            yield from map(_text, block.lines)
        case Listing():
            yield f"**{_text(block.title)}**"
            marks = (f"{number}." if block.ordered else "-" for number in range(1, len(block.items) + 1))
            yield "\n".join(f"{mark} {_text(item)}" for mark, item in zip(marks, block.items, strict=True))
        case Missing():
            yield f"Not shown: {_text(block.why)}. To get it: {_text(block.how)}"
        case Table():
            yield from _table(block)
        case Chart():
            yield f"**{_text(block.title)}.** {_text(block.says)}"
            if block.table is not None:
                yield from _table(block.table)
        case PrefixMap():
            yield _text(block.says)
            yield "\n".join(f"- {_text(bar.name)}: {_text(bar.says)}" for bar in block.bars)


def _table(block: Table) -> Iterator[str]:
    yield f"{_text(block.caption)}:"
    rows = [[_text(cell.text) for cell in row] for row in block.rows[:_MOST_ROWS]]
    yield table([_text(heading) for heading in block.headings], rows, words_in=block.words_in)
    more = len(block.rows) - len(rows) + block.left_out
    if more:
        yield f"{more:,} more rows in the page and in the result itself."


def _text(text: str) -> str:
    return markdown_prose(json_text(text))
