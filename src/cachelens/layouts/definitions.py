"""Tool definitions, read in the form of any API."""

from __future__ import annotations

import json
from collections.abc import Hashable
from typing import Any, NamedTuple


class Tool(NamedTuple):
    """One definition, read."""

    name: str
    """Empty where it has none."""
    meaning: Hashable
    """What it says, whatever the order of its keys; its text where it is no JSON."""


def tool_of(text: str) -> Tool:
    """Read a tool definition in the form of any API."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return Tool("", text)
    return Tool(_name(value), json.dumps(value, sort_keys=True))


def _name(value: Any) -> str:  # noqa: ANN401 - what JSON holds
    if not isinstance(value, dict):
        return ""
    inner = next((value[key] for key in ("function", "toolSpec") if isinstance(value.get(key), dict)), value)
    name = inner.get("name", inner.get("type", ""))
    return name if isinstance(name, str) else ""
