"""The spans of a template in the order in which they are sent, each with what stands before and behind it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from cachelens.model.prompt import Role
from cachelens.model.template import MessageTemplate, PromptTemplate, Span, SpanKind

CHARACTERS = 4
"""Characters to a token, near enough to weigh a template by."""


class Placed(NamedTuple):
    """A variable, loop, condition or include at its place."""

    span: Span
    message: MessageTemplate
    tokens_before: int
    """Tokens of fixed text in front of it, about."""
    fixed_behind: int
    """Tokens of fixed text behind it in the same request, about: what it strands if it changes."""
    in_tail: bool
    """True in the last message of the user, which is new in every request anyway."""


def placed(template: PromptTemplate) -> list[Placed]:
    """Return everything in a template that is no literal, in order; bodies stand where their loop or condition is."""
    flat = [(span, message) for message in template.messages for span in _flat(message.spans)]
    sizes = [len(span.text) if span.kind is SpanKind.LITERAL else 0 for span, _ in flat]
    total, before = sum(sizes), 0
    tail = _tail(template.messages)
    result: list[Placed] = []
    for (span, message), size in zip(flat, sizes, strict=True):
        if span.kind is not SpanKind.LITERAL:
            result.append(
                Placed(span, message, before // CHARACTERS, (total - before) // CHARACTERS, in_tail=message is tail)
            )
        before += size
    return result


def _flat(spans: Sequence[Span]) -> Iterator[Span]:
    for span in spans:
        yield span
        for branch in span.branches:
            yield from _flat(branch)


def _tail(messages: Sequence[MessageTemplate]) -> MessageTemplate | None:
    """Return the user's last message where something stands before it."""
    last = messages[-1] if len(messages) > 1 else None
    return last if last is not None and last.role is Role.USER and last.section == "message" else None
