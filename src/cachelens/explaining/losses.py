"""What a miss cost: the lost tokens at the price that was paid for them, less the price of reading them."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from cachelens.explaining.standing import Case
from cachelens.model.explanation import Counts, Loss, Paid
from cachelens.model.result import Evidence
from cachelens.model.usage import WRITE_TTLS
from cachelens.providers.facts import PriceRow
from cachelens.providers.rates import PER_MTOK, Rates
from cachelens.replay.bills import tariff


def recorded_counts(case: Case) -> Counts | None:
    """Return what the log reports; `None` where it reports no usage."""
    row = {name: int(values[case.index]) for name, values in case.trace.requests.items()}
    if row["plain"] < 0:
        return None
    told = row["read"] >= 0
    return Counts(
        read=row["read"] if told else None,
        written=sum(row[f"write_{label}"] for label in WRITE_TTLS) if told else None,
        plain=row["plain"] if told else None,
        total=row["input"],
    )


def replayed_counts(case: Case) -> Counts | None:
    """Return what the replay says; `None` where it only repeats the record, or knows nothing."""
    index = case.index
    if case.replayed.unknown[index] or case.replayed.kept[index]:
        return None
    return Counts(
        read=case.predicted_read,
        written=sum(int(tokens[index]) for tokens in case.replayed.write.values()),
        plain=int(case.replayed.plain[index]),
        total=case.total,
    )


def loss_of(case: Case, tokens: int) -> Loss:
    """Return what the loss of so many reads cost, at the prices in force."""
    estimated = _is_estimated(case)
    rates = _rates(case)
    if rates is None:
        return Loss(tokens=tokens, money=None, estimated=estimated)
    prices, row = rates
    paid = tuple(_paid(case, tokens, prices))
    money = sum((one.tokens * (one.price - prices.read) for one in paid), Decimal(0)).scaleb(PER_MTOK)
    return Loss(
        tokens=tokens,
        money=money,
        read_price=prices.read,
        paid=paid,
        price_id=row.id,
        price_start=row.start,
        price_checked=row.checked,
        estimated=estimated,
    )


def _rates(case: Case) -> tuple[Rates, PriceRow] | None:
    replayed = case.replayed
    prices = tariff(case.trace, replayed.assignment, replayed.explicit, replayed.total)
    group = int(prices.group[case.index])
    if group < 0:
        return None
    rates = prices.rates[group]
    return rates, next(row for row in prices.rows if row.id == rates.row)


def _paid(case: Case, tokens: int, rates: Rates) -> Iterator[Paid]:
    """Yield what was paid for lost tokens: they were written as far as anything was, the rest was plain input.

    The record says how much was written where it says anything, else the replay.
    """
    told = case.recorded_read is not None
    left = tokens
    for label in WRITE_TTLS:
        replayed = case.replayed.write.get(label)
        amount = int(case.trace.requests[f"write_{label}"][case.index]) if told else 0
        if not told and replayed is not None:
            amount = int(replayed[case.index])
        part = min(left, amount)
        if part and (not rates.write or label in rates.write):
            yield Paid(unit=f"write_{label}", tokens=part, price=rates.write_rate(label))
            left -= part
    if left:
        yield Paid(unit="input", tokens=left, price=rates.input)


def _is_estimated(case: Case) -> bool:
    """Say whether the tokens are estimates: a recorded input makes the whole exact, and its parts nearly so."""
    facts = case.facts
    name = facts.id if facts is not None else ""
    if int(case.trace.requests["input"][case.index]) >= 0:
        return False
    evidence = {row.model: row.evidence for row in case.bench.replayer.calibration.about()}
    return evidence.get(name, Evidence.ESTIMATED) in (Evidence.FITTED, Evidence.ESTIMATED)
