"""Even samples."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def spread(size: int, most: int) -> Sequence[int]:
    """Return at most so many numbers below `size`, evenly spread, the first and the last among them."""
    return np.linspace(0, size - 1, min(size, most)).astype(np.int64).tolist() if size else []
