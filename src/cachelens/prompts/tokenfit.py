"""Fits a model's tokens to those of the reference tokenizer, on input counts that the log recorded.

What a provider counts is more than the text: every message costs a few tokens, and every request may hold a
prompt of the provider's own (for tools, say). A plain ratio would take these for text. So the recorded tokens of
a stretch of prompt are explained by its counted tokens, its messages, and whether it is a whole request.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

I64 = npt.NDArray[np.int64]
F64 = npt.NDArray[np.float64]
_ROUNDS = 30
_SPREAD = 1.5
"""Lengths must differ by so much (90th over 10th percentile) to tell tokens of text from tokens of every request."""
_LEAST = 20
_MOST = (12.0, 600.0)
"""Tokens that a provider may plausibly add to a message, and to a request. More than that is content that the log
does not show; then a plain ratio is the safer account."""


def fit(rows: I64) -> tuple[float, float | None]:
    """Return tokens of the model per reference token, and the median error of that account of the records.

    `rows` has shape (n, 4), as `kernels.anchors.increments` gives it. (1.0, `None`) where nothing can be compared.
    """
    rows = rows[(rows[:, 0] > 0) & (rows[:, 1] > 0)]
    if not len(rows):
        return 1.0, None
    recorded, counted = rows[:, 0].astype(np.float64), rows[:, 1].astype(np.float64)
    plain = _weighted_median(recorded / counted, counted)
    ratio, predicted = plain, counted * plain
    low, high = np.percentile(counted, [10, 90])
    if len(rows) >= _LEAST and high >= _SPREAD * low:
        parts = _least_deviations(rows[:, 1:].astype(np.float64), recorded)
        if parts[1] <= _MOST[0] and parts[2] <= _MOST[1]:
            ratio, predicted = float(parts[0]), rows[:, 1:] @ parts
    return ratio, round(float(np.median(np.abs(predicted - recorded) / recorded)), 6)


def _weighted_median(values: F64, weights: F64) -> float:
    order = np.argsort(values, kind="stable")
    total = np.cumsum(weights[order])
    return float(values[order[np.searchsorted(total, total[-1] / 2)]])


def _least_deviations(columns: F64, target: F64) -> F64:
    """Return coefficients, none negative, that make the sum of deviations small (reweighted least squares)."""
    used = [0, 1, 2]
    while True:
        weight = np.ones(len(target))
        for _ in range(_ROUNDS):
            root = np.sqrt(weight)
            found = np.linalg.lstsq(columns[:, used] * root[:, None], target * root, rcond=None)[0]
            weight = 1.0 / np.maximum(np.abs(columns[:, used] @ found - target), 1e-3)
        negative = [place for place, value in zip(used, found, strict=True) if place and value < 0]
        if not negative:
            result = np.zeros(3)
            result[used] = found
            return result
        used.remove(negative[0])
