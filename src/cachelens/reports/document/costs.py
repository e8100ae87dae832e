"""Where the money goes: from no cache at all, over what happened, to the best that was found."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from cachelens.reports import figures, terms
from cachelens.reports.document.blocks import Block, Cell, Chart, Missing, Table
from cachelens.reports.document.cells import decimal, signed_money, words
from cachelens.reports.document.results import Results
from cachelens.reports.document.simulated import best, change_of, own_best, recorded
from cachelens.reports.document.waterfalls import MONEY_AXIS, Height, drawn
from cachelens.reports.figures import plain
from cachelens.reports.simulate_shape import SimulateV1

_NO_PRICE = "no price is known for these requests"


class Step(NamedTuple):
    """One way to serve the traffic."""

    name: str
    meaning: str
    cost: Decimal
    estimated: bool


def blocks(results: Results) -> tuple[Block, ...]:
    """Return a waterfall for each simulation."""
    found: list[Block] = []
    for number, source in enumerate(results.of(SimulateV1), start=1):
        steps = _steps(source.result)
        if not steps:
            found.append(
                Missing(why=f"{source.path}: {_NO_PRICE}", how="name prices with `cachelens simulate --pricing FILE`")
            )
            continue
        found.append(_chart(f"costs-{number}", source.path, steps))
    return tuple(found)


def _steps(result: SimulateV1) -> list[Step]:
    now, winner = recorded(result), best(result)
    if now is None or now.totals is None:
        return []
    estimated = now.totals.estimated
    found = [
        ("no cache", "every input token at the plain price", now.totals.cost_no_cache, estimated),
        ("as recorded", "the log as it was sent, replayed", now.totals.cost, estimated),
    ]
    if winner is not None and winner is not now and winner.totals is not None:
        found.append(("best for all", change_of(winner), winner.totals.cost, winner.totals.estimated))
    own = own_best(result)
    if own is not None:
        found.append(("best for each", "each workload in its own best scenario", plain(own), estimated))
    found.append(("perfect cache", terms.PERFECT_MEANING, now.totals.cost_perfect, estimated))
    return [
        Step(name, meaning, amount, is_estimated)
        for name, meaning, cost, is_estimated in found
        if (amount := decimal(cost)) is not None
    ]


def _chart(identifier: str, path: str, steps: list[Step]) -> Chart:
    heights = [Height(step.name, float(step.cost), figures.money(step.cost)) for step in steps]
    return Chart(
        id=identifier,
        title="From no cache to the best",
        says=_says(steps),
        spec=drawn(heights, "US dollars over the log", MONEY_AXIS),
        table=_table(identifier, path, steps),
    )


def _says(steps: list[Step]) -> str:
    return (
        "; ".join(
            f"{step.name}: {figures.approx(figures.money(step.cost), estimated=step.estimated)}" for step in steps
        )
        + "."
    )


def _table(identifier: str, path: str, steps: list[Step]) -> Table:
    rows = []
    earlier: Decimal | None = None
    for step in steps:
        cost = figures.approx(figures.money(step.cost), estimated=step.estimated)
        moved = (
            Cell(text="-") if earlier is None else signed_money(plain(step.cost - earlier), estimated=step.estimated)
        )
        rows.append((words(step.name), Cell(text=cost, rank=float(step.cost)), moved, words(step.meaning)))
        earlier = step.cost
    return Table(
        id=identifier,
        caption=f"Cost of {path}",
        headings=("step", "cost", "against the step before", "meaning"),
        rows=tuple(rows),
        words_in=(0, 3),
        folded=True,
    )
