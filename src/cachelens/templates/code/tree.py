"""The small tree that source code is lowered to before it is followed; each language has one file that builds it."""

from __future__ import annotations

import msgspec

from cachelens.templates.code.source import Range


class Node(msgspec.Struct, frozen=True, gc=False):
    """An expression; `at` is where it stands."""

    at: Range


class Literal(Node, frozen=True):
    """A string; `at` leaves out the quotes."""

    value: str


class Constant(Node, frozen=True):
    """A number, truth value or nothing, as it would be printed."""

    text: str


class Join(Node, frozen=True):
    """Parts put one after the other; `text` where the whole is a string whatever the parts are."""

    parts: tuple[Node, ...]
    text: bool


class Formatted(Node, frozen=True):
    """A value with conversions applied, inside a string."""

    value: Node
    filters: tuple[str, ...]


class Name(Node, frozen=True):
    """A variable."""

    id: str


class Member(Node, frozen=True):
    """An attribute, or an item under a constant key."""

    base: Node
    name: str


class Index(Node, frozen=True):
    """An item under a computed key or a number, or a slice: `label` is the slice's source."""

    base: Node
    index: Node | None
    label: str = ""


class Call(Node, frozen=True):
    """A call; a name of `None` among the named arguments spreads a table."""

    function: Node
    positional: tuple[Node, ...]
    named: tuple[tuple[str | None, Node], ...] = ()
    new: bool = False


class Listing(Node, frozen=True):
    """A list, tuple or set written out."""

    items: tuple[Node, ...]
    kind: str


class Table(Node, frozen=True):
    """A dictionary or object; a key of `None` spreads another one."""

    pairs: tuple[tuple[Node | None, Node], ...]


class Spread(Node, frozen=True):
    """The items of another sequence, put in."""

    value: Node


class Either(Node, frozen=True):
    """One of several values."""

    test: Node
    branches: tuple[Node, ...]


class Each(Node, frozen=True):
    """A comprehension: an element for each item; `kind` is `list`, `set` or `dict`."""

    targets: tuple[Node, ...]
    iterables: tuple[Node, ...]
    element: Node
    kind: str
    head: Range


class Percent(Node, frozen=True):
    """A string with `%` and what goes into it."""

    left: Node
    right: Node


class Pipe(Node, frozen=True):
    """Steps chained with `|`."""

    parts: tuple[Node, ...]


class Bind(Node, frozen=True):
    """An assignment inside an expression."""

    target: Node
    value: Node


class Other(Node, frozen=True):
    """Anything else: only what it reads is of interest."""

    children: tuple[Node, ...] = ()


class Parameter(msgspec.Struct, frozen=True, gc=False):
    """A parameter of a function; `keys` where it takes an object apart."""

    name: str
    at: Range
    default: Node | None = None
    kind: str = "plain"
    """`plain`, `rest` or `named-rest`."""
    keys: tuple[Parameter, ...] = ()


class Function(Node, frozen=True):
    """A function, method or lambda. Compared by identity."""

    name: str
    parameters: tuple[Parameter, ...]
    body: tuple[Statement, ...]
    summary: str = ""
    """First words of its documentation."""
    generator: bool = False
    plain: bool = True
    """False for a static method: it takes no instance."""


class Statement(msgspec.Struct, frozen=True, gc=False):
    """A step."""

    at: Range


class Assign(Statement, frozen=True):
    """A value put under one or more names."""

    targets: tuple[Node, ...]
    value: Node


class Augment(Statement, frozen=True):
    """A value put behind what is there."""

    target: Node
    value: Node


class Do(Statement, frozen=True):
    """An expression for its effect."""

    value: Node


class Branch(Statement, frozen=True):
    """One of several bodies; an empty one is listed too."""

    test: Node
    bodies: tuple[tuple[Statement, ...], ...]


class Loop(Statement, frozen=True):
    """A body that is repeated; `at` covers the head only."""

    target: Node | None
    iterable: Node
    body: tuple[Statement, ...]


class Return(Statement, frozen=True):
    """The end of a function, with its result."""

    value: Node | None


class Stop(Statement, frozen=True):
    """The end of a path without a result."""


class Define(Statement, frozen=True):
    """A named function."""

    function: Function


class Class(Statement, frozen=True):
    """A class with its fields and methods."""

    name: str
    bases: tuple[Node, ...]
    body: tuple[Statement, ...]
    fields: bool = False
    """True where the class makes its constructor from its fields."""


class Import(Statement, frozen=True):
    """A name that comes from a module; an empty `symbol` stands for the module itself."""

    name: str
    module: str
    symbol: str = ""
    level: int = 0


class Module(msgspec.Struct, frozen=True):
    """A lowered file. `deep` says where nesting was given up."""

    body: tuple[Statement, ...]
    deep: Range | None = None
