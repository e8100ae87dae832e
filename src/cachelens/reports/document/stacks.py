"""Response caches in front of the model: what each layer takes off requests and cost, and what speaks against it."""

from __future__ import annotations

from collections.abc import Iterator

from cachelens.model.stack import PROMPT, LayerResult, Stack
from cachelens.reports import figures
from cachelens.reports import layers_words as said
from cachelens.reports.document.blocks import Block, Cell, Chart, Listing, Missing, Prose, Table
from cachelens.reports.document.cells import amount, count, share, words
from cachelens.reports.document.restored import restored
from cachelens.reports.document.results import Results, Source
from cachelens.reports.document.semantics import semantic_blocks
from cachelens.reports.document.waterfalls import COUNT_AXIS, MONEY_AXIS, Height, drawn
from cachelens.reports.fleet_shape import FleetV1
from cachelens.reports.layers_shape import LayersV1, StackV1
from cachelens.reports.simulate_shape import SimulateV1

_MOST_SHAPES = 40


def blocks(results: Results) -> tuple[Block, ...]:
    """Return what is to be said of each stack, also of those that stand in a simulation or a sweep."""
    return tuple(
        block
        for number, source in enumerate(stacks(results), start=1)
        for block in _stack(number, source.path, restored(source.result, Stack))
    )


def stacks(results: Results) -> Iterator[Source[StackV1]]:
    """Yield the stacks of all results that hold one."""
    yield from results.of(LayersV1)
    held = [(source.path, source.result.stack) for source in results.of(SimulateV1)]
    held += [(source.path, source.result.stack) for source in results.of(FleetV1)]
    for path, stack in held:
        if stack is not None:
            yield Source(path=path, result=stack)


def _stack(number: int, path: str, stack: Stack) -> Iterator[Block]:
    yield Prose(lines=tuple(filter(None, _lines(path, stack))))
    if any(layer.layer != PROMPT and not layer.left_out for layer in stack.layers):
        yield _requests(f"layers-requests-{number}", stack)
    costs = _costs(stack)
    if costs:
        yield Chart(
            id=f"layers-costs-{number}",
            title="What each layer takes off the cost",
            says="; ".join(f"{step.name}: {step.shown}" for step in costs) + ".",
            spec=drawn(costs, "US dollars over the log", MONEY_AXIS),
            table=None,
        )
    else:
        yield Missing(why=f"{path}: no price is known for these requests", how="cachelens layers LOGS --pricing FILE")
    yield _table(f"layers-{number}", path, stack)
    more = tuple(f"{layer.layer}: {line}" for layer in stack.layers if not layer.left_out for line in said.about(layer))
    if more:
        yield Listing(title="What else the layers show", items=more)
    absent = tuple(said.left_out(layer) for layer in stack.layers if layer.left_out)
    if absent:
        yield Listing(title="Layers that were left out", items=absent)
    if stack.semantic is not None:
        yield from semantic_blocks(number, path, stack.semantic)
    if stack.shapes:
        shapes = tuple(map(said.shape, stack.shapes[:_MOST_SHAPES]))
        yield Listing(title="What each workload looks like to a response cache", items=shapes)


def _lines(path: str, stack: Stack) -> Iterator[str]:
    size = f"{figures.plural(stack.requests, 'request')}, {figures.plural(stack.workloads, 'workload')}"
    yield f"{path}: {size}. {said.bill(stack)}"
    if stack.semantic is not None:
        yield said.recommendation(stack.semantic)
        yield said.danger(stack.semantic)
        yield said.noise(stack.semantic)
        yield said.loss(stack.semantic)
    if stack.thinning is not None:
        yield said.thinning(stack.thinning, stack)


def _requests(identifier: str, stack: Stack) -> Chart:
    left = stack.requests
    steps = [Height("all requests", left, figures.count(left))]
    for layer in stack.layers:
        if layer.layer != PROMPT and not layer.left_out:
            left -= layer.requests_served
            steps.append(Height(f"behind {layer.layer}", left, figures.count(left)))
    return Chart(
        id=identifier,
        title="Requests that reach the model",
        says=f"{said.reaching(stack)} " + "; ".join(f"{step.name}: {step.shown}" for step in steps) + ".",
        spec=drawn(steps, "requests", COUNT_AXIS),
        table=None,
    )


def _costs(stack: Stack) -> list[Height]:
    """Return the cost behind each layer; nothing where one is not known."""
    if stack.cost_without is None:
        return []
    left = stack.cost_without
    found = [Height("no cache", float(left), said.usd(left, stack))]
    for layer in stack.layers:
        if layer.left_out:
            continue
        if layer.saved is None:
            return []
        left -= layer.saved
        found.append(Height(f"with {layer.layer}", float(left), said.usd(left, stack)))
    return found


def _table(identifier: str, path: str, stack: Stack) -> Table:
    return Table(
        id=identifier,
        caption=f"Layers of {path}, in the order in which a request passes them",
        headings=(
            *("layer", "requests seen", "served", "share served", "saved in the stack", "saved alone"),
            *("off the bill with the prompt cache on", "recorded time saved", "false-hit rate", "95% interval"),
        ),
        rows=tuple(_row(layer, stack) for layer in stack.layers),
    )


def _row(layer: LayerResult, stack: Stack) -> tuple[Cell, ...]:
    ratio = layer.requests_served / layer.requests_seen if layer.requests_seen else None
    safety = layer.safety
    return (
        words(layer.layer),
        count(layer.requests_seen),
        count(layer.requests_served),
        Cell(text=said.served(layer), rank=ratio),
        *(amount(cost, estimated=stack.estimated) for cost in (layer.saved, layer.saved_alone, layer.saved_of_bill)),
        Cell(text=said.latency(layer), rank=layer.latency_saved_us),
        Cell(text="-") if safety is None else share(safety.false_hit_rate),
        Cell(text="-" if safety is None else said.interval(safety)),
    )
