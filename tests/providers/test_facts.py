"""Which row, minimum and default hold when; and the numbers that providers publish about their prices."""

import datetime as dt
import math
from decimal import Decimal

import pytest

from cachelens.providers.billing import TimeOfDay
from cachelens.providers.book import PriceBook
from cachelens.providers.dates import clock_seconds, day_us, second_of_day, us_day, weekday
from cachelens.providers.loading import load_pricing
from cachelens.providers.vocabulary import BatchCaching

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def us(text: str) -> int:
    return (dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC) - EPOCH) // dt.timedelta(microseconds=1)


@pytest.fixture(scope="module")
def book() -> PriceBook:
    return load_pricing()


@pytest.mark.parametrize(
    ("model", "day", "tokens"),
    [
        # The provider's page changed on these days; the history of its mirror has them all.
        ("claude-sonnet-4-6", "2026-02-26", 1024),
        ("claude-sonnet-4-6", "2026-02-27", 2048),
        ("claude-sonnet-4-6", "2026-05-13", 2048),
        ("claude-sonnet-4-6", "2026-05-14", 1024),
        ("claude-opus-4-7", "2026-06-08", 4096),
        ("claude-opus-4-7", "2026-06-09", 2048),
        ("claude-opus-4-7", "2026-01-01", 4096),
        ("claude-haiku-4-5", "2026-01-01", 4096),
        ("gpt-5.5", "2026-06-01", 2048),
        ("gpt-6-sol", "2026-11-01", 1024),
        ("qwen3.7-max", "2026-03-15", 256),
    ],
)
def test_the_minimum_is_the_one_of_the_day(book: PriceBook, model: str, day: str, tokens: int) -> None:
    assert book.resolve(model).min_tokens_at(us(day)) == tokens


def test_the_minimum_depends_on_the_platform(book: PriceBook) -> None:
    flash = book.resolve("gemini-3.8-flash")
    assert flash.min_tokens_at(None) == 4096
    assert flash.min_tokens_at(None, "vertex") == 6144
    assert book.resolve("claude-opus-4-7").min_tokens_at(None, "bedrock") == 4096


def test_an_unpublished_minimum_is_unknown_not_zero(book: PriceBook) -> None:
    assert book.resolve("gemini-3.1-flash-lite").min_tokens_at(None) is None
    assert book.resolve("deepseek-flash").min_tokens_at(None) is None


def test_before_the_first_start_the_first_price_stands_in_and_says_so(book: PriceBook) -> None:
    model = book.resolve("claude-haiku-5-5")
    early = model.price_at(us("2026-10-06T23:59:59"))
    assert early.extrapolated
    assert early.id == "claude-haiku-5-5@2026-10-07"
    assert not model.price_at(us("2026-10-07")).extrapolated


def test_a_time_long_past_has_the_price_published_without_a_start(book: PriceBook) -> None:
    row = book.resolve("claude-sonnet-5-5").price_at(0)
    assert (row.id, row.extrapolated) == ("claude-sonnet-5-5", False)


def test_rows_are_named_for_model_and_start(book: PriceBook) -> None:
    ids = [row.id for row in book.models["gemini-3.8-flash"].prices]
    assert ids == ["gemini-3.8-flash", "gemini-3.8-flash@2027-01-01"]
    explicit = [row.id for row in book.models["gemini-3.8-flash"].explicit_prices]
    assert explicit == ["gemini-3.8-flash+explicit", "gemini-3.8-flash@2027-01-01+explicit"]


def test_an_announced_price_is_told_from_one_in_force(book: PriceBook) -> None:
    now, later = book.models["gemini-4-argon"].prices
    assert (now.announced, later.announced) == (False, True)
    assert book.models["gemini-4-argon"].price_at(None) is now


def test_the_worse_confidence_of_model_and_row_counts(book: PriceBook) -> None:
    assert [row.confidence for row in book.models["o3"].prices] == ["low", "high"]
    assert [row.confidence for row in book.models["mistral-large-4"].prices] == ["medium"] * 3


def test_tier_starts_are_the_first_token_counts_in_the_tier(book: PriceBook) -> None:
    assert [s for s, _ in book.models["gemini-2.5-pro"].prices[0].tier_starts] == [200_001]  # more than 200,000
    assert [s for s, _ in book.models["grok-4.7"].prices[0].tier_starts] == [200_000]  # 200,000 and more


def test_the_default_ttl_of_older_openai_models_changed_in_may(book: PriceBook) -> None:
    ttl = book.profiles["openai_pre55"].ttl
    assert ttl.default_at(us("2026-05-28T23:59:59")) == "in_memory"
    assert ttl.default_at(us("2026-05-29")) == "24h"
    assert ttl.default_at(None) == "24h"


