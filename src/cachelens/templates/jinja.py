"""Jinja templates: `.jinja`, `.jinja2`, `.j2` and the like. Parsed with Jinja's own parser, never rendered."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from cachelens.model.template import ParsedFile, PromptTemplate, Span
from cachelens.templates.base import TemplateFile
from cachelens.templates.following import Follower
from cachelens.templates.origins import Origins
from cachelens.templates.places import Text
from cachelens.templates.roles import messages_of, opens_with_role, role_line, role_named

_TAG = re.compile(r"\{%[-+]?\s*\w|\{\{[-+]?\s*[\w'\"(\[]|\{#")
_GO = re.compile(r"\{\{-?\s*(?:\.|\$|range\b|if\b|end\b|with\b|define\b|template\b)")


class Jinja:
    """Reads Jinja files; one that opens with a role line is split into messages."""

    id = "jinja2"

    def sniff(self, name: str, text: str) -> int:
        """Say that a file is Jinja if it has its tags and none that only Go templates have."""
        if name.endswith((".jinja", ".jinja2", ".j2", ".jnj", ".njk")):
            return 60
        if name.endswith((".tmpl", ".tpl")):
            return 0 if _GO.search(text) else 50 if _TAG.search(text) else 0
        return 50 if _TAG.search(text) and "{%" in text else 0

    def parse(self, file: TemplateFile) -> ParsedFile:
        """Return the one template of a file; none for a file that only defines macros."""
        return parse_jinja(file, self.id, chat=opens_with_role(file.text), trim_blocks=False)


LANGUAGE = Jinja()


def parse_jinja(file: TemplateFile, language: str, *, chat: bool, trim_blocks: bool) -> ParsedFile:
    """Read a whole file as one Jinja template."""
    follower = Follower(file)
    text = follower.file.text
    spans = read_spans(follower, text, chat=chat, trim_blocks=trim_blocks)
    stem = Path(file.name).name.partition(".")[0]
    messages = messages_of(spans, role_line, role=role_named(stem) if not chat else role_named(""))
    templates = (
        (PromptTemplate(name=stem, language=language, location=text.all(), messages=messages),) if messages else ()
    )
    return ParsedFile(templates=templates, problems=tuple(follower.problems))


def read_spans(
    follower: Follower,
    text: Text,
    *,
    path: Path | None = None,
    known: Mapping[str, Origins] | None = None,
    chat: bool = False,
    trim_blocks: bool = False,
) -> tuple[Span, ...]:
    """Read Jinja text that stands in the file `path` (the one being parsed); `known` are origins of its inputs."""
    from cachelens.templates.jinja_scope import Scope
    from cachelens.templates.jinja_spans import JinjaWalker

    scope = Scope()
    for name, origins in (known or {}).items():
        scope.bind(name, origins)
    walker = JinjaWalker(follower, chat=chat, trim_blocks=trim_blocks)
    return walker.read(text, path or follower.file.path, scope)
