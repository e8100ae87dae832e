"""What a what-if's figures say in sentences; shared by text and Markdown."""

from __future__ import annotations

from decimal import Decimal

from cachelens.model.result import Status
from cachelens.model.scenario import NO_CACHE
from cachelens.model.whatif import Cell, Crossing, PriceChange, Unit, WhatIfResult
from cachelens.reports import simulate_basis, terms
from cachelens.reports.durations import span
from cachelens.reports.figures import approx, change, count, money, plural, share, signed_money, tokens

_KINDS = {
    "plain": "plain input",
    "read": "reads",
    "output": "output",
    "stored": "storing",
    "rent": "rent of stored objects",
}


def summary(result: WhatIfResult) -> list[str]:
    """Say what was priced, and at which day's prices."""
    traffic = result.traffic
    size = f"{tokens(round(traffic.input_tokens))} input and {tokens(round(traffic.output_tokens))} output tokens each"
    every = " a day" if traffic.unit is Unit.DAY else ""
    requests = f"{_number(traffic.requests_a_unit)} requests{every}, {size}"
    sessions = f"{_number(traffic.sessions * traffic.factor)} sessions{every}"
    days = result.at or ("the log's own days" if traffic.dated else "the newest rows: the log has no dates")
    return [f"{traffic.name}: {sessions}, {requests}; prices and rules of {days}"]


def sampled(result: WhatIfResult) -> str:
    """Say what was replayed of described traffic, and how a day is made of it; nothing for a log."""
    traffic = result.traffic
    if traffic.unit is not Unit.DAY:
        return ""
    warm = (
        f", after {plural(traffic.warming_requests, 'other')} that warm the caches" if traffic.warming_requests else ""
    )
    times = f"{traffic.factor:.6f}".rstrip("0").rstrip(".")
    return (
        f"Replayed: {plural(traffic.requests, 'request')}, {span(traffic.span_us)} of traffic{warm}; "
        f"a day is {times} times that"
    )


def parts(result: WhatIfResult) -> str:
    """List the parts of described prompts; nothing for a log."""
    rows = [
        f"{part.name} {tokens(round(part.tokens))} ({part.place}, {_changes(part.changes)})"
        for part in result.traffic.parts
    ]
    return f"Prompt: {', '.join(rows)}" if rows else ""


def _changes(changes: str) -> str:
    return "never changes" if changes == "never" else f"per {changes}"


def headlines(result: WhatIfResult) -> list[str]:
    """Say what is the cheapest, and against what."""
    best, at_best = result.best, result.at_best
    if best is None or best.cost is None:
        return ["No figures: no price is known for the models of this traffic. Name one with --model."]
    against = ""
    if best.boundary == NO_CACHE:
        against = "; no way of caching costs less" if at_best is None else "; no way of caching is sure to cost less"
    elif best.saving is not None and best.cost_no_cache is not None:
        without = estimate(best, money(best.cost_no_cache))
        against = f", {estimate(best, share(best.saving))} less than the {without} without caching"
    if result.less_than_recorded:
        against += f", {estimate(best, share(result.less_than_recorded))} less than as recorded"
    lines = [f"Cheapest: {_priced(best, result)}{against}{_doubt(best)}"]
    return lines if at_best is None else [*lines, f"Less at best: {_priced(at_best, result)}{_doubt(at_best)}"]


def _priced(cell: Cell, result: WhatIfResult) -> str:
    unit = " a day" if result.traffic.unit is Unit.DAY else ""
    month = f", {estimate(cell, money(cell.cost_a_month))} a month" if cell.cost_a_month is not None else ""
    return f"{name(cell)}: {estimate(cell, money(cell.cost))}{unit}{month}"


def estimate(cell: Cell, shown: str) -> str:
    """Put the sign of an estimate before a figure that is one."""
    return approx(shown, estimated=cell.evidence in terms.ESTIMATES)


def _doubt(cell: Cell) -> str:
    return "" if cell.status is Status.OK else f" ({terms.STATUS_MEANINGS[cell.status]})"


