"""Modules beside a Python file: found by its imports, read, and followed; never imported."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from cachelens.templates.base import MOST_BYTES, TemplateFile
from cachelens.templates.code import tree
from cachelens.templates.code.machine import Frame, Machine
from cachelens.templates.code.source import Source
from cachelens.templates.code.values import Instance, Value

_MOST_FOLDERS = 4
"""Folders upwards from a file in which a module may be named from."""
_MOST_NESTED = 3
"""Imports that are followed one from another."""
_MOST_MODULES = 16
"""Modules that are read for one file."""
_KEPT = 64
"""Lowered modules that are kept for the next file: those beside each other import the same ones."""
_lowered: dict[tuple[str, int, int], tree.Module] = {}


Lower = Callable[[Source], tree.Module]
Candidates = Callable[[Path, Sequence[Path], tree.Import], Iterator[tuple[Path, bool]]]
"""Paths that an import may mean, seen from a file and the folders around it; true where a path is the symbol itself."""

_SCRIPTS = (".ts", ".tsx", ".js", ".jsx", ".mts", ".mjs")


def python_candidates(here: Path, around: Sequence[Path], step: tree.Import) -> Iterator[tuple[Path, bool]]:
    """Yield the files that a Python import may mean."""
    parts = [part for part in step.module.split(".") if part]
    folders = [here.parents[step.level - 1]] if 0 < step.level <= len(here.parents) else around
    for folder in folders:
        base = folder.joinpath(*parts)
        if step.symbol:
            yield base / f"{step.symbol}.py", True
        if parts:
            yield base.with_name(f"{base.name}.py"), False
        yield base / "__init__.py", False


def script_candidates(here: Path, _around: Sequence[Path], step: tree.Import) -> Iterator[tuple[Path, bool]]:
    """Yield the files that a relative import of TypeScript or JavaScript may mean."""
    if step.module.startswith("."):
        base = here.parent / step.module
        stem = base.with_suffix("") if base.suffix in _SCRIPTS else base
        yield from ((stem.with_name(stem.name + suffix), False) for suffix in _SCRIPTS)
        yield from ((base / f"index{suffix}", False) for suffix in _SCRIPTS)


class Modules:
    """Finds and follows the modules that one file imports, inside its roots."""

    def __init__(self, file: TemplateFile, lower: Lower, candidates: Candidates) -> None:
        self._lower = lower
        self._candidates = candidates
        self._roots = [root.resolve() for root in file.roots]
        self._name = file.name
        self._start = file.path.resolve() if self._roots else file.path
        self._paths = {file.name: self._start}
        self._depths = {file.name: 0}
        self._met: dict[str, Frame | None] = {}

    def load(self, machine: Machine, source: Source, step: tree.Import) -> Value | None:
        """Return what an import brings in; `None` where it leads out of the roots or to nothing."""
        here = self._paths.get(source.name)
        depth = self._depths.get(source.name, _MOST_NESTED) + 1
        if here is None or not self._roots or depth > _MOST_NESTED:
            return None
        inside = [folder for folder in here.parents if any(folder.is_relative_to(root) for root in self._roots)]
        around = list(dict.fromkeys([*inside[:_MOST_FOLDERS], *self._roots]))
        for path, is_symbol in self._candidates(here, around, step):
            frame = self._frame(machine, path, depth)
            if frame is not None and (is_symbol or not step.symbol):
                return Instance(source.location(step.at), None, frame.variables)
            if frame is not None and (found := frame.find(step.symbol)) is not None:
                return found
        return None

    def _frame(self, machine: Machine, path: Path, depth: int) -> Frame | None:
        """Return the names of a module, following it when it is met for the first time."""
        spelled = f"{path}"
        if spelled not in self._met:
            # It may be asked for again while it is being followed.
            self._met[spelled] = None
            self._met[spelled] = self._follow(machine, path, depth)
        return self._met[spelled]

    def _follow(self, machine: Machine, path: Path, depth: int) -> Frame | None:
        name = self._display(path)
        if name in machine.modules:
            return machine.modules[name]
        source = self._read(path, name) if len(machine.modules) < _MOST_MODULES else None
        if source is None:
            return None
        frame = Frame(source)
        machine.modules[name] = frame
        machine.sources[name] = source
        module = self._module(path, source)
        if module is None:
            return frame
        self._paths[name] = path
        self._depths[name] = depth
        waiting = len(machine.waiting)
        try:
            machine.run(module.body, frame)
        finally:
            # Its functions are followed where they are called; on their own they belong to its own audit.
            del machine.waiting[waiting:]
        return frame

    def _module(self, path: Path, source: Source) -> tree.Module | None:
        """Lower a module, or take it from those that were lowered before."""
        key = (f"{path}", hash(source.text), len(source.text))
        known = _lowered.get(key)
        if known is not None:
            return known
        try:
            known = self._lower(source)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None
        while len(_lowered) >= _KEPT:
            del _lowered[next(iter(_lowered))]
        _lowered[key] = known
        return known

    def _display(self, path: Path) -> str:
        """Return a path as the user would write it, beside the file's own name."""
        away = os.path.relpath(path, self._start.parent).replace(os.sep, "/")
        return posixpath.normpath(posixpath.join(posixpath.dirname(self._name), away))

    def _read(self, path: Path, name: str) -> Source | None:
        try:
            real = path.resolve()
            if real == self._start or not any(real.is_relative_to(root) for root in self._roots):
                return None
            if not real.is_file() or real.stat().st_size > MOST_BYTES:
                return None
            return Source(name, real.read_text(encoding="utf-8"))
        except (OSError, ValueError, RuntimeError):
            return None
