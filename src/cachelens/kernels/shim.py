"""One decorator for compiled loops: Numba's `njit` where it is installed, else the plain function."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, TypeVar, cast

F = TypeVar("F", bound=Callable[..., Any])


def _load() -> Callable[[F], F] | None:
    if os.environ.get("CACHELENS_NO_NUMBA"):
        return None
    try:
        from numba import njit
    except ImportError:
        return None
    compile_loop: Any = njit(cache=True, nogil=True)
    return cast("Callable[[F], F]", compile_loop)


_NJIT = _load()
COMPILED = _NJIT is not None
"""False where loops run as plain Python: right, but slow."""


def kernel(function: F) -> F:
    """Compile a loop, if a compiler is at hand."""
    return function if _NJIT is None else _NJIT(function)
