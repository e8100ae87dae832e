"""The interface of an embedder."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

F32 = npt.NDArray[np.float32]


class Embedder(Protocol):
    """Turns texts into vectors. Equal texts give equal vectors, on every machine, offline."""

    id: str
    about: str
    """What it is, in a few words."""
    limits: str
    """What it can and cannot tell, for a reader of the report."""
    close: float
    """Answers from this cosine on mean the same where no number or name differs."""
    far: float
    """Answers below this cosine mean something else."""

    def embed(self, texts: Sequence[str]) -> F32:
        """Return one row a text; a row of zeros for a text that it has no word of."""
        ...
