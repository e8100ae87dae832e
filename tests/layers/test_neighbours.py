"""The vector index against comparing everything with everything."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cachelens.layers import neighbours as index
from cachelens.layers.embedders.hashing import SIZE, Hashing
from cachelens.layers.neighbours import NEARLY_ONE, neighbours, quantised

VECTORS = arrays(np.float32, st.tuples(st.integers(1, 12), st.just(4)), elements=st.floats(-1, 1, width=32))


def by_hand(vectors: np.ndarray, floor: float) -> list[list[tuple[int, float]]]:
    whole = quantised(vectors).astype(np.int64)
    found = []
    for one, mine in enumerate(whole):
        near = [(one, 1.0)]
        for other, theirs in enumerate(whole):
            scale = (int(mine @ mine) ** 0.5) * (int(theirs @ theirs) ** 0.5)
            cosine = min(int(mine @ theirs) / scale, NEARLY_ONE) if scale else 0.0
            if other != one and cosine >= min(floor, NEARLY_ONE):
                near.append((other, cosine))
        found.append([near[0], *sorted(near[1:], key=lambda row: (-row[1], row[0]))])
    return found


@given(VECTORS, st.sampled_from([0.3, 0.8, 0.95]), st.sampled_from([1, 3, 512]))
def test_it_finds_what_comparing_all_finds(vectors: np.ndarray, floor: float, rows: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(index, "_ROWS", rows)
        found = neighbours(vectors, floor)
    expected = by_hand(vectors, floor)
    for one, near in enumerate(expected):
        start, end = found.start[one : one + 2]
        got = dict(zip(found.other[start:end], found.similarity[start:end], strict=True))
        assert got == pytest.approx(dict(near))
        assert found.other[start] == one


def test_only_the_nearest_are_kept() -> None:
    angles = np.linspace(0, 0.5, index.MOST + 50)
    vectors = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    found = neighbours(vectors, 0.5)
    assert max(np.diff(found.start)) == index.MOST
    assert found.similarity[0] == 1.0


def test_the_default_embedder_gives_equal_rows_for_equal_texts_and_none_for_no_words() -> None:
    rows = Hashing().embed(["Open today?", "open TODAY", "?!", "Öffnen 何時"])
    assert rows.shape == (4, SIZE)
    assert (rows[0] == rows[1]).all()
    assert not rows[2].any()
    assert rows[3].any()
    assert Hashing().embed([]).shape == (0, SIZE)


def test_it_scores_one_word_that_matters_almost_as_high_as_none() -> None:
    """What its limits say."""
    found = neighbours(
        Hashing().embed(["Is it safe to charge both packs at home?", "Is it unsafe to charge both packs at home?"]), 0.5
    )
    assert 0.7 < found.similarity[1] < 0.95
