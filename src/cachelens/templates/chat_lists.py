"""Lists of messages in YAML and JSON, as APIs and most prompt tools write them."""

from __future__ import annotations

from collections.abc import Iterator

from cachelens.model.prompt import Role
from cachelens.model.template import MessageTemplate, Span, SpanKind
from cachelens.templates.documents import role_of, spans_at
from cachelens.templates.following import Follower, Opened
from cachelens.templates.nodes import Items, Mapping, Node, Scalar, get, items, text_of, walk, word
from cachelens.templates.roles import ROLES, message, with_sections

_PAIR = 2


def looks_like_messages(node: Node | None) -> bool:
    """Say whether a node is a list of messages: things with a role and a content, or pairs of the two."""
    first = items(node)[:1]
    return bool(first) and (_is_message(first[0]) or _is_pair(first[0]))


def read_messages(node: Node, opened: Opened, follower: Follower, style: str = "") -> tuple[MessageTemplate, ...]:
    """Read a list of messages."""
    found = [message for item in items(node) for message in _message(item, opened, follower, style)]
    return with_sections(found)


def _is_message(node: Node) -> bool:
    return word(node, "role").lower() in ROLES and get(node, "content") is not None


def _is_pair(node: Node) -> bool:
    pair = items(node)
    return (
        len(pair) == _PAIR
        and all(isinstance(item, Scalar) for item in pair)
        and _scalar(pair[0]).lower() in {*ROLES, "placeholder"}
    )


def _scalar(node: Node) -> str:
    return node.value if isinstance(node, Scalar) else ""


def _message(node: Node, opened: Opened, follower: Follower, style: str) -> Iterator[MessageTemplate]:
    if isinstance(node, Items) and _is_pair(node):
        role, content = node.items
        if _scalar(role).lower() == "placeholder" and isinstance(content, Scalar):
            yield placeholder(content, opened)
            return
        spans = list(_content(content, opened, follower, style))
        if spans:
            yield message(ROLES.get(_scalar(role).lower(), Role.NONE), spans)
    elif isinstance(node, Mapping):
        spans = list(_content(get(node, "content"), opened, follower, style))
        if spans:
            yield message(role_of(node, "role"), spans, marked=_is_marked(node))


def _content(node: Node | None, opened: Opened, follower: Follower, style: str) -> Iterator[Span]:
    """Yield the spans of a content: a text, or a list of blocks that hold texts."""
    if isinstance(node, Scalar):
        yield from spans_at(node, opened, follower, style) if node.value else ()
    for block in items(node):
        text = block if isinstance(block, Scalar) else get(block, "text")
        if isinstance(text, Scalar) and text.value:
            yield from spans_at(text, opened, follower, style)


def _is_marked(node: Mapping) -> bool:
    return any(get(inner, "cache_control") is not None for inner in walk(node) if isinstance(inner, Mapping))


def placeholder(node: Scalar, opened: Opened) -> MessageTemplate:
    """Build the message of a value that names a list of messages."""
    name = node.value.strip("{} ")
    place = text_of(node, opened.text.places).all()
    span = Span(kind=SpanKind.VARIABLE, text=node.value, location=place, names=(name,) if name else ())
    return message(Role.NONE, [span], "history")
