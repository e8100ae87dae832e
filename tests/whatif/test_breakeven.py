"""Every closed form against the replay: one step before the break-even point the other way is cheaper, or as cheap."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cachelens.model.whatif import RateCard
from cachelens.providers.book import PriceBook
from cachelens.providers.loading import load_pricing
from cachelens.whatif import breakeven
from cachelens.whatif.cards import card
from tests.whatif.scenes import OPUS, a_session, cell, priced, traffic

MODELS = [OPUS, "claude-opus-5-5", "claude-sonnet-4-6", "gpt-5.6-sol", "kimi-k3"]
AT = 1_795_392_000_000_000
"""2026-11-23."""
S = 10_000


@pytest.fixture(scope="module")
def book() -> PriceBook:
    return load_pricing(())


def rates(book: PriceBook, model: str, *, explicit: bool = False) -> RateCard:
    return card(book, book.resolve(model), AT, S, explicit=explicit)


@pytest.mark.parametrize("model", MODELS)
def test_the_band_says_from_which_use_on_its_lifetime_pays(book: PriceBook, model: str) -> None:
    """A session is one prefix of its own, used once and then `uses` times again at gaps in the middle of the band."""
    for band in breakeven.bands(rates(book, model)):
        if band.up_to_s is None:
            continue
        gap = (band.above_s + band.up_to_s) / 2
        for uses, pays in ((band.uses, True), (band.uses - 1, False)):
            if uses < 0:
                continue
            given_ = traffic(f"system:{S}:session", turns=uses + 1, gap_s=gap, sessions=5)
            cached, plain = a_session(given_, "system-only", band.ttl, model), a_session(given_, "none", "", model)
            assert (cached < plain) is pays, (band, uses)


@pytest.mark.parametrize("model", MODELS)
def test_beyond_the_longest_lifetime_nothing_pays(book: PriceBook, model: str) -> None:
    *_, last = breakeven.bands(rates(book, model))
    assert (last.up_to_s, last.ttl) == (None, "")
    given_ = traffic(f"system:{S}:session", turns=5, gap_s=last.above_s + 600, sessions=1)
    result = priced(given_, model, sample=100)
    assert all(row.cost >= row.cost_no_cache for row in result.cells if row.cost is not None and row.cost_no_cache)


def test_worked_by_hand_for_prices_of_five_minutes_and_an_hour(book: PriceBook) -> None:
    """(6.25 - 5) / (5 - 0.5) = 0.28 uses, so one; (10 - 5) / 4.5 = 1.1, so two; (10 - 6.25) / 5.75 = 0.65 lapses."""
    opus = rates(book, OPUS)
    five, hour, none = breakeven.bands(opus)
    assert (five.ttl, five.up_to_s, five.uses) == ("5m", 300, 1)
    assert (hour.ttl, hour.up_to_s, hour.uses) == ("1h", 3600, 2)
    assert none.ttl == ""
    assert [(row.ttl, row.longer, row.lapses) for row in breakeven.lapses(opus)] == [("5m", "1h", 1)]


def test_one_gap_that_only_the_longer_lifetime_outlasts_pays_for_it(book: PriceBook) -> None:
    for model, short_gap, long_gap in ((OPUS, 60, 600), ("gpt-5.6-sol", 600, 7200)):
        (lapse,) = breakeven.lapses(rates(book, model))
        for lapses in (lapse.lapses, lapse.lapses - 1):
            short, long = (
                _with_lapses(model, ttl, lapses=lapses, gaps=(short_gap, long_gap)) for ttl in (lapse.ttl, lapse.longer)
            )
            assert (long < short) is (lapses == lapse.lapses), (model, lapses)


def _with_lapses(model: str, ttl: str, *, lapses: int, gaps: tuple[int, int]) -> Decimal:
    """Return the cost of a session of ten uses, `lapses` of them after the longer gap: two sessions, one a gap."""
    short, long = gaps
    whole = a_session(
        traffic(f"system:{S}:session", turns=10 - lapses, gap_s=short, sessions=5), "system-only", ttl, model
    )
    both = a_session(
        traffic(f"system:{S}:session", turns=lapses + 1, gap_s=long, sessions=5), "system-only", ttl, model
    )
    first = a_session(traffic(f"system:{S}:session", sessions=5), "system-only", ttl, model)
    return whole + both - first


@pytest.mark.parametrize(("model", "minutes"), [(OPUS, 46), ("claude-opus-5-5", 96), ("claude-fable-5-1", 196)])
def test_the_horizon_of_pings_is_the_published_one(book: PriceBook, model: str, minutes: int) -> None:
    """4 min (w / r - 1): https://arxiv.org/abs/2607.19214 gives 46, 96 and 196 minutes."""
    found = breakeven.pings(rates(book, model), "5m")
    assert found is not None
    assert found.every_s == 240
    assert found.horizon_s == minutes * 60


@pytest.mark.parametrize("model", ["claude-opus-5", "claude-opus-5-5", "gpt-5.6-sol"])
def test_pings_pay_as_often_as_is_said_and_no_more(book: PriceBook, model: str) -> None:
    """A session is the write, pings, and the use behind the gap; without pings it is two writes."""
    shortest = next(iter(rates(book, model).seconds))
    found = breakeven.pings(rates(book, model), shortest)
    assert found is not None
    lapsed = 2 * a_session(traffic(f"system:{S}:session", sessions=1), "system-only", shortest, model)
    for pings in (found.most, found.most + 1):
        kept = traffic(f"system:{S}:session", turns=pings + 2, gap_s=found.every_s, sessions=1)
        assert (a_session(kept, "system-only", shortest, model) < lapsed) is (pings == found.most)
    longer = a_session(traffic(f"system:{S}:session", turns=2, sessions=1), "system-only", found.longer, model)
    assert found.most_before_longer is not None
    for pings in (found.most_before_longer, found.most_before_longer + 1):
        kept = traffic(f"system:{S}:session", turns=pings + 2, gap_s=found.every_s, sessions=1)
        cheaper = a_session(kept, "system-only", shortest, model) < longer
        assert cheaper is (pings == found.most_before_longer)


