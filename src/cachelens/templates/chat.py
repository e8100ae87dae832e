"""YAML and JSON files with a list of messages, or with prompts under names such as `system_prompt`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from cachelens.model.prompt import Role
from cachelens.model.template import MessageTemplate, ParsedFile, PromptTemplate
from cachelens.templates.base import TemplateFile
from cachelens.templates.chat_lists import looks_like_messages, read_messages
from cachelens.templates.documents import message_at, parse_tree
from cachelens.templates.following import Follower
from cachelens.templates.nodes import Items, Mapping, Node, Scalar, get, location, pairs, walk, word
from cachelens.templates.roles import role_named

_ROLE = re.compile(r"[\"']?role[\"']?[ ]*:[ ]*[\"']?(?:system|user|assistant|developer)\b")
_CONTENT = re.compile(r"[\"']?content[\"']?[ ]*:")
_PROMPT_KEY = re.compile(
    r"^(?:(?:system|user|developer|assistant|\w+)_)?(?:prompt|message|instructions?)(?:_template)?$", re.IGNORECASE
)
_PROMPT_LINE = re.compile(
    r"^[ ]*(?:-[ ]+)?[\"']?(?:\w+_)?(?:prompt|instructions?)(?:_template)?[\"']?[ ]*:[ ]*(?:[|>\"']|\S+[ ]\S)",
    re.IGNORECASE | re.MULTILINE,
)
_PROMPT_NAME = re.compile(r"prompt|chat|template", re.IGNORECASE)
_SHORTEST = 20
"""Characters below which a value called a prompt is a name or a path."""


class Chat:
    """Reads prompts out of files that follow no tool's own format."""

    id = "chat"

    def sniff(self, name: str, text: str) -> int:
        """Say that a file whose name speaks of prompts, and that holds some, is one."""
        path = PurePosixPath(name)
        if not (_PROMPT_NAME.search(path.name) or _PROMPT_NAME.search(path.parent.name)):
            return 0
        if _ROLE.search(text) and _CONTENT.search(text):
            return 40
        return 30 if _PROMPT_LINE.search(text) else 0

    def parse(self, file: TemplateFile) -> ParsedFile:
        """Return one template for each list of messages, and one for each group of named prompts."""
        follower = Follower(file)
        tree = parse_tree(follower.file, follower)
        templates = tuple(_templates(tree, follower, Path(file.name).name.partition(".")[0], self.id))
        return ParsedFile(templates=templates, problems=tuple(follower.problems))


LANGUAGE = Chat()


def _templates(tree: Node | None, follower: Follower, stem: str, language: str) -> Iterator[PromptTemplate]:
    opened = follower.file
    for node in walk(tree):
        messages: tuple[MessageTemplate, ...] = ()
        name, model = stem, ""
        if isinstance(node, Items) and looks_like_messages(node):
            messages = read_messages(node, opened, follower)
            model = word(tree, "model")
        elif isinstance(node, Mapping) and not isinstance(get(node, "role"), Scalar):
            name, model = word(node, "name") or stem, word(node, "model")
            messages = tuple(_named_prompts(node, follower))
        if messages:
            yield PromptTemplate(
                name=name,
                language=language,
                location=location(node, opened.text.places),
                messages=messages,
                model=model,
            )


def _named_prompts(node: Mapping, follower: Follower) -> Iterator[MessageTemplate]:
    for key, value in pairs(node):
        if _PROMPT_KEY.match(key.value) and isinstance(value, Scalar) and len(value.value) >= _SHORTEST:
            role = role_named(key.value)
            section = "system" if role is Role.SYSTEM else "message"
            yield from message_at(value, role, follower.file, follower, "", section)
