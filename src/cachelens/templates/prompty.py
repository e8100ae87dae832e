"""Prompty files: a YAML head with model and inputs, and a chat prompt in Jinja or Mustache below it."""

from __future__ import annotations

from pathlib import Path

from cachelens.model.template import ParsedFile, PromptTemplate, Span, SpanKind
from cachelens.templates import handlebars, jinja
from cachelens.templates.base import TemplateFile
from cachelens.templates.following import Follower
from cachelens.templates.front_matter import first_word, inputs, split
from cachelens.templates.nodes import Items, Mapping, Node, get, items, pairs, word
from cachelens.templates.roles import messages_of, role_line

_MODEL = (
    ("model", "id"),
    ("model", "configuration", "model"),
    ("model", "configuration", "name"),
    ("model", "configuration", "azure_deployment"),
    ("model", "parameters", "model"),
    ("model",),
)
_FORMAT = (("template", "format", "kind"), ("template", "format"), ("template", "type"), ("template",))
_MUSTACHE = frozenset({"mustache", "handlebars"})


class Prompty:
    """Reads `.prompty`, of both generations of the format."""

    id = "prompty"

    def sniff(self, name: str, text: str) -> int:
        """Say that a `.prompty` file is one."""
        return 95 if name.endswith(".prompty") else 0

    def parse(self, file: TemplateFile) -> ParsedFile:
        """Return the one template of a file."""
        follower = Follower(file)
        head, body, _ = split(follower)
        known = inputs(head, follower.file.text, ("sample",), ("inputs", "sample"), ("inputs",))
        if first_word(head, *_FORMAT) in _MUSTACHE:
            spans = handlebars.read_spans(follower, body, known, chat=True)
        else:
            spans = jinja.read_spans(follower, body, known=known, chat=True, trim_blocks=True)
        threads = _threads(get(head, "inputs"))
        messages = messages_of(spans, role_line, placeholder=lambda span: _is_thread(span, threads))
        template = PromptTemplate(
            name=word(head, "name") or Path(file.name).stem,
            language=self.id,
            location=body.all(),
            messages=messages,
            model=first_word(head, *_MODEL),
        )
        return ParsedFile(templates=(template,) if messages else (), problems=tuple(follower.problems))


LANGUAGE = Prompty()


def _threads(node: Node | None) -> frozenset[str]:
    """Return the inputs that stand for a list of messages."""
    if isinstance(node, Mapping):
        return frozenset(key.value for key, value in pairs(node) if word(value, "kind") == "thread")
    if isinstance(node, Items):
        return frozenset(word(item, "name") for item in items(node) if word(item, "kind") == "thread")
    return frozenset()


def _is_thread(span: Span, threads: frozenset[str]) -> bool:
    return span.kind is SpanKind.VARIABLE and len(span.names) == 1 and span.names[0] in threads
