"""A percentile from a histogram lies within the stated error of the exact one."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cachelens.metrics.histogram import ERROR, STEPS, ZERO, Histogram, bucket_of, percentile

VALUES = st.floats(min_value=1e-6, max_value=1e7)


def test_the_error_is_what_the_documents_say() -> None:
    assert round(ERROR, 4) == 0.0108


@given(VALUES)
def test_a_value_lies_in_its_bucket(value: float) -> None:
    bucket = bucket_of(value)
    assert 2 ** (bucket / STEPS) <= value * (1 + 1e-12)
    assert value <= 2 ** ((bucket + 1) / STEPS) * (1 + 1e-12)


@pytest.mark.parametrize(
    ("value", "bucket"), [(1.0, -1), (2.0, 31), (0.5, -33), (1.0000001, 0), (0.0, ZERO), (-1, ZERO)]
)
def test_a_bucket_holds_its_upper_end(value: float, bucket: int) -> None:
    assert bucket_of(value) == bucket


@given(st.lists(VALUES, min_size=1), st.sampled_from([50, 95]))
def test_a_percentile_is_near_the_exact_one(values: list[float], percent: int) -> None:
    histogram = Histogram()
    for value in values:
        histogram.add(value)
    exact = sorted(values)[math.ceil(len(values) * percent / 100) - 1]
    assert percentile(histogram.counts, percent) == pytest.approx(exact, rel=ERROR + 1e-9)


@given(st.lists(VALUES), st.lists(VALUES))
def test_two_histograms_add_up_to_that_of_all_values(one: list[float], other: list[float]) -> None:
    parts, whole = [Histogram(), Histogram()], Histogram()
    for histogram, values in ((parts[0], one), (parts[1], other), (whole, one + other)):
        for value in values:
            histogram.add(value)
    parts[0].absorb(parts[1])
    assert (parts[0].count, parts[0].counts) == (whole.count, whole.counts)
