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


def bill(book: PriceBook, case: dict[str, Any]) -> Decimal:
    at_us = instant(case)
    model = book.resolve(case["model"], provider=case.get("provider", ""), platform=case.get("platform", ""))
    row = model.price_at(at_us, profile=case.get("profile", ""))
    if "rent" in case:
        return row.rates(0, at_us=at_us).rent(**case["rent"])
    usage = Usage(**case["usage"])
    return row.rates(usage.input_tokens, case.get("modifiers", ()), at_us).cost(usage)


@pytest.mark.parametrize("case", cases())
def test_bill_worked_by_hand(case: dict[str, Any]) -> None:
    book = load_pricing()
    if "error" in case:
        with pytest.raises(PricingError) as caught:
            bill(book, case)
        assert case["error"] in caught.value.message
        assert caught.value.hint
    else:
        assert bill(book, case) == Decimal(case["cost"])


def test_every_provider_has_worked_bills() -> None:
    assert {path.stem for path in CASES.glob("*.yaml")} == set(load_pricing().providers)
