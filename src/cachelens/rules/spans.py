"""The spans of a template in the order in which they are sent, each with what stands before and behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from cachelens.model.finding import Confidence
from cachelens.model.prompt import Role
from cachelens.model.template import MessageTemplate, PromptTemplate, Span, SpanKind
from cachelens.rules.telling import Told, told

if TYPE_CHECKING:
    from cachelens.providers.book import PriceBook
    from cachelens.providers.facts import ModelFacts
    from cachelens.providers.profile import CacheProfile

CHARACTERS = 4
"""Characters to a token, near enough to weigh a template by."""


class Placed(NamedTuple):
    """A variable, loop, condition or include at its place."""

    span: Span
    message: MessageTemplate
    told: Told | None
    """What it is, as far as it can be told; `None` too for what is a part of a loop over the same."""
    tokens_before: int
    """Tokens of fixed text in front of it, about."""
    fixed_behind: int
    """Tokens of fixed text behind it in the same request, about: what it strands if it changes."""
    in_tail: bool
    """True in the last message of the user, which is new in every request anyway."""
    history_behind: bool
    """True where the messages so far stand behind it, and it is not itself a message that stays as it was sent."""
    again: int
    """How many times the same value stands behind it once more; -1 for such a place itself."""


class Laid(NamedTuple):
    """A template, laid out for the rules."""

    template: PromptTemplate
    places: tuple[Placed, ...]
    fixed_tokens: int
    """Tokens of all its fixed text, about."""
    book: Callable[[], PriceBook] | None = None
    """Gives the facts of models when they are asked for."""

    def model(self) -> ModelFacts | None:
        """Return the facts of the model that the template names; `None` without a name, or for an unknown one."""
        return self.book().try_resolve(self.template.model) if self.template.model and self.book else None

    def cache(self) -> CacheProfile | None:
        """Return how that model's cache behaves."""
        facts = self.model()
        return None if facts is None or self.book is None else self.book().profiles.get(facts.profile)


def lay_out(template: PromptTemplate, book: Callable[[], PriceBook] | None = None) -> Laid:
    """Return a template with everything in it that is no literal; bodies stand where their loop or condition is."""
    flat = [(span, said, message) for message in template.messages for span, said in _flat(message.spans, around=None)]
    sizes = [len(span.text) if span.kind is SpanKind.LITERAL else 0 for span, _, _ in flat]
    total, before = sum(sizes), 0
    tail = _tail(template.messages)
    history = {id(message) for message in template.messages if message.section == "history"}
    last = max((n for n, (_, _, message) in enumerate(flat) if id(message) in history), default=-1)
    repeats = _repeats(flat)
    places: list[Placed] = []
    for number, ((span, said, message), size) in enumerate(zip(flat, sizes, strict=True)):
        if span.kind is not SpanKind.LITERAL:
            again = repeats.get(number, 0)
            behind = (total - before) // CHARACTERS
            follows = last > number and id(message) not in history and message.role is not Role.USER
            places.append(Placed(span, message, said, before // CHARACTERS, behind, message is tail, follows, again))
        before += size
    return Laid(template, tuple(places), total // CHARACTERS, book)


def _repeats(flat: Sequence[tuple[Span, Told | None, MessageTemplate]]) -> dict[int, int]:
    """Return how often the value of a place stands behind it once more; -1 for such a place itself.

    A value that is told by its name is the same at every place; what a call gives is new each time.
    """
    places: dict[tuple[str, tuple[str, ...]], list[int]] = {}
    for number, (span, said, _) in enumerate(flat):
        if said is not None and said.confidence is Confidence.LOW:
            places.setdefault((span.text, span.names), []).append(number)
    again = {number: -1 for numbers in places.values() for number in numbers[1:]}
    return again | {numbers[0]: len(numbers) - 1 for numbers in places.values()}


def _flat(spans: Sequence[Span], around: Told | None) -> Iterator[tuple[Span, Told | None]]:
    """Yield spans and what they are. Inside a loop that is told, only what is told for sure is told again."""
    for span in spans:
        said = told(span)
        if around is not None and said is not None:
            apart = said.nature is not around.nature and said.confidence is Confidence.HIGH
            said = said if apart else None
        yield span, said
        inner = said if span.kind is SpanKind.LOOP and said is not None else around
        for branch in span.branches:
            yield from _flat(branch, inner)


def _tail(messages: Sequence[MessageTemplate]) -> MessageTemplate | None:
    """Return the user's last message where something stands before it."""
    last = messages[-1] if len(messages) > 1 else None
    return last if last is not None and last.role is Role.USER and last.section == "message" else None
