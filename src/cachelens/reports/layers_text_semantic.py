"""The part of the layer view about the semantic cache: its curve, its gates, its worst answers."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from cachelens.model.stack import CurvePoint, Example, GateRow, Safety, SemanticResult
from cachelens.reports import layers_words as words
from cachelens.reports.adaptive import Column, Row, Table, lay_out
from cachelens.reports.base import ReportOptions
from cachelens.reports.figures import count, share
from cachelens.reports.masking import shown
from cachelens.reports.page import GOOD, HEADING, QUIET, page_width, safe, wrapped

_CURVE = (
    Column(label="hits with gates", heading=("gated", "hits")),
    Column(label="wrong", heading=("", "wrong")),
    Column(label="unsure", heading=("", "unsure")),
    Column(label="false-hit rate", heading=("false", "hits")),
    Column(label="95% interval", heading=("", "95% interval")),
    Column(label="hits without gates", heading=("no gate", "hits")),
    Column(label="false-hit rate without gates", heading=("false", "hits")),
)
_GATES = (
    Column(label="state", heading=("",)),
    Column(label="requests without a value", heading=("no", "value")),
    Column(label="hits it would stop", heading=("stops", "hits")),
    Column(label="of them wrong", heading=("of them", "wrong")),
    Column(label="of them right", heading=("of them", "right")),
)
_WORKLOADS = (
    Column(label="requests seen", heading=("requests", "seen")),
    Column(label="hits", heading=("", "hits")),
    Column(label="wrong", heading=("", "wrong")),
    Column(label="false-hit rate", heading=("false-hit", "rate")),
    Column(label="95% interval", heading=("", "95% interval")),
)
_FEW = 3


def semantic_sections(found: SemanticResult, options: ReportOptions) -> Iterator[Text]:
    """Write everything about the semantic cache."""
    width = page_width(options)
    if not any(point.gated.hits or point.ungated.hits for point in found.curve):
        least = words.threshold(found.curve[0].threshold)
        told = f"From {least} on, no threshold serves anything, gates or not ({found.about})."
        yield from wrapped(safe(told, QUIET), width)
        yield Text()
        return
    yield from wrapped(Text("Semantic cache by threshold, behind the exact cache", style=HEADING), width)
    yield from lay_out(_curve(found), width)
    yield from wrapped(safe(f"embedder: {found.about}. {found.limits}", QUIET), width, indent=2)
    yield from wrapped(safe(_legend(found), QUIET), width, indent=2)
    yield Text()
    yield from wrapped(safe(f"Gates, on the hits without any at {words.threshold(found.threshold)}", HEADING), width)
    yield from lay_out(_gates(found, options), width)
    absent = [row.gate for row in found.gates if not row.field and not row.on]
    if absent:
        yield from wrapped(safe(f"not in the log, so nothing guards it: {', '.join(absent)}", QUIET), width, indent=2)
    yield Text()
    if found.workloads:
        yield from wrapped(Text("By workload, with gates", style=HEADING), width)
        yield from lay_out(_workloads(found, options), width)
        yield Text()
    examples = found.examples if options.detail else found.examples[:_FEW]
    if examples:
        yield from wrapped(Text("Worst wrong answers without gates", style=HEADING), width)
        for example in examples:
            yield from _example(example, options, width)
        yield Text()


def _curve(found: SemanticResult) -> Table:
    return Table(heading="Threshold", columns=_CURVE, rows=tuple(_point(point, found) for point in found.curve))


def _point(point: CurvePoint, found: SemanticResult) -> Row:
    chosen = point.threshold == found.threshold
    gated, bare = point.gated, point.ungated
    cells = (
        count(gated.hits),
        count(gated.different),
        count(gated.unsure),
        _rate(gated),
        words.interval(gated),
        count(bare.hits),
        _rate(bare),
    )
    name = words.threshold(point.threshold) + (" *" if chosen else "")
    return Row(
        name=safe(name, GOOD if point.threshold == found.advised_threshold else ""), cells=tuple(map(Text, cells))
    )


def _rate(found: Safety) -> str:
    return "-" if found.false_hit_rate is None else share(found.false_hit_rate)


def _legend(found: SemanticResult) -> str:
    labelled = f"; {found.labels_used} pairs by label" if found.labels_used else ""
    return f"* chosen; wrong: the recorded answer says something else; false hits: wrong / (same + wrong){labelled}"


def _gates(found: SemanticResult, options: ReportOptions) -> Table:
    rows = [row for row in found.gates if row.field or row.on]
    return Table(heading="Gate", columns=_GATES, rows=tuple(_gate(row, options) for row in rows), keep_names=True)


def _gate(row: GateRow, options: ReportOptions) -> Row:
    stops = row.stops
    cells = (
        "on" if row.on else "off",
        count(row.missing),
        count(stops.hits),
        count(stops.different),
        count(stops.same),
    )
    remarks = (safe(row.about),) if options.detail else ()
    return Row(name=safe(row.gate), cells=tuple(map(Text, cells)), remarks=remarks)


def _workloads(found: SemanticResult, options: ReportOptions) -> Table:
    rows = found.workloads if options.detail else found.workloads[: options.top_workloads]
    return Table(
        heading="Workload",
        columns=_WORKLOADS,
        rows=tuple(
            Row(
                name=safe(row.workload or "(none)"),
                cells=tuple(
                    Text(cell)
                    for cell in (
                        count(row.requests),
                        count(row.safety.hits),
                        count(row.safety.different),
                        _rate(row.safety),
                        words.interval(row.safety),
                    )
                ),
            )
            for row in rows
        ),
    )


def _example(example: Example, options: ReportOptions, width: int) -> Iterator[Text]:
    stopped = f"stopped by {', '.join(example.gates)}" if example.gates else "no gate that is on stops it"
    head = (
        f"{example.request} would have been given the answer to {example.source}: similarity "
        f"{example.similarity:.3f}, other {example.reason}; {stopped}"
    )
    yield from wrapped(safe(head), width, indent=2)
    for name, text in (
        ("asked", example.question),
        ("cached question", example.source_question),
        ("answer recorded", example.answer),
        ("answer served", example.source_answer),
    ):
        yield from wrapped(safe(f"{name}: {shown(text, values=options.show_values)}", QUIET), width, indent=4)
