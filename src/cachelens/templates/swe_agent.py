"""SWE-agent configurations: `agent.templates` with the system, instance and next-step templates, in Jinja."""

from __future__ import annotations

import re
from pathlib import Path

from cachelens.model.prompt import Role
from cachelens.model.template import MessageTemplate, ParsedFile, PromptTemplate, Span, SpanKind
from cachelens.templates.base import TemplateFile
from cachelens.templates.documents import message_at, parse_tree, spans_at
from cachelens.templates.following import Follower
from cachelens.templates.nodes import Mapping, Node, Scalar, get, items, location, pairs, text_of, walk, word
from cachelens.templates.roles import message

_LOOKS = re.compile(r"^[ ]*(?:-[ ]+)?(?:system_template|instance_template|next_step_template)[ ]*:", re.MULTILINE)
_STEP = re.compile(r"^(?:next_step|command_cancelled|shell_check|blocked|strategy).*_template$|^format_error_template$")


class SweAgent:
    """Reads every `templates` mapping of a file; a file with several agents holds several prompts."""

    id = "swe_agent"

    def sniff(self, name: str, text: str) -> int:
        """Say that a YAML file with two of the templates by name is one."""
        return 90 if "templates:" in text and len(_LOOKS.findall(text)) > 1 else 0

    def parse(self, file: TemplateFile) -> ParsedFile:
        """Return one template for each agent."""
        follower = Follower(file)
        tree = parse_tree(follower.file, follower)
        stem = Path(file.name).stem
        agents = [node for node in walk(tree) if isinstance(get(node, "templates"), Mapping)]
        found = [_agent(agent, stem, follower, self.id) for agent in agents]
        return ParsedFile(templates=tuple(t for t in found if t.messages), problems=tuple(follower.problems))


LANGUAGE = SweAgent()


def _agent(agent: Node, stem: str, follower: Follower, language: str) -> PromptTemplate:
    templates = get(agent, "templates")
    opened = follower.file
    messages = message_at(get(templates, "system_template"), Role.SYSTEM, opened, follower, "jinja2", "system")
    messages += message_at(get(templates, "demonstration_template"), Role.USER, opened, follower, "jinja2")
    messages += message_at(get(templates, "instance_template"), Role.USER, opened, follower, "jinja2")
    messages += _steps(templates, follower, marked=_marks(agent))
    return PromptTemplate(
        name=word(agent, "name") or stem,
        language=language,
        location=location(templates, opened.text.places) if templates else opened.text.all(),
        messages=tuple(messages),
        model=word(agent, "model", "name"),
    )


def _steps(templates: Node | None, follower: Follower, *, marked: bool) -> list[MessageTemplate]:
    """Read what is said after each step as the history: at every step one of these templates."""
    branches: list[tuple[Span, ...]] = []
    head: Scalar | None = None
    for key, value in pairs(templates):
        if _STEP.match(key.value) and isinstance(value, Scalar):
            branches.append(spans_at(value, follower.file, follower, "jinja2"))
            head = head or key
    if head is None or not any(branches):
        return []
    step = Span(
        kind=SpanKind.LOOP,
        text=head.value,
        location=text_of(head, follower.file.text.places).all(),
        names=("history",),
        branches=tuple(branches),
    )
    return [message(Role.NONE, [step], "history", marked=marked)]


def _marks(agent: Node) -> bool:
    """Say whether the agent puts cache marks on its last messages."""
    return any(word(item, "type") == "cache_control" for item in items(get(agent, "history_processors")))
