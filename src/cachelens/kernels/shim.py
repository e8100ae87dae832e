"""One decorator for compiled loops: Numba's `njit` where it is installed, else the plain function.

Numba takes a third of a second to load, so it is loaded at the first call of a loop, or by `warm` at a moment
when the processor would wait.
"""

from __future__ import annotations

import functools
import os
import zlib
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar, cast

F = TypeVar("F", bound=Callable[..., Any])
_COMPILED = ("kernels", "fleet")
"""Folders of the package that hold loops."""


@functools.cache
def _compiler() -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return what compiles a loop; where there is no compiler, what returns it as it is."""
    if not os.environ.get("CACHELENS_NO_NUMBA"):
        try:
            from numba import config, njit
        except ImportError:
            pass
        else:
            folder = _folder()
            settings = vars(config)
            if folder is not None and not settings.get("CACHE_DIR"):
                settings["CACHE_DIR"] = str(folder)
            return cast("Callable[[Callable[..., Any]], Callable[..., Any]]", njit(cache=True, nogil=True))
    return lambda function: function


def _folder() -> Path | None:
    """Return where compiled loops are kept, one folder for each state of all their sources; `None` leaves it to Numba.

    Numba compiles a loop anew when its own file changes, but not when a loop that it calls does.
    """
    package = Path(__file__).resolve().parent.parent
    home = package / "kernels" / "__pycache__"
    stamps = [
        f"{file.relative_to(package)} {state.st_mtime_ns} {state.st_size}"
        for part in _COMPILED
        for file in sorted((package / part).rglob("*.py"))
        for state in (file.stat(),)
    ]
    folder = home / f"loops-{zlib.crc32(chr(10).join(stamps).encode()):08x}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return folder if os.access(folder, os.W_OK) else None


def is_compiled(loop: str) -> bool:
    """Say whether a loop, named `file.function`, was compiled before; true too where nobody can know."""
    if os.environ.get("CACHELENS_NO_NUMBA") or os.environ.get("NUMBA_CACHE_DIR") or not find_spec("numba"):
        return True
    folder = _folder()
    return folder is None or any(folder.glob(f"*/{loop}-*.nbc"))


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
