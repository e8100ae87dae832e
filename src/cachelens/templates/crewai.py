"""CrewAI: `agents.yaml`, `tasks.yaml` and its own prompt texts, with `{topic}` for what a crew is started with."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from cachelens.model.prompt import Role
from cachelens.model.template import MessageTemplate, ParsedFile, PromptTemplate, Span
from cachelens.templates.base import TemplateFile
from cachelens.templates.documents import parse_tree
from cachelens.templates.following import Follower
from cachelens.templates.nodes import Mapping, Node, Scalar, get, location, pairs, text_of, word
from cachelens.templates.placeholders import CREW, spans_of
from cachelens.templates.roles import message

_AGENT = re.compile(r"^[ ]+(?:role|goal|backstory)[ ]*:", re.MULTILINE)
_TASK = re.compile(r"^[ ]+(?:description|expected_output)[ ]*:", re.MULTILINE)
_AGENT_PARTS = ("role", "backstory", "goal")
"""In the order in which the system prompt puts them."""
_TASK_PARTS = ("description", "expected_output")


class CrewAi:
    """Reads agents as system prompts and tasks as what the user says."""

    id = "crewai"

    def sniff(self, name: str, text: str) -> int:
        """Say that a file with the fields of agents or tasks is one, surest by its usual name."""
        if name.endswith(".json"):
            return 80 if '"role_playing"' in text and '"slices"' in text else 0
        agents = "backstory" in text and len({match.strip(" :") for match in _AGENT.findall(text)}) > 1
        tasks = len({match.strip(" :") for match in _TASK.findall(text)}) > 1
        if not (agents or tasks):
            return 0
        return 90 if PurePosixPath(name).name.partition(".")[0] in {"agents", "tasks"} else 50

    def parse(self, file: TemplateFile) -> ParsedFile:
        """Return one template for each agent, task or text."""
        follower = Follower(file)
        tree = parse_tree(follower.file, follower)
        found = _texts(tree, "") if file.name.endswith(".json") else _crew(tree)
        templates = tuple(
            PromptTemplate(
                name=name or Path(file.name).stem,
                language=self.id,
                location=location(node, follower.file.text.places),
                messages=tuple(messages),
                model=word(node, "llm") if isinstance(node, Mapping) else "",
            )
            for name, node, parts, role in found
            if (messages := _message(parts, role, follower))
        )
        return ParsedFile(templates=templates, problems=tuple(follower.problems))


LANGUAGE = CrewAi()

_Found = tuple[str, Node, list[Scalar], Role]


def _crew(tree: Node | None) -> Iterator[_Found]:
    """Yield the agents and tasks of a file, also where they stand one level down."""
    for key, value in pairs(tree):
        if _scalars(value, ("role", "goal")) or _scalars(value, ("description",)):
            yield from _member(key.value, value)
        else:
            for inner_key, inner in pairs(value):
                yield from _member(inner_key.value, inner)


def _member(name: str, node: Node) -> Iterator[_Found]:
    if get(node, "expected_output") is not None or get(node, "description") is not None:
        yield name, node, _scalars(node, _TASK_PARTS), Role.USER
    elif get(node, "goal") is not None or get(node, "backstory") is not None:
        yield name, node, _scalars(node, _AGENT_PARTS), Role.SYSTEM


def _texts(tree: Node | None, path: str) -> Iterator[_Found]:
    """Yield every text of a translations file under its key path; the role is known of one of them."""
    for key, value in pairs(tree):
        name = f"{path}.{key.value}" if path else key.value
        if isinstance(value, Scalar) and value.style:
            yield name, value, [value], Role.SYSTEM if key.value == "role_playing" else Role.NONE
        elif isinstance(value, Mapping):
            yield from _texts(value, name)


def _scalars(node: Node, keys: tuple[str, ...]) -> list[Scalar]:
    found = (get(node, key) for key in keys)
    return [value for value in found if isinstance(value, Scalar) and value.value]


def _message(parts: list[Scalar], role: Role, follower: Follower) -> list[MessageTemplate]:
    spans: list[Span] = []
    for part in parts:
        spans += spans_of(text_of(part, follower.file.text.places), CREW)
    section = "system" if role is Role.SYSTEM else "message"
    return [message(role, spans, section)] if spans else []
