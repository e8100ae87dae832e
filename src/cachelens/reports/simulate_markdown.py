"""The Markdown report of a simulation: GitHub tables for a pull request comment."""

from __future__ import annotations

from collections.abc import Iterator

from cachelens.model.result import SimulateResult
from cachelens.reports import pick, simulate_basis, terms
from cachelens.reports import simulate_markdown_scenarios as scenarios
from cachelens.reports import simulate_markdown_workloads as workloads
from cachelens.reports import simulate_words as words
from cachelens.reports.base import ReportOptions
from cachelens.reports.escaping import markdown_prose
from cachelens.reports.figures import change, count, money, plural, tokens
from cachelens.reports.layers_markdown import stack_blocks
from cachelens.reports.markdown import bullets, figure, table
from cachelens.reports.simulate_figures import cost_frame, cost_remarks


class SimulateMarkdown:
    """A comment for the people who review a change."""

    id = "simulate-markdown"

    def render(self, result: SimulateResult, options: ReportOptions) -> str:
        """Return GitHub Flavored Markdown in which no text from a log acts as markup."""
        blocks = [
            "### CacheLens: prompt cache simulation",
            markdown_prose(", ".join(words.summary(result))),
            *_validation(result, options),
            *scenarios.blocks(result, options),
            *workloads.blocks(result, options),
            *_misses(result),
            *(["**Response caches in front**", *stack_blocks(result.stack)] if result.stack is not None else []),
            *_cost_frame(result, options),
            *_counted(result, options),
        ]
        return "\n\n".join(blocks) + "\n"


def _validation(result: SimulateResult, options: ReportOptions) -> Iterator[str]:
    row = words.main_validation(result)
    if row is None:
        yield markdown_prose(words.NOT_VALIDATED)
        return
    estimated = pick.is_validation_estimated(row, result)
    rows = (
        ("tokens read", tokens(row.predicted_read), tokens(row.recorded_read), change(row.read_error)),
        ("tokens written", tokens(row.predicted_write), tokens(row.recorded_write), change(row.write_error)),
        ("cost", money(row.predicted_cost), money(row.recorded_cost), change(row.cost_error)),
    )
    cells = [
        (name, figure(guess, estimated=estimated), figure(seen), figure(error)) for name, guess, seen, error in rows
    ]
    heading = f"validation on {plural(row.requests, 'request')}"
    yield table((heading, "predicted", "recorded", "total error"), cells)
    lines = [markdown_prose(words.outside(row))] if words.outside(row) else []
    others, more = words.other_validation(result, every=options.detail)
    lines += [words.validation_short(other).markdown for other in others]
    lines += [markdown_prose(more)] if more else []
    if lines:
        yield bullets(lines)


def _misses(result: SimulateResult) -> Iterator[str]:
    recorded = pick.baseline(result)
    if recorded is None or recorded.total is None:
        return
    estimated = pick.is_estimated(recorded.total, result)
    rows = [
        (
            miss.cause.value,
            count(miss.requests),
            figure(tokens(miss.tokens), estimated=estimated),
            "; ".join(part for part in (terms.CAUSES[miss.cause], markdown_prose(words.divergence(miss))) if part),
        )
        for miss in pick.misses_by_tokens(recorded.total)
    ]
    if rows:
        yield table((f"misses, {terms.AS_RECORDED}", "requests", "tokens", "meaning"), rows, words_in=(0, 3))


def _cost_frame(result: SimulateResult, options: ReportOptions) -> Iterator[str]:
    frame = cost_frame(result)
    if frame:
        (_, amounts), *_ = frame
        remarks = cost_remarks(result, detail=options.detail)
        headings = ("US dollars", *(heading for heading, _ in frame))
        rows = [
            (
                label + (f" ({remarks[label]})" if label in remarks else ""),
                *(figure(column[label]) for _, column in frame),
            )
            for label in amounts
        ]
        yield table(headings, rows)


def _counted(result: SimulateResult, options: ReportOptions) -> Iterator[str]:
    lines = simulate_basis.counted(result, detail=options.detail)
    if lines:
        body = bullets([line.markdown for line in lines])
        yield f"<details><summary>How it was counted</summary>\n\n{body}\n\n</details>"
