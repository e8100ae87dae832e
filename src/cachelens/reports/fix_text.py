"""What fixes did, a line each."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from cachelens.model.fix import FixResult
from cachelens.reports.base import ReportOptions
from cachelens.reports.figures import plural
from cachelens.reports.page import HEADING, QUIET, WARN, page_width, safe, wrapped, write


class FixText:
    """Each change with its place and rule, then how many findings are mended, and what is left."""

    id = "fix-text"

    def render(self, result: FixResult, options: ReportOptions) -> str:
        """Return the lines; no prompt text is in them."""
        return write(_lines(result, page_width(options)), options)


def _lines(result: FixResult, width: int) -> Iterator[Text]:
    for file in result.files:
        for step in file.applied:
            line = safe(f"{file.name}:{step.line}: {step.rule} {step.what}")
            if step.behaviour:
                line.append(" (may change the model's answers)", style=WARN)
            yield from wrapped(line, width)
    for problem in result.problems:
        yield from wrapped(safe(f"{problem.location.path}: {problem.message}", QUIET), width)
    done = f"{'fixed' if result.written else 'would fix'} {result.fixed} of {plural(result.findings, 'finding')}"
    more = f"; {result.more} more with --unsafe-fixes" if result.more else ""
    yield from wrapped(Text(f"{done} in {plural(len(result.files), 'file')}{more}", style=HEADING), width)