@pytest.mark.parametrize("model", [OPUS, "claude-sonnet-4-6", "claude-haiku-4-5"])
def test_padding_pays_from_the_length_that_is_said(book: PriceBook, model: str) -> None:
    prices = rates(book, model)
    minimum = prices.minimum
    assert minimum is not None
    answers = [row for row in breakeven.padding(prices, "5m") if row.uses is not None and row.uses < 99]
    assert answers
    for row in answers:
        assert row.uses is not None
        padded = a_session(
            traffic(f"system:{minimum}:session", turns=row.uses + 1, sessions=1), "system-only", "5m", model
        )
        for tokens in (row.tokens, row.tokens - 1):
            short = traffic(f"system:{tokens}:session", turns=row.uses + 1, sessions=1)
            assert (padded < a_session(short, "system-only", "5m", model)) is (tokens == row.tokens)


def test_a_stored_object_pays_from_so_many_reads_an_hour(book: PriceBook) -> None:
    """(4.50 + 1.25) / (1.25 - 0.125) = 5.11 reads in the one hour that it is kept: six pay, five do not."""
    rent = breakeven.rent(rates(book, "gemini-2.5-pro", explicit=True))
    assert rent is not None
    assert rent.reads_an_hour == 4
    assert round(rent.reads_first_hour, 2) == Decimal("5.11")
    for reads, pays in ((6, True), (5, False)):
        given_ = traffic(f"system:{S}:session", turns=reads, gap_s=60, sessions=5)
        result = priced(given_, "gemini-2.5-pro", boundaries=("system-only",), ttls=("1h",))
        found = cell(result, "system-only", "1h")
        assert found.cost is not None
        assert found.cost_no_cache is not None
        assert (found.cost < found.cost_no_cache) is pays


def price_at(rates: RateCard, ttl: str, hit_rate: Decimal) -> Decimal:
    """The price of an input token of which a share h is read and the rest is written: h r + (1 - h) w."""
    return hit_rate * rates.read + (1 - hit_rate) * rates.writes[ttl]


@pytest.mark.parametrize("turns", [2, 4, 10])
def test_the_price_at_a_hit_rate_is_that_of_the_replay(book: PriceBook, turns: int) -> None:
    """A prefix of a session's own is read in all of its requests but the first: a hit rate of 1 - 1 / turns."""
    prices = rates(book, OPUS)
    cost = a_session(traffic(f"system:{S}:session", turns=turns, sessions=5), "system-only", "1h")
    told = price_at(prices, "1h", 1 - Decimal(1) / turns)
    assert cost == pytest.approx(told * S * turns / 1_000_000, rel=Decimal("1e-12"))


prices = st.decimals("0.01", "20", places=2)


@settings(max_examples=200)
@given(a=st.tuples(prices, prices, prices), b=st.tuples(prices, prices, prices))
def test_input_costs_the_same_at_the_crossing_and_less_above(
    a: tuple[Decimal, Decimal, Decimal], b: tuple[Decimal, Decimal, Decimal]
) -> None:
    one, other = _card(*a), _card(*b)
    at = breakeven.crossing(one, "5m", other, "5m")
    if at is None:
        return
    same = price_at(one, "5m", at) - price_at(other, "5m", at)
    assert abs(same) < Decimal("1e-20")
    above = (at + 1) / 2
    assert price_at(other, "5m", above) < price_at(one, "5m", above)


@given(plain=prices, read=prices, write=prices)
def test_the_first_use_that_pays_is_the_first_at_which_a_cache_costs_less(
    plain: Decimal, read: Decimal, write: Decimal
) -> None:
    """Against counting up, the slow way."""
    uses = breakeven.uses_to_pay(plain, read, write)
    slow = next((n for n in range(3000) if write + n * read < (n + 1) * plain), None)
    if slow is not None or uses is None:
        assert uses == slow


def _card(plain: Decimal, read: Decimal, write: Decimal) -> RateCard:
    return RateCard(
        model="m",
        row="m",
        start="",
        checked="",
        input=plain,
        output=plain,
        read=read,
        writes={"5m": write},
        seconds={"5m": 300},
        storage_hour=None,
        minimum=1024,
    )


@pytest.mark.parametrize("read", ["0", "1"])
@pytest.mark.parametrize("write", ["0", "1"])
@pytest.mark.parametrize("storage", [None, "0"])
def test_where_plain_input_is_free_no_cache_pays_and_nothing_is_divided_by_it(
    read: str, write: str, storage: str | None
) -> None:
    """A contract price of 0 is a price: prefixes are neither padded nor stored for it."""
    free = RateCard(
        model="own",
        row="own",
        start="",
        checked="2026-11-23",
        input=Decimal(0),
        output=Decimal(0),
        read=Decimal(read),
        writes={"5m": Decimal(write)},
        seconds={"5m": 300},
        storage_hour=None if storage is None else Decimal(storage),
        minimum=1024,
    )
    assert [band.ttl for band in breakeven.bands(free)] == ["", ""]
    assert list(breakeven.padding(free, "5m")) == []
    assert breakeven.rent(free) is None
