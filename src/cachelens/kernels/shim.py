"""One decorator for compiled loops: Numba's `njit` where it is installed, else the plain function.

Numba takes a third of a second to load, so it is loaded at the first call of a loop, or by `warm` at a moment
when the processor would wait.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from typing import Any, TypeVar, cast

F = TypeVar("F", bound=Callable[..., Any])


@functools.cache
def _compiler() -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return what compiles a loop; where there is no compiler, what returns it as it is."""
    if not os.environ.get("CACHELENS_NO_NUMBA"):
        try:
            from numba import njit
        except ImportError:
            pass
        else:
            return cast("Callable[[Callable[..., Any]], Callable[..., Any]]", njit(cache=True, nogil=True))
    return lambda function: function


class _Kernel:
    """A loop that is compiled when it is first called."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function
        self._compiled: Callable[..., Any] | None = None
        functools.update_wrapper(self, function)

    def __call__(self, *arguments: Any) -> Any:
        return self.compiled()(*arguments)

    def compiled(self) -> Callable[..., Any]:
        """Return the compiled loop. Compiled code sees its module's globals, so those that it calls go in there."""
        if self._compiled is None:
            self._compiled = _compiler()(self._function)
            names = self._function.__globals__
            for name, value in list(names.items()):
                if isinstance(value, _Kernel):
                    names[name] = value.compiled()
        return self._compiled


def kernel(function: F) -> F:
    """Compile a loop at its first call, if a compiler is at hand."""
    return cast("F", _Kernel(function))


@functools.cache
def handed(function: Callable[..., Any], signature: str) -> Callable[..., Any]:
    """Return a loop as one that another loop can be given as an argument.

    It is compiled for one signature, in Numba's notation; a loop that takes such arguments is compiled once for all.
    """
    if isinstance(function, _Kernel):
        function = function.compiled()
    plain = getattr(function, "py_func", None)
    if plain is None:
        return function
    from numba import cfunc

    return cast("Callable[..., Any]", cfunc(signature, cache=True)(plain))
