"""Markdown prompts with a YAML head: agents, skills, commands, microagents."""

from __future__ import annotations

import re
from pathlib import Path

from cachelens.model.template import ParsedFile, PromptTemplate
from cachelens.templates.base import TemplateFile
from cachelens.templates.following import Follower
from cachelens.templates.front_matter import first_word, has_head, split
from cachelens.templates.nodes import word
from cachelens.templates.plain import plain_template

_KEYS = re.compile(
    r"^(?:agent|allowed-tools|argument-hint|applyTo|inputs|mode|model|name|tools|triggers|type):", re.MULTILINE
)
_NAMES = re.compile(
    r"(?:^|/)(?:agents|commands|microagents|skills|prompts|instructions)/|\.(?:prompt|instructions)\.md$"
)
_HEAD = 2000


class MarkdownPrompt:
    """Reads Markdown with a head that describes an agent, skill or command; the body is the prompt."""

    id = "markdown"

    def sniff(self, name: str, text: str) -> int:
        """Say that a file with such a head is one, surest in a folder of such files."""
        if not has_head(text[:_HEAD]) or not _KEYS.search(text[:_HEAD]):
            return 0
        return 80 if _NAMES.search(name) or name.endswith("SKILL.md") else 25

    def parse(self, file: TemplateFile) -> ParsedFile:
        """Return the one template of a file."""
        follower = Follower(file)
        head, body, _ = split(follower)
        name = word(head, "name") or Path(file.name).name.partition(".")[0]
        found = plain_template(body, name, self.id)
        model = first_word(head, ("model",))
        templates = tuple(
            PromptTemplate(
                name=item.name, language=item.language, location=item.location, messages=item.messages, model=model
            )
            for item in found
        )
        return ParsedFile(templates=templates, problems=tuple(follower.problems))


LANGUAGE = MarkdownPrompt()
