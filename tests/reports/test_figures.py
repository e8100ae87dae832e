"""How figures are written."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cachelens.reports.figures import approx, change, count, money, plain, share, signed_money, tokens


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        (0, "0"),
        (999, "999"),
        (1_000, "1.00k"),
        (12_345, "12.3k"),
        (999_499, "999k"),
        (999_500, "1.00M"),
        (4_562_000, "4.56M"),
        (7_890_000_000, "7.89B"),
        (2 * 10**15, "2000T"),
        (None, "unknown"),
    ],
)
def test_tokens(number: int | None, shown: str) -> None:
    assert tokens(number) == shown


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        ("1234.5618", "$1,234.56"),
        ("-12.3", "-$12.30"),
        ("0", "$0.00"),
        ("-0.00", "$0.00"),
        ("1", "$1.00"),
        ("0.012345", "$0.01234"),
        ("0.5", "$0.50"),
        ("0.999996", "$1.00"),
        ("-0.00000123456", "-$0.000001235"),
        ("1.2E+7", "$12,000,000.00"),
        ("123456789012345678901234567890.999", "$123,456,789,012,345,678,901,234,567,891.00"),
    ],
)
def test_money(amount: str, shown: str) -> None:
    assert money(Decimal(amount)) == shown


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        ("1.102423600000000000000000000", "1.1024236"),
        ("0.08581500000000000000000000001", "0.085815"),
        ("-0.00", "0"),
        ("-0.0000000000004", "0"),
        ("0.0000000000015", "0.000000000002"),
        ("1E+3", "1000"),
        ("100", "100"),
        ("-2.50", "-2.5"),
    ],
)
def test_plain_decimals_for_programs(amount: str, shown: str) -> None:
    assert plain(Decimal(amount)) == shown


@given(st.decimals(allow_nan=False, allow_infinity=False, places=20, min_value=-(10**12), max_value=10**12))
def test_plain_decimals_read_back_within_half_of_the_last_digit(amount: Decimal) -> None:
    assert abs(Decimal(plain(amount)) - amount) <= Decimal("5E-13")
    assert not plain(amount).endswith(".")


def test_unknown_is_a_word() -> None:
    assert {money(None), signed_money(None), tokens(None), count(None), share(None), change(None)} == {"unknown"}
    assert approx("unknown", estimated=True) == "unknown"


def test_signs_of_differences() -> None:
    assert signed_money(Decimal(3)) == "+$3.00"
    assert signed_money(Decimal(-3)) == "-$3.00"
    assert signed_money(Decimal(0)) == "$0.00"


@pytest.mark.parametrize(
    ("ratio", "shown"),
    [(0.0, "0.0%"), (0.0004, "<0.1%"), (0.612, "61.2%"), (0.9996, ">99.9%"), (1.0, "100.0%")],
)
def test_only_an_exact_bound_reads_as_one(ratio: float, shown: str) -> None:
    assert share(ratio) == shown


@pytest.mark.parametrize(
    ("ratio", "shown"),
    [
        (0.0, "0%"),
        (-0.123, "-12.3%"),
        (0.0004, "+0.04%"),
        (-0.00001, "under 0.01%"),
        (12.5, "+1,250.0%"),
    ],
)
def test_change(ratio: float, shown: str) -> None:
    assert change(ratio) == shown


@given(st.decimals(min_value=Decimal("-1e12"), max_value=Decimal("1e12"), places=9))
def test_written_money_is_within_half_a_unit_of_its_last_digit(amount: Decimal) -> None:
    read = Decimal(money(amount).replace("$", "").replace(",", ""))
    assert abs(read - amount) <= max(Decimal("0.005") if abs(amount) >= 1 else abs(amount) / 1000, Decimal(0))


@given(st.integers(min_value=0, max_value=10**17))
def test_short_counts_are_within_half_a_percent(number: int) -> None:
    shown = tokens(number)
    unit = {"k": 10**3, "M": 10**6, "B": 10**9, "T": 10**12}.get(shown[-1], 1)
    read = Decimal(shown.rstrip("kMBT")) * unit
    assert abs(read - number) * 200 <= number
