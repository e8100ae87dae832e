"""The Markdown report of a what-if: tables for a pull request or an issue."""

from __future__ import annotations

from collections.abc import Iterator

from cachelens.model.whatif import WhatIfResult
from cachelens.reports import whatif_advice as advice
from cachelens.reports import whatif_grids as grids
from cachelens.reports import whatif_words as words
from cachelens.reports.base import ReportOptions
from cachelens.reports.escaping import markdown_name, markdown_prose
from cachelens.reports.grids import as_markdown
from cachelens.reports.markdown import bullets


class WhatIfMarkdown:
    """A comment for the people who decide."""

    id = "whatif-markdown"

    def render(self, result: WhatIfResult, options: ReportOptions) -> str:
        """Return GitHub Flavored Markdown in which no text from a log or parameter file acts as markup."""
        return "\n\n".join(self._blocks(result, options)) + "\n"

    def _blocks(self, result: WhatIfResult, options: ReportOptions) -> Iterator[str]:
        yield "### CacheLens: what if"
        opening = [*words.summary(result), words.parts(result), words.sampled(result)]
        yield from (markdown_prose(line) for line in opening if line)
        yield from (f"**{markdown_prose(line)}**" for line in words.headlines(result))
        for grid in grids.grids(result):
            yield f"**{markdown_prose(grid.title)}**"
            yield as_markdown(grid)
        legend = [markdown_prose(line.strip()) for line in grids.legend(result)]
        if legend:
            yield bullets(legend)
        for row in result.answers:
            yield f"**What pays on** {markdown_name(row.card.model)}: {markdown_prose(advice.card(row.card))}"
            yield bullets([markdown_prose(sentence) for sentence in advice.sentences(row)])
        for grid in grids.changes(result):
            yield f"**{markdown_prose(grid.title)}**"
            yield as_markdown(grid)
        for heading, sentences in words.sections(result, detail=options.detail):
            yield f"**{markdown_prose(heading)}**"
            yield bullets([markdown_prose(sentence) for sentence in sentences])
