"""The semantic cache: how many of its answers are wrong at each threshold, and what its gates stop."""

from __future__ import annotations

from collections.abc import Iterator

from cachelens.model.stack import CurvePoint, Example, GateRow, Safety, SemanticResult
from cachelens.reports import figures, terms
from cachelens.reports import layers_words as said
from cachelens.reports.document import charts
from cachelens.reports.document.blocks import Block, Cell, Chart, Prose, Table
from cachelens.reports.document.cells import amount, count, share, words

_MOST_ROWS, _MOST_EXAMPLES = 200, 40
_WITH, _WITHOUT = "behind its gates", "without gates"


def semantic_blocks(number: int, path: str, found: SemanticResult) -> Iterator[Block]:
    """Yield the curve over thresholds, the gates, the workloads and the worst wrong answers."""
    yield _curve(f"threshold-{number}", path, found)
    yield Prose(lines=(f"Embedder: {found.about}. {found.limits}",))
    yield Table(
        id=f"gates-{number}",
        caption=f"Gates, on the hits without any at {said.threshold(found.threshold)}",
        headings=("gate", "on", "no value", "stops hits", "of them wrong", "of them right", "what it compares"),
        rows=tuple(map(_gate, found.gates)),
        words_in=(0, 1, 6),
    )
    if found.workloads:
        yield Table(
            id=f"semantic-workloads-{number}",
            caption="Hits of each workload, behind the gates",
            headings=("workload", "requests", "hits", "wrong", "unsure", "false-hit rate", "95% interval"),
            rows=tuple(
                (words(row.workload or terms.UNNAMED), count(row.requests), *_judged(row.safety))
                for row in found.workloads[:_MOST_ROWS]
            ),
            left_out=max(0, len(found.workloads) - _MOST_ROWS),
        )
    if found.examples:
        yield _examples(f"wrong-answers-{number}", found)


def _judged(safety: Safety) -> tuple[Cell, ...]:
    interval = Cell(text=said.interval(safety), rank=safety.low)
    return (
        count(safety.hits),
        count(safety.different),
        count(safety.unsure),
        Cell(text="-") if safety.false_hit_rate is None else share(safety.false_hit_rate),
        interval,
    )


def _curve(identifier: str, path: str, found: SemanticResult) -> Chart:
    rows: list[charts.Row] = [
        {
            "threshold": said.threshold(point.threshold),
            "gates": gates,
            "rate": safety.false_hit_rate,
            "low": safety.low,
            "high": safety.high,
            "told": f"{said.threshold(point.threshold)}, {gates}: {figures.plural(safety.hits, 'hit')}, wrong "
            f"{said.rate(safety)}",
        }
        for point in found.curve
        for gates, safety in ((_WITH, point.gated), (_WITHOUT, point.ungated))
        if safety.false_hit_rate is not None
    ]
    names = [_WITH, _WITHOUT]
    target = {"y": {"datum": found.target}}
    return Chart(
        id=identifier,
        title="Wrong answers by threshold",
        says=f"False-hit rate (wrong / judged hits) at each threshold of similarity, with its 95% interval; the dashed "
        f"line is the target of {figures.share(found.target)}. Asked for: {said.threshold(found.threshold)}. A "
        "threshold without a judged hit has no point.",
        spec=charts.spec(
            rows,
            260,
            layer=[
                {"mark": {"type": "rule", "strokeDash": [4, 3], "aria": False}, "encoding": target},
                {
                    "mark": {"type": "rule", "strokeWidth": 2, "aria": False},
                    "encoding": {
                        "y": {**charts.share_axis("low", "false-hit rate")},
                        "y2": {"field": "high"},
                        "xOffset": {"field": "gates", "sort": names},
                        **_across(found),
                        "color": charts.colour("gates", "hits", names),
                    },
                },
                {
                    "mark": {"type": "point", "filled": True, "size": 60},
                    "encoding": {
                        "y": charts.share_axis("rate", "false-hit rate"),
                        "xOffset": {"field": "gates", "sort": names},
                        **_across(found),
                        "color": charts.colour("gates", "hits", names),
                        "shape": {"field": "gates", "title": "hits", "scale": {"domain": names}},
                        "description": {"field": "told"},
                    },
                },
            ],
        ),
        table=_points(identifier, path, found),
    )


def _across(found: SemanticResult) -> charts.Spec:
    labels = [said.threshold(point.threshold) for point in found.curve]
    axis = {"axis": {"labelAngle": 0}, "scale": {"domain": labels}}
    return {"x": {**charts.sorted_names("threshold", labels, "threshold"), **axis}}


def _points(identifier: str, path: str, found: SemanticResult) -> Table:
    return Table(
        id=identifier,
        caption=f"Semantic cache of {path} by threshold",
        headings=(
            *("threshold", "hits", "wrong", "unsure", "false-hit rate", "95% interval", "saved", "expected loss"),
            *("hits without gates", "of them wrong", "false-hit rate without gates"),
        ),
        rows=tuple(_point(point, found) for point in found.curve[:_MOST_ROWS]),
        words_in=(),
        left_out=max(0, len(found.curve) - _MOST_ROWS),
    )


def _point(point: CurvePoint, found: SemanticResult) -> tuple[Cell, ...]:
    sign = f" {terms.BEST_SIGN}" if point.threshold == found.threshold else ""
    bare = point.ungated
    return (
        Cell(text=said.threshold(point.threshold) + sign, rank=point.threshold),
        *_judged(point.gated),
        amount(point.saved),
        Cell(text="-") if point.expected_loss is None else amount(point.expected_loss),
        count(bare.hits),
        count(bare.different),
        Cell(text="-") if bare.false_hit_rate is None else share(bare.false_hit_rate),
    )


def _gate(row: GateRow) -> tuple[Cell, ...]:
    return (
        words(row.gate),
        words("on" if row.on else "off" if row.field else "off: not in the log"),
        count(row.missing),
        count(row.stops.hits),
        count(row.stops.different),
        count(row.stops.same),
        words(row.about),
    )


def _examples(identifier: str, found: SemanticResult) -> Table:
    return Table(
        id=identifier,
        caption="Worst wrong answers without gates",
        headings=(
            *("request", "would have got the answer to", "similarity", "what differs", "stopped by"),
            *("asked", "cached question", "answer recorded", "answer served"),
        ),
        rows=tuple(map(_example, found.examples[:_MOST_EXAMPLES])),
        words_in=(0, 1, 3, 4, 5, 6, 7, 8),
        left_out=max(0, len(found.examples) - _MOST_EXAMPLES),
    )


def _example(row: Example) -> tuple[Cell, ...]:
    return (
        words(row.request),
        words(row.source),
        Cell(text=f"{row.similarity:.3f}", rank=row.similarity),
        words(row.reason),
        words(", ".join(row.gates) or "no gate that is on"),
        *map(words, (row.question, row.source_question, row.answer, row.source_answer)),
    )