def name(cell: Cell) -> str:
    """Name a cell without its prompt size and traffic: `claude-opus-5, system-only, 5m`."""
    return cell.name if cell.model == terms.AS_RECORDED else f"{cell.model}, {cell.name}"


def conditions(cell: Cell) -> str:
    """Say what differs from the traffic as it is: `50,000 fixed tokens, 10 times the traffic`."""
    said = []
    if cell.prompt_tokens is not None:
        said.append(f"{count(cell.prompt_tokens)} fixed tokens")
    if cell.traffic != 1:
        said.append(amount(cell.traffic))
    return ", ".join(said)


def amount(traffic: float) -> str:
    """Write an amount of traffic."""
    return f"{traffic:g} times the traffic"


def crossing(row: Crossing) -> str:
    """Say which model overtakes which."""
    (one_list, other_list), (one, other) = row.list_cost, row.cached_cost
    where = f"; by input prices alone from {share(row.hit_rate)} of tokens read on" if row.hit_rate is not None else ""
    sure = "" if row.sure else " (rules replayed in part)"
    return (
        f"{row.cheaper_cached} is dearer than {row.cheaper_by_list} without caching ({money(other_list)} against "
        f"{money(one_list)}) and cheaper with it ({money(other)} against {money(one)}){sure}{where}"
    )


def money_goes(cell: Cell) -> str:
    """Say what the cost is made of; so a price that rises by a tenth raises the whole by a tenth of its share."""
    rows = sorted(cell.bills, key=lambda bill: -bill.cost)
    listed = ", ".join(f"{_KINDS.get(bill.kind, f'writes for {bill.kind}')} {share(bill.share)}" for bill in rows)
    return f"the cost is {listed}: a price that rises by 10% adds a tenth of its share"


def hit_rates(result: WhatIfResult) -> str:
    """Say what another hit rate would cost."""
    best = result.best
    if best is None or best.cost is None or not result.hit_rates:
        return ""
    steps = [f"{step.points:+d} points {signed_money(step.cost - best.cost)}" for step in result.hit_rates]
    return f"the hit rate is {share(best.token_hit_rate)}; {', '.join(steps)}"


def growth(result: WhatIfResult) -> str:
    """Say what other amounts of traffic would cost."""
    steps = [
        f"{amount(cell.traffic)} {estimate(cell, money(cell.cost))} ({share(cell.token_hit_rate)} read)"
        for cell in result.growth
        if cell.cost is not None
    ]
    return f"growth: {', '.join(steps)}" if steps else ""


def counted(result: WhatIfResult, *, detail: bool) -> list[str]:
    """Say how it was counted: rules and prices with their dates, and what was assumed."""
    rows = [simulate_basis.fact(row).text for row in result.facts] if detail else []
    skipped = sum(skip.lines for skip in result.skips if not skip.benign and not skip.kept)
    lines = [f"{plural(skipped, 'line')} of the input could not be used"] if skipped else []
    return [*simulate_basis.facts(result.facts), *rows, *lines, *(note.text for note in result.notes)]


def _number(amount_: Decimal) -> str:
    return f"{amount_:,.0f}" if amount_ >= 10 or amount_ == round(amount_) else f"{amount_:,.1f}"  # noqa: PLR2004  two digits


def changed(row: PriceChange) -> str:
    """Write how a price differs from the one before; empty for the first."""
    return "" if row.change is None else change(row.change)


def sections(result: WhatIfResult, *, detail: bool) -> list[tuple[str, list[str]]]:
    """Return what else is to be said, under its headings."""
    crossed = [crossing(row) for row in result.crossings]
    sensitive = [money_goes(result.best)] if result.best is not None and result.best.cost else []
    sensitive += [line for line in (hit_rates(result), growth(result)) if line]
    about = f"If something changes ({name(result.best)})" if result.best is not None else "If something changes"
    found = [
        ("Dearer by list, cheaper with caches", crossed),
        (about, sensitive),
        ("How it was counted", counted(result, detail=detail)),
    ]
    return [(heading, sentences) for heading, sentences in found if sentences]
