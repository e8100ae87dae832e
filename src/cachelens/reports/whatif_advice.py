"""Where one way of caching overtakes another, in sentences; shared by text and Markdown."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from cachelens.model.whatif import Answers, Band, Pings, RateCard
from cachelens.reports.figures import count, money, plural

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_TIME = "time"


def card(row: RateCard) -> str:
    """Write the prices that answers rest on."""
    writes = ", ".join(f"written {label} {money(price)}" for label, price in row.writes.items() if price != row.input)
    rent = f", stored {money(row.storage_hour)} an hour" if row.storage_hour is not None else ""
    began = f"in force from {row.start}, " if row.start else ""
    figures = f"plain {money(row.input)}, read {money(row.read)}{', ' if writes else ''}{writes}{rent}"
    return f"{figures} per million tokens ({began}checked {row.checked})"


def sentences(row: Answers) -> Iterator[str]:
    """Say where one way of caching overtakes another on a model."""
    if row.bands:
        yield f"gaps between uses: {'; '.join(map(_band, row.bands))}"
    else:
        yield "which lifetime pays: unknown, no lifetime that a read renews is published"
    for lapse in row.lapses:
        if row.card.writes[lapse.longer] > row.card.writes[lapse.ttl]:
            gaps = plural(lapse.lapses, "gap")
            yield f"mixed gaps: {lapse.longer} costs less than {lapse.ttl} once {gaps} or more fall between the two"
    for pings in row.pings:
        yield _pings(pings)
    if row.padding:
        limits = ", ".join(f"{count(pad.tokens)} ({_often(pad.uses)})" for pad in row.padding)
        minimum = count(row.card.minimum)
        yield f"padding a shorter prefix to the minimum of {minimum} tokens pays from tokens: {limits}"
    if row.rent is not None:
        rent = row.rent
        yield (
            f"a stored object pays its rent from {_rate(rent.reads_an_hour)} reads an hour on; with the storing, "
            f"{_rate(rent.reads_first_hour)} if kept for one hour, {_rate(rent.reads_a_day_long)} if kept for a day"
        )


def _band(band: Band) -> str:
    where = f"over {length(band.above_s)}" if band.up_to_s is None else f"up to {length(band.up_to_s)}"
    if not band.ttl:
        return f"{where} nothing pays"
    return f"{where} {band.ttl} pays {_again(band.uses)}"


def _again(uses: int) -> str:
    return f"once used again {plural(uses, _TIME)}" if uses > 1 else "once used again" if uses else "at once"


def _often(uses: int | None) -> str:
    return "in the long run" if uses is None else _again(uses)


def _pings(row: Pings) -> str:
    if not row.most:
        return f"keeping {row.ttl} alive by reading never pays: even once, it costs no less than to write again"
    text = (
        f"keeping {row.ttl} alive by a read every {length(row.every_s)} pays for {length(int(row.horizon_s))}, "
        f"{plural(row.most, 'read')} in a row"
    )
    if row.longer and row.most_before_longer is not None and row.most_before_longer < row.most:
        if not row.most_before_longer:
            return f"{text}; {row.longer} costs no more"
        text += f"; beyond {plural(row.most_before_longer, 'read')}, {row.longer} costs less as long as it lasts"
    return text


def length(seconds: int) -> str:
    """Write a length of time: `45 s`, `4 min`, `1 h`, `12.8 h`, `2 d`."""
    for unit, sign in ((_DAY, "d"), (_HOUR, "h"), (_MINUTE, "min")):
        if seconds >= unit * (2 if unit == _DAY else 1):
            return f"{seconds / unit:.1f}".removesuffix(".0") + f" {sign}"
    return f"{seconds} s"


def _rate(amount: Decimal) -> str:
    return f"{amount:.2f}".rstrip("0").rstrip(".")
