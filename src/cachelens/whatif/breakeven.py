"""Where one way of caching overtakes another, in closed form. Each is tested against the replay.

With p, r and w the prices of a token that is plain input, read, and written for a lifetime, a prefix of S tokens that
is used once and then n times again within its lifetime costs S (w + n r) with a cache and S (n + 1) p without. All that
follows compares two such sums; S falls out unless it is what is asked for. Prices are exact, USD per million tokens.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from decimal import Decimal

from cachelens.model.whatif import Band, Lapse, PadTo, Pings, RateCard, Rent

_USES: tuple[int | None, ...] = (1, 9, 99, None)
"""Uses again for which padding is worked out."""
_HOURS_A_DAY = 24


def uses_to_pay(plain: Decimal, read: Decimal, write: Decimal) -> int | None:
    """Return the least n of uses again with w + n r < (n + 1) p, so n > (w - p) / (p - r).

    0 where writing costs less than plain input; `None` where reading is not cheaper and it never pays.
    Where a write costs as much as plain input, one use again is what pays.
    """
    if write < plain:
        return 0
    if read >= plain:
        return None
    return first_above((write - plain) / (plain - read))


def first_above(value: Decimal) -> int:
    """Return the least whole number above a value, none below 0."""
    return max(0, math.floor(value) + 1)


def bands(card: RateCard) -> Iterator[Band]:
    """Say for gaps of each length which lifetime pays in the long run.

    While an entry outlives the gaps every use again is a read, whatever its lifetime, so the cheapest write among those
    that outlive them wins; where none does, every use writes again for w, and pays only where w < p.
    """
    above = 0
    for seconds in sorted(card.seconds.values()):
        alive = [other for other, length in card.seconds.items() if length >= seconds]
        best = min(alive, key=lambda other: (card.writes[other], card.seconds[other]))
        uses = uses_to_pay(card.input, card.read, card.writes[best])
        yield Band(above_s=above, up_to_s=seconds, ttl=best if uses is not None else "", uses=uses or 0)
        above = seconds
    if card.seconds:
        yield Band(above_s=above, up_to_s=None, ttl="", uses=0)


def lapses(card: RateCard) -> Iterator[Lapse]:
    """Say after how many gaps that only the longer of two lifetimes outlasts its dearer write has paid.

    Of n uses again k come after such gaps: w + k w + (n - k) r against W + n r, so k > (W - w) / (w - r).
    """
    labels = sorted(card.seconds, key=lambda label: card.seconds[label])
    for short, long in zip(labels, labels[1:], strict=False):
        saved = card.writes[short] - card.read
        if saved > 0:
            lapsed = first_above((card.writes[long] - card.writes[short]) / saved)
            yield Lapse(ttl=short, longer=long, lapses=max(1, lapsed))


def pings(card: RateCard, ttl: str) -> Pings | None:
    """Say how long it pays to read an entry just to keep it.

    Over a gap k pings and the read behind it cost (k + 1) r, to let it lapse and write again w: k < w / r - 1. A ping
    at four fifths of the lifetime leaves room for delay. Against a lifetime W that outlasts the gap by itself,
    w + k r < W, so k < (W - w) / r. What a ping adds to the prefix, and its answer, are taken to cost nothing.
    `None` where reads are free.
    """
    write, seconds = card.writes[ttl], card.seconds[ttl]
    if card.read <= 0:
        return None
    every = seconds * 4 // 5
    ratio = write / card.read - 1
    longer = min(
        (label for label in card.seconds if card.seconds[label] > seconds),
        key=lambda label: card.seconds[label],
        default="",
    )
    before = max(0, math.ceil((card.writes[longer] - write) / card.read) - 1) if longer else None
    return Pings(
        ttl=ttl,
        every_s=every,
        most=max(0, math.ceil(ratio) - 1),
        horizon_s=every * max(ratio, Decimal(0)),
        longer=longer,
        most_before_longer=before,
    )


def padding(card: RateCard, ttl: str) -> Iterator[PadTo]:
    """Say from which length on a prefix below the minimum M is cheaper padded to M and cached than plain.

    M (w + n r) < S (n + 1) p, so S > M (w + n r) / ((n + 1) p); without end S > M r / p. Lengths that reach M need no
    padding, so there is no answer where it takes more than M, nor where plain input costs nothing.
    """
    minimum = card.minimum
    if not minimum or card.input <= 0:
        return
    for uses in _USES:
        share = card.read if uses is None else (_write(card, ttl) + uses * card.read) / (uses + 1)
        tokens = first_above(minimum * share / card.input)
        if tokens < minimum:
            yield PadTo(uses=uses, tokens=tokens)


def rent(card: RateCard) -> Rent | None:
    """Say how many reads an hour a stored object needs.

    An object is stored for p, kept for s an hour and read for r instead of p: over H hours with x reads an hour
    p + H s + H x r < H x p, so x > (s + p / H) / (p - r). `None` without rent, or where reading saves nothing.
    """
    if card.storage_hour is None or card.read >= card.input:
        return None
    saved = card.input - card.read
    return Rent(
        reads_an_hour=card.storage_hour / saved,
        reads_first_hour=(card.storage_hour + card.input) / saved,
        reads_a_day_long=(card.storage_hour + card.input / _HOURS_A_DAY) / saved,
    )


def crossing(one: RateCard, one_ttl: str, other: RateCard, other_ttl: str) -> Decimal | None:
    """Return the hit rate above which the input of `other` is cheaper than that of `one`.

    h r + (1 - h) w = h R + (1 - h) W at h = (W - w) / ((W - R) - (w - r)). `None` where that lies outside 0 to 1, or
    where `other` does not fall faster.
    """
    a, b = _write(one, one_ttl), _write(other, other_ttl)
    slope = (b - other.read) - (a - one.read)
    if slope <= 0:
        return None
    found = (b - a) / slope
    return found if 0 <= found < 1 else None


def _write(card: RateCard, ttl: str) -> Decimal:
    return card.writes.get(ttl, card.input)
