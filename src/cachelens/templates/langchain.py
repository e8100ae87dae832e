"""LangChain prompts saved as YAML or JSON, by `save()` and by its serializer."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from cachelens.model.prompt import Role
from cachelens.model.template import MessageTemplate, ParsedFile, PromptTemplate, Span, SpanKind
from cachelens.templates.base import TemplateFile
from cachelens.templates.chat_lists import looks_like_messages, placeholder, read_messages
from cachelens.templates.documents import READERS, parse_tree, spans_at
from cachelens.templates.following import Follower
from cachelens.templates.nodes import Mapping, Node, Scalar, get, items, location, pairs, string, text_of, walk, word
from cachelens.templates.roles import message, with_sections

_LOOKS = re.compile(
    r"[\"']?_type[\"']?[ ]*:[ ]*[\"']?(?:prompt|few_shot|chat)|\"langchain(?:_core)?\"[ ]*,\s*\"prompts\""
)
_ROLE_OF = {
    "SystemMessagePromptTemplate": Role.SYSTEM,
    "SystemMessage": Role.SYSTEM,
    "HumanMessagePromptTemplate": Role.USER,
    "HumanMessage": Role.USER,
    "AIMessagePromptTemplate": Role.ASSISTANT,
    "AIMessage": Role.ASSISTANT,
    "ChatMessagePromptTemplate": Role.NONE,
}
_DEFAULT = "f-string"


class LangChain:
    """Reads prompts, few-shot prompts and chat prompts."""

    id = "langchain"

    def sniff(self, name: str, text: str) -> int:
        """Say that a file with LangChain's type marks is one."""
        return 90 if _LOOKS.search(text) else 0

    def parse(self, file: TemplateFile) -> ParsedFile:
        """Return the one template of a file."""
        follower = Follower(file)
        tree = parse_tree(follower.file, follower)
        messages = with_sections(list(_messages(tree, follower)))
        if not messages or tree is None:
            return ParsedFile(templates=(), problems=tuple(follower.problems))
        template = PromptTemplate(
            name=word(tree, "name") or Path(file.name).stem,
            language=self.id,
            location=location(tree, follower.file.text.places),
            messages=messages,
            model=_model(tree),
        )
        return ParsedFile(templates=(template,), problems=tuple(follower.problems))


LANGUAGE = LangChain()


def _messages(tree: Node | None, follower: Follower) -> Iterator[MessageTemplate]:
    saved = get(tree, "messages")
    if get(tree, "_type") is None and get(tree, "lc") is not None:
        yield from _serialized(tree, follower)
    elif looks_like_messages(saved) and saved is not None:
        yield from read_messages(saved, follower.file, follower, word(tree, "template_format") or _DEFAULT)
    elif saved is not None:
        for item in items(saved):
            yield from _serialized(item, follower)
    else:
        spans = _few_shot(tree, follower) if word(tree, "_type").startswith("few_shot") else _prompt(tree, follower)
        if spans:
            yield message(Role.NONE, spans)


def _prompt(node: Node | None, follower: Follower, field: str = "template") -> list[Span]:
    """Read a prompt, in place or from the file that it names."""
    text = string(get(node, field))
    style = word(node, "template_format") or _DEFAULT
    if text is not None:
        return list(spans_at(text, follower.file, follower, style))
    path = string(get(node, f"{field}_path"))
    return [_file(path, style, follower)] if path is not None else []


def _file(path: Scalar, style: str, follower: Follower) -> Span:
    place = text_of(path, follower.file.text.places).all()
    opened = follower.find([path.value], follower.file.path, place)
    branches: tuple[tuple[Span, ...], ...] = ()
    if opened is not None:
        with follower.inside(opened, place) as allowed:
            if allowed:
                branches = (READERS.get(style, READERS[""])(follower, opened.text, {}),)
    return Span(kind=SpanKind.INCLUDE, text=path.value, location=place, branches=branches)


def _few_shot(node: Node | None, follower: Follower) -> list[Span]:
    """Read prefix, examples and suffix. The examples repeat one prompt, whatever file they come from."""
    spans = _prompt(node, follower, "prefix")
    example = _prompt(get(node, "example_prompt"), follower)
    key = next((key for key, _ in pairs(node) if key.value == "examples"), None)
    if example and key is not None:
        place = text_of(key, follower.file.text.places).all()
        spans.append(Span(kind=SpanKind.LOOP, text=key.value, location=place, branches=(tuple(example),)))
    return spans + _prompt(node, follower, "suffix")


def _serialized(node: Node | None, follower: Follower) -> Iterator[MessageTemplate]:
    """Read what the serializer wrote: each thing has the path of its class in `id` and its fields in `kwargs`."""
    kind = _class_of(node)
    fields = get(node, "kwargs")
    if kind == "MessagesPlaceholder":
        name = string(get(fields, "variable_name"))
        if name is not None:
            yield placeholder(name, follower.file)
        return
    if kind in _ROLE_OF:
        yield from _spoken(_ROLE_OF[kind], fields, follower)
        return
    nested = get(fields, "messages") or get(node, "messages")
    if nested is not None:
        for item in items(nested):
            yield from _serialized(item, follower)
    else:
        spans = _prompt(fields if fields is not None else node, follower)
        if spans:
            yield message(Role.NONE, spans)


def _spoken(role: Role, fields: Node | None, follower: Follower) -> Iterator[MessageTemplate]:
    prompts = get(fields, "prompt")
    nodes: Sequence[Node] = items(prompts) or ([prompts] if prompts is not None else [])
    spans = [span for prompt in nodes for span in _prompt(get(prompt, "kwargs") or prompt, follower)]
    content = string(get(fields, "content"))
    if content is not None:
        spans.append(text_of(content, follower.file.text.places).literal(0, len(content.value)))
    if spans:
        yield message(role, spans)


def _class_of(node: Node | None) -> str:
    path = items(get(node, "id"))
    last = path[-1] if path else None
    return last.value if isinstance(last, Scalar) else ""


def _model(tree: Node) -> str:
    """Return the model that is bound behind the prompt, if one is."""
    for node in walk(tree):
        if isinstance(node, Mapping):
            for key, value in pairs(node):
                if key.value in {"model", "model_name"} and isinstance(value, Scalar) and value.style:
                    return value.value
    return ""
