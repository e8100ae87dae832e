"""Draws follow the distributions that they are named for."""

import statistics

import numpy as np
import pytest

from cachelens.fleet.workloads.draws import F64, Draws, Stream
from cachelens.fleet.workloads.spec import Exponential, Lognormal, Normal, Quantiles, Spread, Uniform, Weights

COUNT = 40_000


def drawn(what: Spread) -> F64:
    return Draws(5, Stream.QUESTION).numbers(what, COUNT)


@pytest.mark.parametrize(
    ("what", "mean", "deviation"),
    [
        (Uniform(least=100, most=300), 200, 200 / 12**0.5),
        (Normal(mean=500, deviation=50), 500, 50),
        (Lognormal(mean=500, deviation=400), 500, 400),
        (Exponential(mean=80), 80, 80),
        (Weights(values=(1, 5), weights=(3, 1)), 2, 3**0.5),
        (Quantiles(values=(0, 10, 100)), 30, None),
    ],
    ids=lambda what: type(what).__name__,
)
def test_mean_and_deviation_are_the_stated_ones(what: Spread, mean: float, deviation: float | None) -> None:
    found = drawn(what)
    assert found.mean() == pytest.approx(mean, rel=0.02)
    if deviation:
        assert found.std() == pytest.approx(deviation, rel=0.06)


def test_the_bell_curve_agrees_with_the_standard_library() -> None:
    found = np.sort(drawn(Normal(mean=1000, deviation=1)))
    draws = Draws(5, Stream.QUESTION)
    shares = np.sort((draws.order(COUNT) + draws.uniform(COUNT)) / COUNT)
    exact = [1000 + statistics.NormalDist().inv_cdf(float(share)) for share in shares[::97]]
    assert found[::97] == pytest.approx(exact, abs=1e-6)


def test_a_few_draws_have_the_stated_mean() -> None:
    found = Draws(5, Stream.TURNS).whole(Weights(values=(1, 2, 4), weights=(5, 3, 2)), 20)
    assert sorted(found.tolist()) == [1] * 10 + [2] * 6 + [4] * 4


def test_least_and_most_hold() -> None:
    found = drawn(Normal(mean=10, deviation=30, least=5, most=20))
    assert found.min() == 5
    assert found.max() == 20


def test_streams_do_not_disturb_each_other() -> None:
    one, other = Draws(5, Stream.QUESTION), Draws(5, Stream.ANSWER)
    assert one.uniform(3).tolist() != other.uniform(3).tolist()
    assert sorted(Draws(5, Stream.GROUP).order(100).tolist()) == list(range(100))
