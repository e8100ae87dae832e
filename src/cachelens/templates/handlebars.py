"""Handlebars and Mustache files."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from cachelens.model.template import ParsedFile, PromptTemplate, Span
from cachelens.templates.base import TemplateFile
from cachelens.templates.following import Follower
from cachelens.templates.handlebars_spans import HandlebarsWalker
from cachelens.templates.origins import Origins
from cachelens.templates.places import Text
from cachelens.templates.roles import messages_of, opens_with_role, role_line, role_named

_BLOCK = re.compile(r"\{\{~?[#^/>!]")


class Handlebars:
    """Reads `.hbs`, `.handlebars` and `.mustache`, and other texts with blocks in double braces."""

    id = "handlebars"

    def sniff(self, name: str, text: str) -> int:
        """Say that a file is Handlebars if its suffix or its blocks say so."""
        if name.endswith((".hbs", ".handlebars", ".mustache")):
            return 90
        return 45 if "{%" not in text and _BLOCK.search(text) else 0

    def parse(self, file: TemplateFile) -> ParsedFile:
        """Return the one template of a file."""
        follower = Follower(file)
        text = follower.file.text
        stem = Path(file.name).name.partition(".")[0]
        chat = opens_with_role(file.text)
        messages = messages_of(read_spans(follower, text, chat=chat), role_line, role=role_named("" if chat else stem))
        template = PromptTemplate(name=stem, language=self.id, location=text.all(), messages=messages)
        return ParsedFile(templates=(template,) if messages else (), problems=tuple(follower.problems))


LANGUAGE = Handlebars()


def read_spans(
    follower: Follower, text: Text, known: Mapping[str, Origins] | None = None, *, chat: bool = False
) -> tuple[Span, ...]:
    """Read Handlebars text that stands in the file being parsed; `known` are origins of its inputs."""
    return HandlebarsWalker(follower, chat=chat).read(text, follower.file.path, known)
