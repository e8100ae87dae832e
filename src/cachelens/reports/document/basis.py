"""How the numbers came about: what was read, with which rules and prices of which dates, and what was assumed."""

from __future__ import annotations

from collections.abc import Sequence

from cachelens.reports import figures
from cachelens.reports.document.blocks import Block, Cell, Listing, Table
from cachelens.reports.document.cells import count, words
from cachelens.reports.document.results import Results
from cachelens.reports.durations import instant
from cachelens.reports.fleet_shape import FleetV1
from cachelens.reports.layers_shape import LayersNoteV1
from cachelens.reports.metrics_shape import MetricsV1
from cachelens.reports.metrics_shape import NoteV1 as MetricsNoteV1
from cachelens.reports.shapes import InputV1, SkipV1
from cachelens.reports.simulate_shape import FactV1, NoteV1, SimulateV1
from cachelens.reports.whatif_shape import FactV1 as WhatIfFactV1
from cachelens.reports.whatif_shape import NoteV1 as WhatIfNoteV1

_MOST_ROWS = 400


def blocks(results: Results) -> tuple[Block, ...]:
    """Return versions, inputs, facts and assumptions of all results."""
    found: list[Block] = [_results(results), *_inputs(results)]
    found += _facts(results)
    for number, source in enumerate(results.of(SimulateV1), start=1):
        found += _simulated(number, source.path, source.result)
    found += _notes(results)
    for number, fleet in enumerate(results.of(FleetV1), start=1):
        found.append(_latency(number, fleet.path, fleet.result))
    if results.unread:
        items = tuple(f"{one.path} {one.why}. Next: {one.hint}." for one in results.unread)
        found.append(Listing(title="Not used", items=items))
    return tuple(found)


def _results(results: Results) -> Table:
    rows = [
        (
            words(source.path),
            words(name),
            words(str(getattr(source.result, "version", ""))),
            words(_span(source.result)),
        )
        for name, some in results.sources.items()
        for source in some
    ]
    headings = ("file", "result of", "CacheLens", "traffic")
    return Table(
        id="results", caption="Results in this report", headings=headings, rows=tuple(rows), words_in=(0, 1, 2, 3)
    )


def _span(result: object) -> str:
    """Say how much traffic a result is of, in whichever fields its shape keeps that."""
    summary = getattr(result, "summary", result)
    requests = getattr(summary, "requests", None)
    first, last = getattr(summary, "first_us", None), getattr(summary, "last_us", None)
    said = [] if requests is None else [figures.plural(requests, "request")]
    if first is not None and last is not None:
        said.append(f"{instant(first)} to {instant(last)}")
    return ", ".join(said)


def _all(results: Results, field: str) -> list[object]:
    """Return what all results hold in a field that most shapes have."""
    return [row for some in results.sources.values() for source in some for row in getattr(source.result, field, ())]


def _inputs(results: Results) -> list[Block]:
    read = {
        (row.path, row.format, row.lines, row.requests, row.duplicates)
        for row in _all(results, "inputs")
        if isinstance(row, InputV1)
    }
    skipped = {
        (row.path, row.lines, row.first_line, row.reason, row.benign)
        for row in _all(results, "skips")
        if isinstance(row, SkipV1)
    }
    found: list[Block] = []
    if read:
        found.append(
            Table(
                id="inputs",
                caption="Files that were read",
                headings=("file", "format", "lines", "requests", "duplicates"),
                rows=tuple(
                    (words(path), words(form), *map(count, numbers))
                    for path, form, *numbers in sorted(read)[:_MOST_ROWS]
                ),
                words_in=(0, 1),
                left_out=max(0, len(read) - _MOST_ROWS),
            )
        )
    if skipped:
        found.append(
            Table(
                id="skips",
                caption="Lines that were passed over",
                headings=("file", "lines", "from line", "reason"),
                rows=tuple(
                    (words(path), count(lines), count(first), words(reason + (" (no fault)" if benign else "")))
                    for path, lines, first, reason, benign in sorted(skipped)[:_MOST_ROWS]
                ),
                words_in=(0, 3),
                left_out=max(0, len(skipped) - _MOST_ROWS),
            )
        )
    return found


def _simulated(number: int, path: str, result: SimulateV1) -> list[Block]:
    found: list[Block] = []
    if result.token_bases:
        found.append(
            Table(
                id=f"tokens-{number}",
                caption=f"How tokens of {path} were counted",
                headings=("model", "evidence", "tokenizer", "ratio", "median error"),
                rows=tuple(
                    (
                        words(row.model),
                        words(row.evidence),
                        words(row.tokenizer),
                        Cell(text=f"{row.ratio:.3f}", rank=row.ratio),
                        Cell(text=figures.share(row.median_error), rank=row.median_error),
                    )
                    for row in result.token_bases
                ),
                words_in=(0, 1, 2),
            )
        )
    return found


def _facts(results: Results) -> list[Block]:
    found = sorted(
        {
            (row.kind, row.id, row.start, row.checked, row.confidence, row.source, row.note)
            for row in _all(results, "facts")
            if isinstance(row, FactV1 | WhatIfFactV1)
        }
    )
    if not found:
        return []
    return [
        Table(
            id="facts",
            caption="Rules and prices that the results rest on",
            headings=("kind", "id", "in force from", "checked", "confidence", "source", "note"),
            rows=tuple(tuple(map(words, row)) for row in found[:_MOST_ROWS]),
            words_in=tuple(range(7)),
            left_out=max(0, len(found) - _MOST_ROWS),
        )
    ]


def _notes(results: Results) -> list[Block]:
    """List what a reader must know, each once, and the prices of recorded usage."""
    kinds = NoteV1 | WhatIfNoteV1 | LayersNoteV1 | MetricsNoteV1
    notes = tuple(dict.fromkeys(row.text for row in _all(results, "notes") if isinstance(row, kinds)))
    prices = tuple(dict.fromkeys(price for source in results.of(MetricsV1) for price in source.result.prices))
    found = (("Assumptions and limits", notes), ("Prices of recorded usage", prices))
    return [Listing(title=title, items=items[:_MOST_ROWS]) for title, items in found if items]


def _latency(number: int, path: str, result: FleetV1) -> Table:
    items: Sequence[tuple[str, str]] = (
        ("engine", f"{result.engine}, {result.engine_source}"),
        ("latency model", result.latency_source if result.timed else "none: untimed"),
        ("coefficients, microseconds", ", ".join(f"{value:g}" for value in result.latency) if result.timed else "-"),
        ("prefill budget", figures.plural(result.prefill_budget, "token")),
        ("GPUs a replica", figures.count(result.gpus_per_replica)),
        ("speed", f"{result.speed:g} x the log's"),
        ("seed", str(result.seed)),
    )
    return Table(
        id=f"latency-{number}",
        caption=f"What {path} assumes",
        headings=("assumption", "value"),
        rows=tuple((words(name), words(value)) for name, value in items),
        words_in=(0, 1),
    )
