"""All line ends of a file alike."""

from __future__ import annotations

from collections.abc import Iterator

from cachelens.fixes.base import Case, Fix
from cachelens.model.fix import Keeps, Proposal


class LineEnds(Fix):
    """Ends every line with a line feed, where a file mixes line ends.

    White space inside and at the ends of lines is left alone: it is the same in every request, and at times means
    something (a Markdown line break, the space in front of a value).
    """

    id = "line-ends"
    rules = frozenset({"F206"})

    def propose(self, case: Case) -> Iterator[Proposal]:
        """Yield one proposal where there is something to change."""
        if case.file.with_line_feeds().data != case.file.data:
            yield Proposal(
                fix=self.id,
                rule=case.finding.rule,
                line=case.location.line,
                what="end all lines with a line feed",
                safe=True,
                behaviour=False,
                keeps=Keeps.TEXT,
                line_feeds=True,
            )
