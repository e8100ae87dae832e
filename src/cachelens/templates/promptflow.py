"""Prompt flow's chat prompts: Jinja with a line such as `system:` in front of each message."""

from __future__ import annotations

from cachelens.model.template import ParsedFile
from cachelens.templates.base import TemplateFile
from cachelens.templates.jinja import parse_jinja
from cachelens.templates.roles import opens_with_role


class Promptflow:
    """Reads Jinja as prompt flow renders it: line ends behind statements are dropped, the last one is kept."""

    id = "promptflow"

    def sniff(self, name: str, text: str) -> int:
        """Say that a `.jinja2` file that opens with a role line is one."""
        return 80 if name.endswith(".jinja2") and opens_with_role(text) else 0

    def parse(self, file: TemplateFile) -> ParsedFile:
        """Return the one template of a file."""
        return parse_jinja(file, self.id, chat=True, trim_blocks=True)


LANGUAGE = Promptflow()
