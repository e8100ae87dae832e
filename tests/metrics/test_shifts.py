"""A change of level is found where it is, noise is not one, and a trend is told from chance."""

import numpy as np
import pytest

from cachelens.metrics.shifts import FEWEST, Cell, cells_of, shifts_of, trend_of

HOUR = 3_600_000_000


def cells(rates: list[float]) -> list[Cell]:
    return [Cell(hour * HOUR, FEWEST, 1_000_000, round(rate * 1_000_000)) for hour, rate in enumerate(rates)]


def noisy(rates: list[float], seed: int, noise: float = 0.03) -> list[Cell]:
    drawn = np.random.default_rng(seed).normal(rates, noise)
    return cells(np.clip(drawn, 0, 1).tolist())


@pytest.mark.parametrize("after", [4, 12, 100, 150])
def test_a_deploy_that_breaks_the_cache_is_found_within_an_hour(after: int) -> None:
    found = shifts_of(noisy([0.8] * (160 - after) + [0.4] * after, seed=after))
    assert found is not None
    assert [abs(shift.at_us // HOUR - (160 - after)) <= 1 for shift in found] == [True]
    assert found[0].before == pytest.approx(0.8, abs=0.02)
    assert found[0].after == pytest.approx(0.4, abs=0.03)


def test_a_fault_that_was_mended_is_two_shifts() -> None:
    found = shifts_of(noisy([0.8] * 60 + [0.5] * 20 + [0.8] * 60, seed=1))
    assert [shift.at_us // HOUR for shift in found or ()] == [60, 80]


def test_noise_is_hardly_ever_a_shift() -> None:
    """Of 200 logs without a change at most one in fifty may show one."""
    assert sum(bool(shifts_of(noisy([0.6] * 120, seed, noise=0.1))) for seed in range(200)) <= 4


def test_a_step_of_less_than_five_points_is_no_shift() -> None:
    assert shifts_of(cells([0.60] * 50 + [0.64] * 50)) == ()
    assert len(shifts_of(cells([0.60] * 50 + [0.66] * 50)) or ()) == 1


def test_too_little_is_no_answer() -> None:
    assert shifts_of(cells([0.9] * 4 + [0.1] * 3)) is None
    assert trend_of(cells([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7])) is None


def test_a_trend_has_the_slope_it_was_made_with() -> None:
    trend = trend_of(noisy([0.2 + 0.004 * hour for hour in range(100)], seed=3, noise=0.02))
    assert trend is not None
    assert trend.significant
    assert trend.per_day == pytest.approx(0.004 * 24, rel=0.05)


def test_mann_kendall_by_hand() -> None:
    """Eight rising values: S = 28, variance = 8 x 7 x 21 / 18 = 65.33, z = 27 / 8.083 = 3.340, p = 0.00084."""
    trend = trend_of(cells([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8]))
    assert trend is not None
    assert trend.p_value == pytest.approx(0.00084, abs=5e-6)


def test_a_level_rate_has_no_trend() -> None:
    trend = trend_of(cells([0.5] * 20))
    assert trend is not None
    assert (trend.per_day, trend.p_value, trend.significant) == (0, 1, False)


def test_thin_spans_are_joined_and_the_rest_goes_to_the_last() -> None:
    spans = [Cell(hour * HOUR, 4, 100, 10 * hour) for hour in range(7)]
    assert cells_of(spans) == [Cell(0, 12, 300, 30), Cell(3 * HOUR, 16, 400, 180)]
