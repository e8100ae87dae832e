"""YAML and JSON files that hold prompts: the tree, and the prompts at its leaves."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from cachelens.model.prompt import Role
from cachelens.model.template import MessageTemplate, Span
from cachelens.templates import handlebars, jinja
from cachelens.templates.following import Follower, Opened
from cachelens.templates.json_nodes import parse_json
from cachelens.templates.nodes import Node, NodeError, Scalar, text_of, word
from cachelens.templates.origins import Origins
from cachelens.templates.placeholders import format_spans, spans_of, style_of
from cachelens.templates.places import Text
from cachelens.templates.roles import ROLES, message
from cachelens.templates.yaml_nodes import parse_yaml

Reader = Callable[[Follower, Text, Mapping[str, Origins]], tuple[Span, ...]]


def _jinja(follower: Follower, text: Text, known: Mapping[str, Origins]) -> tuple[Span, ...]:
    return jinja.read_spans(follower, text, known=known) if "{" in text.value else _literal(text)


def _handlebars(follower: Follower, text: Text, known: Mapping[str, Origins]) -> tuple[Span, ...]:
    return handlebars.read_spans(follower, text, known)


def _format(_: Follower, text: Text, known: Mapping[str, Origins]) -> tuple[Span, ...]:
    return format_spans(text, known)


def _guessed(follower: Follower, text: Text, known: Mapping[str, Origins]) -> tuple[Span, ...]:
    if "{%" in text.value:
        return _jinja(follower, text, known)
    return spans_of(text, style_of(text.value), known)


def _literal(text: Text) -> tuple[Span, ...]:
    return (text.literal(0, len(text.value)),) if text.value else ()


READERS: Mapping[str, Reader] = {
    "jinja2": _jinja,
    "nunjucks": _jinja,
    "mustache": _handlebars,
    "handlebars": _handlebars,
    "f-string": _format,
    "": _guessed,
}
"""How the prompts in a file are written, by the word that the formats use for it; empty where they do not say."""


def parse_tree(opened: Opened, follower: Follower) -> Node | None:
    """Parse a file as JSON if its name says so, otherwise as YAML; None, with a problem, where that fails."""
    value = opened.text.value
    is_json = opened.text.places.path.endswith(".json")
    try:
        return parse_json(value) if is_json else parse_yaml(value)
    except NodeError as error:
        what = "JSON" if is_json else "YAML"
        place = opened.text.location(error.start, error.start)
        follower.problem(place, error.code, f"not valid {what}: {error.why}; correct it")
        return None


def spans_at(
    node: Scalar, opened: Opened, follower: Follower, style: str = "", known: Mapping[str, Origins] | None = None
) -> tuple[Span, ...]:
    """Read the prompt in a value."""
    reader = READERS.get(style, _guessed)
    return reader(follower, text_of(node, opened.text.places), known or {})


def message_at(
    node: Node | None, role: Role, opened: Opened, follower: Follower, style: str = "", section: str = "message"
) -> list[MessageTemplate]:
    """Read a value as one message; none if there is no value."""
    if not isinstance(node, Scalar) or not node.value:
        return []
    spans = spans_at(node, opened, follower, style)
    return [message(role, spans, section)] if spans else []


def role_of(node: Node, *path: str) -> Role:
    """Return the role that a field names."""
    return ROLES.get(word(node, *path).strip().lower(), Role.NONE)
