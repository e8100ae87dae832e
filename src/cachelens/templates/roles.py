"""Spans to messages: role lines, placeholders for the history, and names that say a role."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

import msgspec

from cachelens.model.location import Location
from cachelens.model.prompt import Role
from cachelens.model.template import MessageTemplate, Span, SpanKind
from cachelens.templates.places import Text, join

ROLES = {
    "system": Role.SYSTEM,
    "developer": Role.DEVELOPER,
    "user": Role.USER,
    "human": Role.USER,
    "assistant": Role.ASSISTANT,
    "ai": Role.ASSISTANT,
    "model": Role.ASSISTANT,
    "function": Role.TOOL,
    "tool": Role.TOOL,
}
"""The words for a role, in all formats."""

HISTORY = frozenset({"messages", "history", "chat_history", "conversation", "conversation_history", "thread", "turns"})
"""Names that stand for the messages so far."""

_ROLE_LINE = re.compile(
    r"^[ \t]{0,20}#?[ \t]{0,20}(system|developer|user|assistant|function|tool)"
    r"[ \t]{0,20}(?:\[[^\]\n]{0,200}\])?[ \t]{0,20}:[ \t]{0,20}(?:\n|\Z)",
    re.IGNORECASE | re.MULTILINE,
)
_BEFORE_ROLE = re.compile(r"\s+|\{#(?:(?!#\}).)*#\}|\{%(?:(?!%\}).)*%\}", re.DOTALL)
_HEAD = 4000
"""Characters within which a chat prompt shows its first role."""
_COLON = re.compile(r"[ \t]{0,20}:[ \t]{0,20}\n")
_NAMES = re.compile(r"\w+")
_WORDS = re.compile(r"[a-z]+")

Marker = Callable[[Span], Role | None]
"""Says the role that a span switches to, if it does nothing else."""


def opens_with_role(text: str) -> bool:
    """Say whether a text begins with a role line, as chat prompts in one file do."""
    head = text[:_HEAD]
    position = 0
    while skipped := _BEFORE_ROLE.match(head, position):
        position = skipped.end()
    line = _ROLE_LINE.match(head, position)
    return line is not None and _begins_line(head, position)


def cut_at_role_lines(text: Text, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Cut a stretch of text so that each role line is a piece of its own."""
    value = text.value
    position = start
    for line in _ROLE_LINE.finditer(value[start:end]):
        first, last = start + line.start(), start + line.end()
        if not (_begins_line(value, first) and _ends_line(value, last)):
            continue
        if first > position:
            yield position, first
        yield first, last
        position = last
    if position < end:
        yield position, end


def _begins_line(value: str, start: int) -> bool:
    while start and value[start - 1] in " \t":
        start -= 1
    return start == 0 or value[start - 1] == "\n" or value[start - 2 : start] in {"%}", "#}"}


def _ends_line(value: str, end: int) -> bool:
    return value[end - 1] == "\n" or not value.startswith("{{", end)


def role_line(span: Span) -> Role | None:
    """Return the role of a literal that is a role line and nothing else."""
    if span.kind is not SpanKind.LITERAL:
        return None
    line = _ROLE_LINE.fullmatch(span.text)
    return ROLES[line[1].lower()] if line else None


def role_named(name: str) -> Role:
    """Return the role that the name of a file or field says, such as `system_prompt`; else `NONE`."""
    words = _WORDS.findall(name.lower())
    for word, role in (("system", Role.SYSTEM), ("developer", Role.DEVELOPER), ("user", Role.USER)):
        if word in words:
            return role
    return Role.NONE


def messages_of(
    spans: Sequence[Span],
    marker: Marker,
    role: Role = Role.NONE,
    placeholder: Callable[[Span], bool] = lambda _: False,
) -> tuple[MessageTemplate, ...]:
    """Split spans into messages. `role` is that of the text before the first marker.

    `placeholder` says which spans stand for the messages so far.
    """
    splitter = _Splitter(marker, role, placeholder)
    splitter.feed(spans)
    splitter.close()
    return with_sections(splitter.messages)


def message(role: Role, spans: Sequence[Span], section: str = "message", *, marked: bool = False) -> MessageTemplate:
    """Build a message around spans, of which there must be at least one."""
    return MessageTemplate(role=role, spans=tuple(spans), location=_around(spans), section=section, marked=marked)


