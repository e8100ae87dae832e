"""Tells recorded conversations in JSON and YAML from templates: both are lists of messages."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cachelens.model.location import Location
from cachelens.model.prompt import Role
from cachelens.model.template import ParsedFile, SpanKind, TemplateProblem
from cachelens.templates.reading import Found

_NAMED = 3
_ANY_LIST = "chat"
"""The language that takes any list of messages; the others have a form that no log has."""


def is_recorded(file: Found, parsed: ParsedFile) -> bool:
    """Say whether a file that was found in a folder holds recorded conversations.

    It does if it has a format of logs that keep answers, or else if nothing in it is put in later and a list in it
    ends with an answer.
    """
    if file.language != _ANY_LIST or not parsed.templates:
        return False
    return _is_log(file.path) or (_is_fixed(parsed) and _is_answered(parsed))


def _is_log(path: Path) -> bool:
    from cachelens.sources.discovery import discover, source_of

    (opened,) = discover([str(path)])
    return bool(opened.format) and (opened.answered or not source_of(opened.format).mappable)


def _is_fixed(parsed: ParsedFile) -> bool:
    messages = [message for template in parsed.templates for message in template.messages]
    return all(span.kind is SpanKind.LITERAL for message in messages for span in message.spans)


def _is_answered(parsed: ParsedFile) -> bool:
    return any(template.messages[-1].role is Role.ASSISTANT for template in parsed.templates)


def passed_over(names: Sequence[str]) -> list[TemplateProblem]:
    """Say which files were taken for logs; nothing where there are none."""
    if not names:
        return []
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    named = ", ".join(Path(name).name for name in names[:_NAMED]) + more
    are = "file looks like a log and was" if len(names) == 1 else "files look like logs and were"
    message = f"{len(names)} {are} not judged as templates: {named}; name logs with --traffic to have them judged"
    return [TemplateProblem(Location(names[0], 1, 1, 1, 1), "looks-like-a-log", message)]


def empty(name: str, *, excluded: bool) -> TemplateProblem:
    """Say why nothing of an input was looked at."""
    why = (
        "all that it holds is excluded by the configuration; change `exclude`, or use --no-config"
        if excluded
        else "no template, source or log was found in it; name the folder that holds them, or the file itself"
    )
    return TemplateProblem(Location(name, 1, 1, 1, 1), "nothing-found", f"not judged: {why}")
