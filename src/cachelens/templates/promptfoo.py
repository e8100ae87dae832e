"""promptfoo configurations: `prompts` in place or in files, in Nunjucks, as text or as JSON and YAML chats."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from cachelens.model.location import Location
from cachelens.model.prompt import Role
from cachelens.model.template import MessageTemplate, ParsedFile, PromptTemplate, Span, SpanKind
from cachelens.templates import jinja
from cachelens.templates.base import TemplateFile
from cachelens.templates.chat_lists import looks_like_messages, read_messages
from cachelens.templates.documents import parse_tree
from cachelens.templates.following import Follower, Opened
from cachelens.templates.json_nodes import parse_json
from cachelens.templates.nodes import (
    Items,
    Mapping,
    Node,
    NodeError,
    Scalar,
    get,
    items,
    location,
    pairs,
    text_of,
    word,
)
from cachelens.templates.places import InnerPlaces, Text
from cachelens.templates.roles import message, messages_of, opens_with_role, role_line
from cachelens.templates.yaml_nodes import parse_yaml

_PROMPTS = re.compile(r"^prompts[ ]*:", re.MULTILINE)
_REST = re.compile(r"^(?:providers|targets|tests|defaultTest|scenarios)[ ]*:", re.MULTILINE)
_PATH = re.compile(r"^[\w./*-]+\.(?:txt|md|json|ya?ml|jinja2?|j2)$")
_CODE = (".py", ".js", ".ts", ".mjs", ".cjs", ".csv", ".sh")
_KINDS = frozenset({"chat", "completion", "completions", "messages", "responses", "text"})
_SEPARATOR = re.compile(r"^---[ \t]*\n", re.MULTILINE)
_MOST_FILES = 100


class Promptfoo:
    """Reads each prompt of a configuration as a template of its own."""

    id = "promptfoo"

    def sniff(self, name: str, text: str) -> int:
        """Say that a file with `prompts` and what they are tried on is one."""
        if not _PROMPTS.search(text):
            return 0
        if PurePosixPath(name).name.startswith("promptfooconfig"):
            return 95
        return 70 if _REST.search(text) else 0

    def parse(self, file: TemplateFile) -> ParsedFile:
        """Return one template for each prompt."""
        follower = Follower(file)
        tree = parse_tree(follower.file, follower)
        model = _model(tree)
        found = [
            PromptTemplate(
                name=name,
                language=self.id,
                location=place,
                messages=messages,
                model=model,
            )
            for name, place, messages in _prompts(get(tree, "prompts"), follower)
            if messages
        ]
        return ParsedFile(templates=tuple(found), problems=tuple(follower.problems))


LANGUAGE = Promptfoo()

_Prompt = tuple[str, Location, tuple[MessageTemplate, ...]]


def _prompts(node: Node | None, follower: Follower) -> Iterator[_Prompt]:
    listed = items(node) if isinstance(node, Items) else [node] if isinstance(node, Scalar) else []
    for number, item in enumerate(listed, start=1):
        label = word(item, "label") or word(item, "id") or f"prompt {number}"
        value = item if isinstance(item, Scalar) else get(item, "raw") or get(item, "id")
        if isinstance(value, Scalar) and value.value:
            yield from _prompt(label, value, follower)
    for key, _ in pairs(node):
        yield from _prompt(key.value, key, follower)


def _prompt(label: str, node: Scalar, follower: Follower) -> Iterator[_Prompt]:
    place = location(node, follower.file.text.places)
    text = text_of(node, follower.file.text.places)
    path = node.value.removeprefix("file://")
    if path != node.value or _PATH.match(node.value):
        written = text.location(len(node.value) - len(path), len(node.value))
        for name in _matching(path, follower):
            if not name.partition(":")[0].endswith(_CODE):
                yield PurePosixPath(name).name, place, _file(name, path, written, follower)
        return
    yield label, place, _chat_or_text(Opened(follower.file.path, text), text, follower)


def _matching(path: str, follower: Follower) -> list[str]:
    """Return the files that a pattern stands for, or the path itself."""
    if not any(sign in path for sign in "*?") or ".." in path or path.startswith("/"):
        return [path]
    folder = follower.file.path.parent
    return sorted(str(found.relative_to(folder)) for found in folder.glob(path))[:_MOST_FILES]


def _file(path: str, written: str, place: Location, follower: Follower) -> tuple[MessageTemplate, ...]:
    opened = follower.find([path], follower.file.path, place)
    if opened is None:
        return ()
    with follower.inside(opened, place) as allowed:
        if not allowed:
            return ()
        if path.endswith((".yaml", ".yml", ".json")):
            messages = _chat(opened, follower)
            if messages:
                return messages
        first = _SEPARATOR.search(opened.text.value)
        text = opened.text.part(0, first.start()) if first else opened.text
        messages = _text(text, follower, opened)
    if len(messages) != 1 or messages[0].role is not Role.NONE:
        return messages
    span = Span(kind=SpanKind.INCLUDE, text=written, location=place, branches=(messages[0].spans,))
    return (message(Role.NONE, [span]),)


def _chat_or_text(opened: Opened, text: Text, follower: Follower) -> tuple[MessageTemplate, ...]:
    """Read a prompt in place; one that is a JSON list of messages is a chat."""
    if text.value.lstrip().startswith("["):
        inner = Opened(opened.path, Text(InnerPlaces(text), text.value))
        messages = _chat(inner, follower, as_json=True)
        if messages:
            return messages
    return _text(text, follower, opened)


def _chat(opened: Opened, follower: Follower, *, as_json: bool = False) -> tuple[MessageTemplate, ...]:
    """Read a list of messages; nothing where it is none, for instance because values are put in without quotes."""
    value = opened.text.value
    try:
        tree = parse_json(value) if as_json or opened.path.suffix == ".json" else parse_yaml(value)
    except NodeError:
        return ()
    listed = get(tree, "messages") if isinstance(tree, Mapping) else tree
    if not looks_like_messages(listed) or listed is None:
        return ()
    return read_messages(listed, opened, follower, "nunjucks")


def _text(text: Text, follower: Follower, opened: Opened) -> tuple[MessageTemplate, ...]:
    chat = opens_with_role(text.value)
    return messages_of(jinja.read_spans(follower, text, path=opened.path, chat=chat), role_line)


def _model(tree: Node | None) -> str:
    """Return the model if one provider is named, and one only: `openai:chat:gpt-4o` is `gpt-4o`."""
    providers = get(tree, "providers") or get(tree, "targets")
    listed = items(providers) or ([providers] if isinstance(providers, Scalar) else [])
    if len(listed) != 1:
        return ""
    first = listed[0]
    named = first.value if isinstance(first, Scalar) else word(first, "id") or word(first, "provider")
    _, _, rest = named.partition(":")
    kind, _, model = rest.partition(":")
    return model if kind in _KINDS else rest
