"""A message template as steps that a text is matched against: fixed text, holes for values, and ways to go on.

Spans are first brought into a plain form: neighbours of one kind are joined, what an include holds stands in its place,
and a block without fixed text of its own, which any text would fit, is one hole.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from cachelens.model.template import Span, SpanKind

MOST_STEPS = 4_000
"""A template with more pieces is no longer matched."""


class Fixed(NamedTuple):
    """Text that is sent as it stands."""

    text: str


class Hole(NamedTuple):
    """A value, or several that nothing fixed stands between."""

    spans: tuple[Span, ...]


class Choice(NamedTuple):
    """One of some branches, or nothing."""

    span: Span
    branches: tuple[Form, ...]


class Repeat(NamedTuple):
    """A body any number of times; `otherwise` is sent when there is nothing to repeat."""

    span: Span
    body: Form
    otherwise: Form


class Space(NamedTuple):
    """White space that may differ."""


Piece = Fixed | Hole | Choice | Repeat | Space
Form = tuple[Piece, ...]
"""A template in plain form."""


def plain_form(spans: Sequence[Span]) -> Form:
    """Bring spans into plain form."""
    pieces: list[Piece] = []
    for span in spans:
        for piece in _pieces(span):
            last = pieces[-1] if pieces else None
            if isinstance(piece, Fixed) and isinstance(last, Fixed):
                pieces[-1] = Fixed(last.text + piece.text)
            elif isinstance(piece, Hole) and isinstance(last, Hole):
                pieces[-1] = Hole(last.spans + piece.spans)
            else:
                pieces.append(piece)
    return tuple(pieces)


def _pieces(span: Span) -> Form:
    match span.kind:
        case SpanKind.LITERAL:
            return (Fixed(span.text),) if span.text else ()
        case SpanKind.VARIABLE:
            return (Hole((span,)),)
        case SpanKind.INCLUDE:
            return plain_form(span.branches[0]) if span.branches else (Hole((span,)),)
        case SpanKind.CONDITION:
            branches = tuple(map(plain_form, span.branches))
            return (Choice(span, branches),) if any(map(_has_text, branches)) else (Hole((span,)),)
        case SpanKind.LOOP:
            body = plain_form(span.branches[0]) if span.branches else ()
            otherwise = plain_form(span.branches[1]) if len(span.branches) > 1 else ()
            return (Repeat(span, body, otherwise),) if _must_have_text(body) else (Hole((span,)),)


def _has_text(form: Form) -> bool:
    return any(isinstance(piece, Fixed) for piece in form) or any(map(_has_text, _inner(form)))


def _must_have_text(form: Form) -> bool:
    """Say whether every text of a form holds something fixed: a loop over it gets on with each round."""
    return any(isinstance(piece, Fixed) for piece in form)


def _inner(form: Form) -> list[Form]:
    found: list[Form] = []
    for piece in form:
        if isinstance(piece, Choice):
            found += piece.branches
        elif isinstance(piece, Repeat):
            found += [piece.body, piece.otherwise]
    return found


def loosened(form: Form) -> Form:
    """Let white space differ at both ends and around blocks, where settings of the template language decide on it."""
    return _loosened(form, edges=True)


def _loosened(form: Form, *, edges: bool) -> Form:
    result: list[Piece] = []
    for place, piece in enumerate(form):
        if not isinstance(piece, Fixed):
            result.append(_loose_block(piece))
            continue
        left = _gives_way(form[place - 1]) if place else edges
        right = _gives_way(form[place + 1]) if place + 1 < len(form) else edges
        text = piece.text.lstrip() if left else piece.text
        text = text.rstrip() if right else text
        result += [*([Space()] if left else []), *([Fixed(text)] if text else []), *([Space()] if right else [])]
    return tuple(result)


def _gives_way(piece: Piece) -> bool:
    return isinstance(piece, Choice | Repeat)


def _loose_block(piece: Piece) -> Piece:
    match piece:
        case Choice(span, branches):
            return Choice(span, tuple(_loosened(branch, edges=True) for branch in branches))
        case Repeat(span, body, otherwise):
            loose = _loosened(body, edges=True)
            return Repeat(span, loose, _loosened(otherwise, edges=True)) if _must_have_text(loose) else Hole((span,))
        case _:
            return piece


def fixed_texts(form: Form) -> list[str]:
    """Return the fixed texts that stand in everything a form makes."""
    return [piece.text for piece in form if isinstance(piece, Fixed)]


class Step(NamedTuple):
    """One step of a program; a step without a way on is the end."""

    text: str = ""
    """Fixed text to be found."""
    hole: int = -1
    """Number of the hole that begins here."""
    space: bool = False
    """Whether white space is passed over."""
    ways: tuple[int, ...] = ()
    """Steps to go on with: one, or several to choose from."""


class Program(NamedTuple):
    """The steps of a form."""

    steps: tuple[Step, ...]
    start: int
    holes: tuple[Hole, ...]


class _Builder:
    def __init__(self) -> None:
        self.steps: list[Step] = [Step()]
        self.holes: list[Hole] = []

    def add(self, step: Step) -> int:
        self.steps.append(step)
        return len(self.steps) - 1

    def form(self, form: Form, after: int) -> int:
        """Add the steps of a form in front of a step; return the first."""
        for piece in reversed(form):
            after = self.piece(piece, after)
        return after

    def piece(self, piece: Piece, after: int) -> int:
        match piece:
            case Fixed(text):
                return self.add(Step(text=text, ways=(after,)))
            case Hole():
                self.holes.append(piece)
                return self.add(Step(hole=len(self.holes) - 1, ways=(after,)))
            case Choice(_, branches):
                return self.add(Step(ways=(*(self.form(branch, after) for branch in branches), after)))
            case Repeat(_, body, otherwise):
                again = self.add(Step())
                first = self.form(body, again)
                self.steps[again] = Step(ways=(first, after))
                return self.add(Step(ways=(first, self.form(otherwise, after)))) if otherwise else again
            case Space():
                return self.add(Step(space=True, ways=(after,)))


def program_of(form: Form) -> Program | None:
    """Return the steps of a form; `None` for one that is too large. Step 0 is the end."""
    builder = _Builder()
    start = builder.form(form, 0)
    if len(builder.steps) > MOST_STEPS:
        return None
    return Program(tuple(builder.steps), start, tuple(builder.holes))
