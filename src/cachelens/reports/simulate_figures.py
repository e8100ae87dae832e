"""The figures of a scenario as text and Markdown write them, in one order."""

from __future__ import annotations

from decimal import Decimal

from cachelens.model.result import ScenarioResult, SimulateResult, Totals
from cachelens.reports import pick, terms
from cachelens.reports import simulate_words as words
from cachelens.reports.figures import UNKNOWN, approx, change, money, share, signed_money, tokens

SCENARIO_TERMS = (
    terms.TOKEN_HIT_RATE,
    terms.REQUEST_HIT_RATE,
    terms.READ,
    terms.WRITTEN,
    terms.PLAIN,
    terms.UNREAD_WRITES,
    terms.COST,
    terms.DELTA,
    terms.DELTA_SHARE,
    terms.PER_MONTH,
)
"""What the cells of a scenario are, in order."""


def shown_terms(result: SimulateResult) -> list[int]:
    """Return the numbers of the terms to show: no month where none of the scenarios is projected to one."""
    months = any(row.total is not None and row.total.cost_per_month is not None for row in result.scenarios)
    return [index for index, term in enumerate(SCENARIO_TERMS) if months or term != terms.PER_MONTH]


def scenario_cells(scenario: ScenarioResult, result: SimulateResult) -> tuple[str, ...]:
    """Return the cells in the order of `SCENARIO_TERMS`; where nothing is compared, the deltas are empty."""
    totals = scenario.total
    if totals is None:
        return ("",) * len(SCENARIO_TERMS)
    compared = scenario.name != terms.AS_RECORDED
    cells = (
        share(totals.token_hit_rate),
        share(totals.request_hit_rate),
        tokens(totals.read_tokens),
        _written(totals),
        tokens(totals.plain_tokens),
        share(totals.unread_write_share) if totals.written_tokens else terms.NOT_BILLED,
        money(totals.cost),
        signed_money(totals.delta) if compared else "",
        change(totals.delta_share) if compared else "",
        money(totals.cost_per_month),
    )
    estimated = pick.is_estimated(totals, result)
    return tuple(approx(cell, estimated=estimated) for cell in cells)


def _written(totals: Totals) -> str:
    if totals.write_tokens:
        return tokens(totals.written_tokens)
    return UNKNOWN if totals.read_tokens is None else terms.NOT_BILLED


def cost_frame(result: SimulateResult) -> list[tuple[str, dict[str, str]]]:
    """Return what the cost stands between, as columns `now` and, where it is another scenario, `best`."""
    recorded, winner = pick.baseline(result), pick.best(result)
    compared = [
        (heading, scenario.total)
        for heading, scenario in (("now", recorded), ("best", None if winner is recorded else winner))
        if scenario is not None and scenario.total is not None
    ]
    rent = any(totals.storage_cost for _, totals in compared)
    return [(heading, _frame(totals, result, rent=rent)) for heading, totals in compared]


def cost_remarks(result: SimulateResult, *, detail: bool) -> dict[str, str]:
    """Return what is to be said about amounts of the frame, by their label."""
    recorded = pick.baseline(result)
    shown = recorded if recorded is not None and recorded.total is not None else pick.best(result)
    remarks = {terms.PERFECT_CACHE: terms.PERFECT_MEANING} if detail else {}
    if shown is not None and shown.total is not None and (why := words.no_month(result, shown.total)):
        remarks[terms.PER_MONTH] = why
    return remarks


def _frame(totals: Totals, result: SimulateResult, *, rent: bool) -> dict[str, str]:
    amounts: dict[str, Decimal | None] = {terms.COST: totals.cost}
    if rent:
        amounts[terms.STORAGE] = totals.storage_cost
    amounts |= {
        terms.WITHOUT_CACHE: totals.cost_no_cache,
        terms.PERFECT_CACHE: totals.cost_perfect,
        terms.PER_SESSION: totals.cost_per_session,
        terms.PER_MONTH: totals.cost_per_month,
    }
    estimated = pick.is_estimated(totals, result)
    return {label: approx(money(amount), estimated=estimated) for label, amount in amounts.items()}
