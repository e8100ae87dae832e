"""`cachelens explain-miss` as Markdown, for an issue or a pull request."""

from __future__ import annotations

from collections.abc import Iterator

from cachelens.model.explanation import Difference, Explanation
from cachelens.reports import explain_words as words
from cachelens.reports.base import ReportOptions
from cachelens.reports.escaping import markdown_name, markdown_prose
from cachelens.reports.markdown import bullets, figure, table
from cachelens.reports.masking import lines_shown


class ExplainMarkdown:
    """A comment about one request."""

    id = "explain-markdown"

    def render(self, result: Explanation, options: ReportOptions) -> str:
        """Return GitHub Flavored Markdown in which no text from a log acts as markup."""
        return "\n\n".join(_blocks(result, options)) + "\n"


def _blocks(result: Explanation, options: ReportOptions) -> Iterator[str]:
    yield f"### CacheLens: why request #<!-- -->{result.request.number} read what it read"
    yield markdown_prose(f"Request {words.request(result.request, result.requests)}; {words.origin(result.request)}")
    yield f"**{result.cause.value}**: {markdown_prose(words.headline(result))}"
    if result.evidence:
        yield bullets([markdown_prose(f"{words.sentence(line)}.") for line in result.evidence])
    rows = words.counts(result)
    if rows:
        yield table(("tokens", *words.COUNTS), [(row[0], *map(figure, row[1:])) for row in rows])
    if words.readable(result):
        yield markdown_prose(words.readable(result))
    if result.predecessor is not None:
        yield markdown_prose(f"{words.compared(result.predecessor)} {words.parting(result.difference)}")
    yield from _details(result.difference, options)
    yield from (markdown_prose(line) for line in (words.lost(result), words.todo(result)) if line)
    if words.grounds(result):
        yield markdown_prose(" ".join(words.grounds(result)))


def _details(found: Difference | None, options: ReportOptions) -> Iterator[str]:
    if found is None:
        return
    lines = words.details(found, options)
    if lines:
        yield bullets([markdown_prose(line) for line in lines])
    if options.show_values and found.context:
        yield bullets([markdown_name(line) for line in lines_shown(found.context)])
