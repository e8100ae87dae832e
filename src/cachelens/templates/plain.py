"""Prompts in plain text and Markdown, with or without placeholders."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

from cachelens.model.template import ParsedFile, PromptTemplate, Span
from cachelens.templates import placeholders
from cachelens.templates.base import TemplateFile
from cachelens.templates.places import Text
from cachelens.templates.roles import cut_at_role_lines, messages_of, opens_with_role, role_line, role_named

_PROMPT_WORDS = re.compile(
    r"(?:^|[^a-z])(?:prompts?|system|instructions?|persona|templates?)(?:[^a-z]|$)", re.IGNORECASE
)
_NO_PROMPT = re.compile(
    r"^(?:readme|license|licence|notice|changelog|contributing|code_of_conduct|security|authors|source|requirements.*"
    r"|constraints.*|robots|cmakelists)$",
    re.IGNORECASE,
)


class PlainText:
    """Reads a text file as one prompt."""

    id = "text"

    def sniff(self, name: str, text: str) -> int:
        """Say that a text is a prompt if its name or folder says so, or if it has placeholders."""
        path = PurePosixPath(name)
        stem = path.name.partition(".")[0]
        if _NO_PROMPT.match(stem):
            return 0
        if _PROMPT_WORDS.search(stem) or _PROMPT_WORDS.search(path.parent.name):
            return 40
        return 30 if path.suffix != ".md" and placeholders.style_of(text) else 0

    def parse(self, file: TemplateFile) -> ParsedFile:
        """Return the one template of a file; none for an empty one."""
        text = Text.whole(file.name, file.text)
        return ParsedFile(templates=plain_template(text, Path(file.name).name.partition(".")[0], self.id))


LANGUAGE = PlainText()


def plain_template(text: Text, name: str, language: str) -> tuple[PromptTemplate, ...]:
    """Read a text as one prompt; role lines at its beginning split it."""
    style = placeholders.style_of(text.value)
    chat = opens_with_role(text.value)
    spans: list[Span] = []
    position = 0
    for found in placeholders.find(text.value, style) if style else ():
        spans += _literals(text, position, found.start, chat=chat)
        spans.append(placeholders.variable(text, found.inner_start, found.inner_end))
        position = found.end
    spans += _literals(text, position, len(text.value), chat=chat)
    messages = messages_of(spans, role_line, role=role_named("" if chat else name))
    if not messages:
        return ()
    return (PromptTemplate(name=name, language=language, location=text.all(), messages=messages),)


def _literals(text: Text, start: int, end: int, *, chat: bool) -> list[Span]:
    pieces = cut_at_role_lines(text, start, end) if chat else [(start, end)] if end > start else []
    return [text.literal(*piece) for piece in pieces]