class _Splitter:
    """Collects spans into messages, in the order in which they are sent."""

    def __init__(self, marker: Marker, role: Role, placeholder: Callable[[Span], bool]) -> None:
        self.messages: list[MessageTemplate] = []
        self._marker = marker
        self._placeholder = placeholder
        self._role = role
        self._spoken = role is not Role.NONE
        self._spans: list[Span] = []

    def feed(self, spans: Iterable[Span]) -> None:
        """Take spans one after the other."""
        for span in spans:
            role = self._marker(span)
            if role is not None:
                self._turn(role)
            elif self._placeholder(span):
                self.close()
                self.messages.append(message(Role.NONE, [span], "history"))
                self._role = Role.NONE
            elif span.branches:
                self._block(span)
            else:
                self._spans.append(span)

    def close(self) -> None:
        """End the current message; one that holds nothing but white space is none."""
        if any(span.kind is not SpanKind.LITERAL or span.text.strip() for span in self._spans):
            self.messages.append(message(self._role, self._spans))
        self._spans = []

    def _turn(self, role: Role) -> None:
        self.close()
        self._role, self._spoken = role, True

    def _block(self, span: Span) -> None:
        roles = [role for branch in span.branches for role in _markers(branch, self._marker)]
        if span.kind is SpanKind.INCLUDE and roles:
            self.feed(span.branches[0])
        elif holds_history(span, needs_roles=self._spoken, roles=bool(roles)):
            self.close()
            self.messages.append(message(Role.NONE, [span], "history"))
            self._role = roles[-1] if roles else Role.NONE
        elif roles:
            self.close()
            only = roles[0] if len(set(roles)) == 1 else Role.NONE
            self.messages.append(message(only, [span]))
            self._role, self._spoken = roles[-1], True
        else:
            self._spans.append(span)


def _markers(spans: Sequence[Span], marker: Marker) -> list[Role]:
    found: list[Role] = []
    for number, span in enumerate(spans):
        role = marker(span)
        if role is not None:
            found.append(role)
        elif _switches_role(span, spans[number + 1 : number + 2]):
            found.append(Role.NONE)
        for branch in span.branches:
            found += _markers(branch, marker)
    return found


def _switches_role(span: Span, following: Sequence[Span]) -> bool:
    """Say whether a span puts a role that is only known at run time into a role line: `{{ message.role }}:`."""
    return (
        span.kind is SpanKind.VARIABLE
        and any(name.rpartition(".")[2] == "role" for name in span.names)
        and any(item.kind is SpanKind.LITERAL and _COLON.match(item.text) for item in following)
    )


def holds_history(span: Span, *, needs_roles: bool, roles: bool) -> bool:
    """Say whether a block repeats messages: a loop that switches roles, or one over messages that reads their roles.

    Where the template has said a role (`needs_roles`), a loop that does not switch roles is text of that message.
    """
    if span.kind is SpanKind.LOOP:
        if needs_roles:
            return roles
        return roles or _loops_over_history(span)
    if span.kind is SpanKind.CONDITION and (roles or not needs_roles):
        inner = [child for branch in span.branches for child in branch if child.kind is not SpanKind.LITERAL]
        return bool(inner) and all(
            child.kind is SpanKind.LOOP and holds_history(child, needs_roles=needs_roles, roles=roles)
            for child in inner
        )
    return False


def _loops_over_history(span: Span) -> bool:
    sources = [span.text, *(origin.expression for origin in span.origins)]
    over = any(word in HISTORY for source in sources for word in _NAMES.findall(source.lower()))
    return over and any(name.rpartition(".")[2] == "role" for name in _names(span.branches))


def _names(branches: Iterable[Sequence[Span]]) -> Iterator[str]:
    for branch in branches:
        for span in branch:
            yield from span.names
            yield from _names(span.branches)


def with_sections(messages: Sequence[MessageTemplate]) -> tuple[MessageTemplate, ...]:
    """Call the instructions that stand before all other messages the system section."""
    result: list[MessageTemplate] = []
    leading = True
    for item in messages:
        leading = leading and item.role in {Role.SYSTEM, Role.DEVELOPER}
        if leading:
            item = msgspec.structs.replace(item, section="system")  # noqa: PLW2901  # the same message, better named
        result.append(item)
    return tuple(result)


def _around(spans: Sequence[Span]) -> Location:
    last = spans[-1]
    while last.branches and last.branches[-1]:
        inner = last.branches[-1][-1]
        if inner.location.path != last.location.path:
            break
        last = inner
    return join(spans[0].location, last.location)
