"""The text report of the layer view: what the terminal shows."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from cachelens.model.layers import StackResult
from cachelens.model.stack import LayerResult, Recommendation, Stack
from cachelens.reports import layers_words as words
from cachelens.reports.adaptive import Column, Row, Table, lay_out
from cachelens.reports.base import ReportOptions
from cachelens.reports.figures import count
from cachelens.reports.layers_text_semantic import semantic_sections
from cachelens.reports.page import BAD, GOOD, HEADING, QUIET, page_width, safe, wrapped, write

_NEXT = (
    "Next: `--detail` lists all gates and what decided, `--show-values` shows texts, `--format json` holds every "
    "figure, `cachelens simulate` looks into the prompt cache; `-o FILE` writes to a file."
)
_COLUMNS = (
    Column(label="requests seen", heading=("requests", "seen")),
    Column(label="served", heading=("", "served")),
    Column(label="share served", heading=("", "share")),
    Column(label="saved in the stack", heading=("saved in", "the stack")),
    Column(label="saved alone", heading=("saved", "alone"), tier=1),
    Column(label="off the bill with the prompt cache on", heading=("off the", "bill now")),
    Column(label="recorded time saved", heading=("time", "saved"), tier=2),
)
_ADVISED = {Recommendation.BUILD: GOOD, Recommendation.NO_HITS: ""}


class LayersText:
    """One screen for the person who has to decide what to build."""

    id = "layers-text"

    def render(self, result: StackResult, options: ReportOptions) -> str:
        """Return the report for a terminal of `options.width` columns."""
        return write(self._lines(result, options), options)

    def _lines(self, result: StackResult, options: ReportOptions) -> Iterator[Text]:
        width = page_width(options)
        yield from wrapped(safe(words.summary(result), HEADING), width)
        yield Text()
        yield from stack_sections(result, options)
        if result.semantic is not None:
            yield from semantic_sections(result.semantic, options)
        for note in result.notes if options.detail else ():
            yield from wrapped(safe(note.text, QUIET), width, indent=2)
        yield from wrapped(Text(_NEXT, style=QUIET), width)


def stack_sections(result: Stack, options: ReportOptions) -> Iterator[Text]:
    """Write the layers and what follows from them, also within another report."""
    width = page_width(options)
    rows = [_row(layer, result) for layer in result.layers if not layer.left_out]
    if rows:
        yield from lay_out(Table(heading="Layer", columns=_COLUMNS, rows=tuple(rows), keep_names=True), width)
    yield from wrapped(safe(words.reaching(result)), width)
    yield from wrapped(safe(words.bill(result)), width)
    for layer in result.layers:
        if layer.left_out:
            yield from wrapped(safe(words.left_out(layer), BAD), width)
    yield Text()
    findings = list(_findings(result))
    for sentence, style in findings:
        yield from wrapped(safe(sentence, style), width)
    remarks = [
        f"{layer.layer}: {remark}" for layer in result.layers if not layer.left_out for remark in words.about(layer)
    ]
    for remark in remarks:
        yield from wrapped(safe(remark, QUIET), width, indent=2)
    if findings or remarks:
        yield Text()
    shapes = result.shapes if options.detail else result.shapes[: options.top_workloads]
    if shapes:
        yield from wrapped(Text("What each workload looks like to a response cache", style=HEADING), width)
        for found in shapes:
            yield from wrapped(safe(words.shape(found)), width, indent=2)
        yield Text()


def _findings(result: Stack) -> Iterator[tuple[str, str]]:
    found = result.semantic
    if found is not None:
        yield words.recommendation(found), _ADVISED.get(found.recommendation, BAD)
        for sentence in filter(None, (words.danger(found), words.noise(found), words.loss(found))):
            yield sentence, ""
    if result.thinning is not None and (told := words.thinning(result.thinning, result)):
        yield told, ""


def _row(layer: LayerResult, result: Stack) -> Row:
    cells = (
        count(layer.requests_seen),
        count(layer.requests_served),
        words.served(layer),
        words.usd(layer.saved, result),
        words.usd(layer.saved_alone, result),
        words.usd(layer.saved_of_bill, result),
        words.latency(layer),
    )
    return Row(name=safe(layer.layer), cells=tuple(map(Text, cells)))
