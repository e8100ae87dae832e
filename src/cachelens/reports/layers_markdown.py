"""The Markdown report of the layer view, and of the layers within a simulation or a sweep."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cachelens.model.layers import StackResult
from cachelens.model.stack import CurvePoint, LayerResult, SemanticResult, Stack
from cachelens.reports import layers_words as words
from cachelens.reports import terms
from cachelens.reports.base import ReportOptions
from cachelens.reports.escaping import markdown_name, markdown_prose
from cachelens.reports.figures import count, share
from cachelens.reports.markdown import bullets, figure, table

_LAYERS = (
    *("layer", "requests seen", "served", "share served", "saved in the stack", "saved alone"),
    *("off the bill with the prompt cache on", "recorded time saved"),
)
_CURVE = (
    *("threshold", "hits with gates", "wrong", "unsure", "false-hit rate", "95% interval"),
    *("hits without gates", "false-hit rate without gates"),
)
_GATES = ("gate", "state", "requests without a value", "hits it would stop", "of them wrong", "of them right")


class LayersMarkdown:
    """A comment for the people who decide what to build."""

    id = "layers-markdown"

    def render(self, result: StackResult, options: ReportOptions) -> str:
        """Return GitHub Flavored Markdown in which no text from a log acts as markup."""
        return "\n\n".join(_blocks(result, options)) + "\n"


def _blocks(result: StackResult, options: ReportOptions) -> Iterator[str]:
    yield "### CacheLens: response caches"
    yield markdown_prose(words.summary(result))
    yield from stack_blocks(result)
    if result.semantic is not None:
        yield from _semantic(result.semantic)
    if options.detail and result.notes:
        yield bullets([markdown_prose(note.text) for note in result.notes])


def stack_blocks(stack: Stack) -> Iterator[str]:
    """Yield the layers and what follows from them, also within another report."""
    rows = [_layer(layer, stack) for layer in stack.layers if not layer.left_out]
    if rows:
        yield table(_LAYERS, rows)
    yield markdown_prose(f"{words.reaching(stack)} {words.bill(stack)}")
    found = stack.semantic
    if found is not None:
        yield f"**{markdown_prose(words.recommendation(found))}**"
        yield from _listed((words.danger(found), words.noise(found), words.loss(found)))
    more = [words.left_out(layer) for layer in stack.layers if layer.left_out]
    more += [f"{layer.layer}: {line}" for layer in stack.layers if not layer.left_out for line in words.about(layer)]
    more += [words.thinning(stack.thinning, stack)] if stack.thinning is not None else []
    yield from _listed(more)
    yield from _listed([words.shape(shape) for shape in stack.shapes])


def _listed(lines: Sequence[str]) -> Iterator[str]:
    said = [markdown_prose(line) for line in lines if line]
    if said:
        yield bullets(said)


def _layer(layer: LayerResult, stack: Stack) -> list[str]:
    cells = (
        count(layer.requests_seen),
        count(layer.requests_served),
        words.served(layer),
        *(words.usd(amount, stack) for amount in (layer.saved, layer.saved_alone, layer.saved_of_bill)),
        words.latency(layer),
    )
    return [layer.layer, *map(figure, cells)]


def _semantic(found: SemanticResult) -> Iterator[str]:
    yield "**Semantic cache by threshold, behind the exact cache**"
    yield table(_CURVE, [_point(point, found) for point in found.curve])
    yield markdown_prose(f"embedder: {found.about}. {found.limits}")
    rows = [
        (
            markdown_prose(row.gate),
            "on" if row.on else "off" if row.field else "off: not in the log",
            *(figure(count(n)) for n in (row.missing, row.stops.hits, row.stops.different, row.stops.same)),
        )
        for row in found.gates
    ]
    yield f"**Gates, on the hits without any at {words.threshold(found.threshold)}**"
    yield table(_GATES, rows, words_in=(0, 1))
    judged = [
        f"{markdown_name(row.workload or terms.UNNAMED)}: {markdown_prose(words.verdicts(row.safety))}"
        for row in found.workloads
    ]
    if judged:
        yield "**By workload, with gates**"
        yield bullets(judged)


def _point(point: CurvePoint, found: SemanticResult) -> list[str]:
    gated, bare = point.gated, point.ungated
    name = words.threshold(point.threshold)
    cells = (
        *(count(number) for number in (gated.hits, gated.different, gated.unsure)),
        "-" if gated.false_hit_rate is None else share(gated.false_hit_rate),
        words.interval(gated),
        count(bare.hits),
        "-" if bare.false_hit_rate is None else share(bare.false_hit_rate),
    )
    return [f"**{name}**" if point.threshold == found.threshold else name, *map(figure, cells)]