def test_models_that_are_not_on_the_list_for_24_hours_stay_in_memory(book: PriceBook) -> None:
    assert book.profiles[book.resolve("gpt-4o").profile].ttl.options == {"in_memory": 600}
    assert "24h" in book.profiles[book.resolve("gpt-4.1").profile].ttl.options


def test_batches_cache_from_gpt_5_on_only(book: PriceBook) -> None:
    batch = book.profiles["openai_pre55"].billing.modifiers["batch"]
    assert (batch.caching, batch.caching_models) == (BatchCaching.FULL, ("gpt-5*",))
    assert book.profiles["bedrock"].billing.modifiers["batch"].caching is BatchCaching.NONE


def test_one_write_and_one_read_cost_135_percent(book: PriceBook) -> None:
    """The guide: two requests cost 1.35 times one, ten 2.15 times."""
    rates = book.resolve("gpt-6-sol").price_at(None).rates_in(0)
    write, read = rates.write["30m"] / rates.input, rates.read / rates.input
    assert write + read == Decimal("1.35")
    assert write + 9 * read == Decimal("2.15")


def test_padding_to_the_minimum_pays_from_221_tokens(book: PriceBook) -> None:
    """The guide: with ten requests, padding to 1,024 pays from L > M (r + (w - r) / N) tokens on."""
    model = book.resolve("gpt-6-sol")
    rates = model.price_at(None).rates_in(0)
    write, read = rates.write["30m"] / rates.input, rates.read / rates.input
    least = model.min_tokens_at(None)
    assert least is not None
    assert math.ceil(least * (read + (write - read) / 10)) == 221


@pytest.mark.parametrize(("name", "reads"), [("gemini-3.1-pro-preview", "2.5"), ("gemini-3.8-flash", "0.741")])
def test_rent_breaks_even_at_the_published_number_of_reads(book: PriceBook, name: str, reads: str) -> None:
    row = book.resolve(name).price_at(None, profile="gemini_explicit")
    rates = row.rates_in(0)
    assert rates.storage_hour is not None
    assert round(rates.storage_hour / (rates.input - rates.read), 3) == Decimal(reads)


@pytest.mark.parametrize(
    ("name", "minutes"), [("claude-opus-5", 46), ("claude-opus-5-5", 96), ("claude-fable-5-1", 196)]
)
def test_keeping_a_cache_warm_pays_for_as_long_as_was_published(book: PriceBook, name: str, minutes: int) -> None:
    """A ping every 4 minutes pays for tau (w / r - 1) minutes: arXiv 2607.19214."""
    rates = book.resolve(name).price_at(None).rates_in(0)
    assert 4 * (rates.write["5m"] / rates.read - 1) == minutes


@pytest.mark.parametrize(
    ("model", "most"),
    [("gpt-5.2", "0.90"), ("claude-sonnet-4-5", "0.90"), ("gemini-2.5-pro", "0.90"), ("gpt-4o", "0.50")],
)
def test_no_saving_can_exceed_one_minus_the_read_ratio(book: PriceBook, model: str, most: str) -> None:
    rates = book.resolve(model).price_at(None).rates_in(0)
    assert 1 - rates.read / rates.input == Decimal(most)


def test_holidays_have_no_peak_hours() -> None:
    hours = TimeOfDay(
        peak_utc=("01:00-04:00",),
        peak_weekdays=(0, 1, 2, 3, 4),
        off_peak_multiplier=Decimal("0.5"),
        except_days=("2026-11-23",),
    )
    assert not hours.is_peak(us("2026-11-23T02:00:00"))
    assert hours.is_peak(us("2026-11-24T02:00:00"))


def test_days_and_instants_agree_with_the_calendar() -> None:
    for day in ("1970-01-01", "2000-02-29", "2026-11-23", "1969-12-31"):
        assert day_us(day) == us(day)
        assert us_day(us(day)) == us_day(us(day) + 86_400_000_000 - 1) == day
        assert weekday(us(day)) == dt.date.fromisoformat(day).weekday()
    assert second_of_day(us("2026-11-23T06:00:01.999999")) == 21_601
    assert clock_seconds("24:00") == 86_400


@pytest.mark.parametrize("bad", ["2026-1-1", "20261123", "2026-13-01", "today"])
def test_a_day_that_is_none_is_refused(bad: str) -> None:
    with pytest.raises(ValueError, match=r"day|isoformat|month"):
        day_us(bad)


@pytest.mark.parametrize("bad", ["25:00", "1:5", "noon", "-1:00"])
def test_a_time_that_is_none_is_refused(bad: str) -> None:
    with pytest.raises(ValueError, match=r"HH:MM|invalid literal"):
        clock_seconds(bad)
