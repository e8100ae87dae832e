"""Requests that were sent shorter or longer than the log shows them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cachelens.replay.as_sent import AsSent

counts = st.lists(st.tuples(st.integers(-1, 10**7), st.integers(1, 10**7)), min_size=1, max_size=20)


def numbers(*values: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array(values, dtype=np.int64)


def test_a_request_without_a_record_stays_as_it_is_counted() -> None:
    sent = AsSent(numbers(-1), numbers(5_000))
    assert sent.total(numbers(5_000)).tolist() == [5_000]
    assert sent.part(numbers(3_000)).tolist() == [3_000]


def test_what_was_left_out_is_missing_in_every_part_alike() -> None:
    """The text counts 5,000 tokens, 4,000 were sent: of 3,000 tokens read, 2,400 were."""
    sent = AsSent(numbers(4_000), numbers(5_000))
    assert sent.total(numbers(5_000)).tolist() == [4_000]
    assert sent.part(numbers(3_000)).tolist() == [2_400]


def test_a_prompt_mostly_unseen_reads_no_more_than_what_is_seen() -> None:
    sent = AsSent(numbers(90_000), numbers(1_000))
    assert sent.total(numbers(1_000)).tolist() == [90_000]
    assert sent.part(numbers(800)).tolist() == [800]


@given(counts, st.integers(0, 10**6), st.integers(0, 10**6))
def test_parts_never_exceed_the_whole(rows: list[tuple[int, int]], a: int, b: int) -> None:
    recorded, counted = (numbers(*column) for column in zip(*rows, strict=True))
    sent = AsSent(recorded, counted)
    read = np.minimum(a, counted)
    write = np.minimum(b, counted - read)
    total = sent.total(counted)
    assert (sent.part(read) + sent.part(write) <= np.where(recorded >= 0, np.maximum(total, 0), counted)).all() or (
        recorded > 4 * counted
    ).any()
    assert (total[recorded >= 0] == recorded[recorded >= 0]).all()


@pytest.mark.parametrize(("recorded", "counted"), [(4_000, 5_000), (7_000, 5_000), (5_000, 5_000), (-1, 5_000)])
def test_a_recorded_part_comes_back_whole(recorded: int, counted: int) -> None:
    sent = AsSent(numbers(recorded), numbers(counted))
    assert sent.part(sent.counted(numbers(1_234))).tolist() == [1_234]
