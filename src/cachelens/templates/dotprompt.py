"""Dotprompt files: a YAML head and Handlebars in which `{{role}}` and `{{history}}` make messages."""

from __future__ import annotations

import re
from pathlib import Path

from cachelens.model.prompt import Role
from cachelens.model.template import ParsedFile, PromptTemplate, Span, SpanKind
from cachelens.templates import handlebars
from cachelens.templates.base import TemplateFile
from cachelens.templates.following import Follower
from cachelens.templates.front_matter import first_word, has_head, inputs, split
from cachelens.templates.nodes import word
from cachelens.templates.roles import ROLES, messages_of

_ROLE = re.compile(r"role\s+[\"'](\w+)[\"']\s*\Z")
_HELPER = re.compile(r"\{\{~?#?\s*(?:role|media|history|section|json)\b|\{\{~?[#>]")


class Dotprompt:
    """Reads `.prompt` files; what stands before the first role is said by the user."""

    id = "dotprompt"

    def sniff(self, name: str, text: str) -> int:
        """Say that a `.prompt` file with a head or with Handlebars is one."""
        if not name.endswith(".prompt") or "{%" in text:
            return 0
        return 90 if has_head(text) or _HELPER.search(text) else 20

    def parse(self, file: TemplateFile) -> ParsedFile:
        """Return the one template of a file."""
        follower = Follower(file)
        head, body, _ = split(follower)
        known = inputs(head, follower.file.text, ("input", "default"))
        spans = handlebars.read_spans(follower, body, known)
        messages = messages_of(spans, _role, Role.USER, lambda span: _bare(span) == "history")
        template = PromptTemplate(
            name=word(head, "name") or Path(file.name).stem,
            language=self.id,
            location=body.all(),
            messages=messages,
            model=first_word(head, ("model",)),
        )
        return ParsedFile(templates=(template,) if messages else (), problems=tuple(follower.problems))


LANGUAGE = Dotprompt()


def _bare(span: Span) -> str:
    return span.text if span.kind is SpanKind.VARIABLE else ""


def _role(span: Span) -> Role | None:
    found = _ROLE.match(_bare(span))
    return ROLES.get(found[1].lower(), Role.NONE) if found else None
