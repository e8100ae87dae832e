"""What following one file needs to remember: names in scope, files read, effort spent, prompts found."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from cachelens.model.location import Location
from cachelens.model.template import MessageTemplate, Origin, TemplateProblem
from cachelens.templates.code import tree
from cachelens.templates.code.gate import has_evidence
from cachelens.templates.code.source import Range, Source
from cachelens.templates.code.values import Deferred, Imported, Opaque, Reads, Value, joined, reads, variable

MOST_STEPS = 150_000
"""Expressions and statements that are followed for one file."""
ENOUGH_STEPS = 30_000
"""From here on, functions are no longer entered where they are called."""
ENOUGH_ROOT_STEPS = 3_000
"""The same for what is followed from one function."""
MOST_CALLS = 6
"""Functions of the source that are entered one from another."""


class Frame:
    """The names of one function, class or file, and what it has returned so far."""

    def __init__(self, source: Source, outer: Frame | None = None, owner: str = "") -> None:
        self.source = source
        self.outer = outer
        self.owner = owner
        """What prompts found in it are called."""
        self.variables: dict[str, Value] = {}
        self.results: list[Value] = []
        self.head: tree.Node | None = None
        """The last condition that a path ended under."""

    def find(self, name: str) -> Value | None:
        """Return what a name stands for, from the inside out."""
        frame: Frame | None = self
        while frame is not None:
            found = frame.variables.get(name)
            if isinstance(found, Deferred):
                frame.variables[name] = Imported(found.at, found.name)
                found = frame.variables[name] = found.resolve()
            if found is not None:
                return found
            frame = frame.outer
        return None


def label(outer: Frame, name: str) -> str:
    """Return what prompts found in a function or class are called."""
    return f"{outer.owner}.{name}" if outer.owner and name else name or outer.owner


class Emission(msgspec.Struct, frozen=True):
    """A prompt that was found.

    `rank` says how sure it is: 3 is sent by a call, 2 is a prompt object with its values, 1 is one without them,
    0 has a telling name.
    """

    rank: int
    name: str
    call: tuple[str, Range]
    """File and place of what made it."""
    location: Location
    messages: tuple[MessageTemplate, ...]
    model: str
    root: int
    """Identity of the function from which it was reached."""
    whole: bool = False
    """True for a call of which every argument could be read."""


class Dialect(msgspec.Struct, frozen=True):
    """What differs between languages."""

    id: str
    call: Callable[..., Value]
    """Evaluates a call."""
    machine_reads: frozenset[str]
    """Dotted names that read the machine or the clock without being called."""
    joins_list: bool = False
    """True where `join` is a method of the list."""


class Exhausted(Exception):  # noqa: N818 - a signal between two functions, not an error
    """Too many steps were followed."""


class Machine:
    """State of following one file. Evaluation itself is in `follow`, `calls` and `steps`."""

    def __init__(
        self,
        dialect: Dialect,
        evaluators: Mapping[type[tree.Node], Callable[[Machine, Any, Frame], Value]],
        steppers: Mapping[type[tree.Statement], Callable[[Machine, Any, Frame], bool]],
        load: Callable[[Machine, Source, tree.Import], Value | None],
    ) -> None:
        self.dialect = dialect
        self.load = load
        self._evaluators = evaluators
        self._steppers = steppers
        self.sources: dict[str, Source] = {}
        self.emissions: list[Emission] = []
        self.problems: list[TemplateProblem] = []
        self.modules: dict[str, Frame] = {}
        self.entered: list[int] = []
        """Identities of the functions that are being followed, outermost first."""
        self.followed: set[int] = set()
        """Functions that were entered from another one."""
        self.waiting: list[tuple[tree.Function, Frame, Value | None]] = []
        """Functions that were defined and have yet to be followed on their own."""
        self.instances: dict[int, Value] = {}
        """Objects of classes made without arguments, by the identity of the class."""
        self.for_effect: tree.Node | None = None
        """The call whose result nobody asks for."""
        self.root = 0
        """Identity of the function that is followed on its own; 0 for the file itself."""
        self._steps = 0
        self._before_root = 0
        self._matters: dict[int, bool] = {}

    def matters(self, function: tree.Function, source: Source) -> bool:
        """Tell whether a function may send a prompt, so that calling it for its effect is of interest."""
        known = self._matters.get(id(function))
        if known is None:
            known = self._matters[id(function)] = has_evidence(source.text, function.at)
        return known

    def begin(self, root: int) -> None:
        """Start to follow a function on its own."""
        self.root = root
        self._before_root = self._steps
        self.entered.clear()

    def has_time(self) -> bool:
        """Tell whether functions of the source may still be entered: effort is bounded for a root and for the file."""
        return self._steps < ENOUGH_STEPS and self._steps - self._before_root < ENOUGH_ROOT_STEPS

    def spend(self) -> None:
        """Count a step; raises `Exhausted` when there were too many."""
        self._steps += 1
        if self._steps > MOST_STEPS:
            raise Exhausted

    def value(self, node: tree.Node, frame: Frame) -> Value:
        """Follow an expression."""
        self.spend()
        return self._evaluators[type(node)](self, node, frame)

    def run(self, body: tuple[tree.Statement, ...], frame: Frame) -> bool:
        """Follow statements; false when none of the paths reaches the end."""
        for statement in body:
            self.spend()
            if not self._steppers[type(statement)](self, statement, frame):
                return False
        return True

    def opaque(self, node: tree.Node, frame: Frame, found: Reads) -> Opaque:
        """Keep an expression as one variable."""
        return variable(frame.source.cut(node.at), frame.source.location(node.at), found)

    def source(self, node: tree.Node, frame: Frame, own: Reads, inner: Reads) -> Opaque:
        """Keep an expression as one variable that is an end of the chain itself, beside what it is made from."""
        if inner.origins:
            at = frame.source.location(node.at)
            itself = Origin(expression=frame.source.cut(node.at), location=at, calls=own.calls)
            own = own._replace(origins=(itself, *own.origins))
        return self.opaque(node, frame, joined([own, inner]))

    def written(self, value: Value) -> Opaque:
        """Keep a value as the source that it was made by."""
        source = self.sources.get(value.at.path)
        text = source.cut(source.range(value.at)) if source is not None else ""
        return variable(text, value.at, reads(value))

    def problem(self, location: Location, code: str, message: str) -> None:
        """Note something that could not be followed, once for each place and code."""
        if all((known.location, known.code) != (location, code) for known in self.problems):
            self.problems.append(TemplateProblem(location=location, code=code, message=message))
