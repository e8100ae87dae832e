"""Bills worked by hand, one file a provider in `tests/cases/pricing/`."""

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from cachelens.errors import PricingError
from cachelens.model.usage import Usage
from cachelens.providers.book import PriceBook
from cachelens.providers.loading import load_pricing
from tests.providers.invoices import paid, rent, tariff_of

CASES = Path(__file__).parents[1] / "cases" / "pricing"
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def cases() -> list[Any]:
    found = []
    for path in sorted(CASES.glob("*.yaml")):
        rows = yaml.safe_load(path.read_text("utf-8"))
        found += [pytest.param(row, id=f"{path.stem}: {row['name']}") for row in rows]
    return found


def instant(case: dict[str, Any]) -> int | None:
    if "at" not in case:
        return None
    return (dt.datetime.fromisoformat(case["at"]) - EPOCH) // dt.timedelta(microseconds=1)


def bill(book: PriceBook, case: dict[str, Any]) -> tuple[Decimal, tuple[str, ...]]:
    """Return the price and the modifiers that were left out."""
    model = book.resolve(case["model"], provider=case.get("provider", ""), platform=case.get("platform", ""))
    usage = Usage(**case.get("usage", {"uncached_input": 0}))
    found = tariff_of(
        model,
        usage.input_tokens,
        at_us=instant(case),
        modifiers=case.get("modifiers", ()),
        explicit=bool(case.get("profile")) and case["profile"] == model.explicit_profile,
    )
    (rates,) = found.rates
    return rent(rates, **case["rent"]) if "rent" in case else paid(rates, usage), found.dropped


@pytest.mark.parametrize("case", cases())
def test_bill_worked_by_hand(case: dict[str, Any]) -> None:
    book = load_pricing()
    if "error" in case:
        with pytest.raises(PricingError) as caught:
            bill(book, case)
        assert case["error"] in caught.value.message
        assert caught.value.hint
        return
    cost, left_out = bill(book, case)
    assert cost == Decimal(case["cost"])
    assert [text.rpartition(" (")[0] for text in left_out] == ([case["left_out"]] if "left_out" in case else [])


def test_every_provider_has_worked_bills() -> None:
    assert {path.stem for path in CASES.glob("*.yaml")} == set(load_pricing().providers)
