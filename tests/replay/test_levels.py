"""Changes of level: Pettitt's statistic by its definition, and what the rates beside a change are."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cachelens.replay.levels import SIGNIFICANT, levels, pettitt


def by_definition(values: list[float]) -> tuple[int, float]:
    """Return the statistic as the paper has it: pairs on either side of every point."""
    size = len(values)

    def u(t: int) -> int:
        return sum((a > b) - (a < b) for a in values[:t] for b in values[t:])

    at = max(range(1, size), key=lambda t: abs(u(t)))
    return at, min(1.0, 2 * math.exp(-6 * u(at) ** 2 / (size**3 + size**2)))


@given(st.lists(st.integers(0, 5), min_size=2, max_size=14))
def test_the_statistic_is_the_one_of_the_paper(values: list[int]) -> None:
    at, p_value = pettitt(np.array(values, dtype=np.float64))
    expected_at, expected = by_definition([float(value) for value in values])
    assert at == expected_at
    assert p_value == pytest.approx(expected)


def test_one_value_never_changes() -> None:
    assert pettitt(np.array([0.5])) == (0, 1.0)


def test_a_step_is_found_where_it_is_with_the_rates_beside_it() -> None:
    """Half read, then a tenth, of unequal inputs. K = 8 * 8 = 64, p = 2 exp(-6 * 64^2 / (16^3 + 16^2))."""
    whole = np.array([100, 200] * 8)
    part = np.concatenate([whole[:8] // 2, whole[8:] // 10])
    (change,) = levels(part, whole)
    assert change.at == 8
    assert change.before == 0.5
    assert change.after == 0.1
    assert change.p_value == pytest.approx(2 * math.exp(-6 * 4096 / 4352))
    assert change.p_value < SIGNIFICANT


def test_three_levels_are_two_changes_in_order_of_time() -> None:
    whole = np.full(60, 10)
    part = np.repeat([9, 1, 5], 20)
    first, second = levels(part, whole)
    assert (first.at, second.at) == (20, 40)
    assert (first.before, first.after, second.before, second.after) == (0.9, 0.1, 0.1, 0.5)


@pytest.mark.parametrize("size", [0, 1, 2, 15, 96])
def test_a_steady_rate_has_one_level(size: int) -> None:
    assert levels(np.full(size, 3), np.full(size, 4)) == []


def test_fifteen_steps_are_too_few_to_tell() -> None:
    assert levels(np.array([9] * 7 + [1] * 8), np.full(15, 10)) == []
