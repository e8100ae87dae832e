"""One decorator for compiled loops: Numba's `njit` where it is installed, else the plain function.

Numba takes half a second to load, and seconds to compile a loop that nobody has called before. So loops run as they
stand until they have been given `PLAIN` array elements; all calls from then on are compiled.
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
PLAIN = 2_000_000
"""Array elements that loops take before the compiler is loaded: at 0.2 µs each about what loading it costs."""
ALWAYS = "CACHELENS_ALWAYS_NUMBA"
"""Set to anything to compile every loop at its first call, however little it has to do."""


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


class _Plain:
    """Says how long loops run as they stand."""

    def __init__(self, elements: int) -> None:
        self.left = elements
        """Array elements that they may still take; 0 from the first call on that would take more."""
        self.running = False

    def takes(self, arguments: tuple[Any, ...]) -> bool:
        """Say whether a call is still run as it stands, and count what it takes."""
        if self.left:
            elements = sum(getattr(argument, "size", 1) for argument in arguments)
            self.left = max(0, self.left - elements)
        return self.left > 0

    def run(self, function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        """Run a loop as it stands, with the loops that it calls."""
        self.running = True
        try:
            return function(*arguments)
        finally:
            self.running = False


_plain = _Plain(0 if os.environ.get(ALWAYS) else PLAIN)


class _Kernel:
    """A loop that is compiled when there is enough for it to do."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function
        self._compiled: Callable[..., Any] | None = None
        functools.update_wrapper(self, function)

    def __call__(self, *arguments: Any) -> Any:
        if _plain.running:
            return self._function(*arguments)
        if _plain.takes(arguments):
            return _plain.run(self._function, arguments)
        return self.compiled()(*arguments)

    def compiled(self) -> Callable[..., Any]:
        """Return the compiled loop. Compiled code sees its module's globals, so those that it calls go in there."""
        if self._compiled is None:
            compile_now()
            self._compiled = _compiler()(self._function)
            names = self._function.__globals__
            for name, value in list(names.items()):
                if isinstance(value, _Kernel):
                    names[name] = value.compiled()
        return self._compiled


def compile_now() -> None:
    """Compile from the next call on: there is much to do."""
    _plain.left = 0


def kernel(function: F) -> F:
    """Compile a loop when it is worth it, if a compiler is at hand."""
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
