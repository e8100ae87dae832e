"""Tells what a value that changes is: by its kind, by how often it changes, and by the words in front of it."""

from __future__ import annotations

import enum
import re

from cachelens.model.audit import SlotFact


class Nature(enum.StrEnum):
    """What a value is; each is told by one rule."""

    TIME = "time"
    ID = "id"
    IDENTITY = "identity"
    ENVIRONMENT = "environment"
    NUMBER = "number"
    DOCUMENTS = "documents"
    ITEMS = "items"
    EXAMPLES = "examples"
    ADDRESS = "address"
    INPUT = "input"
    STATE = "state"
    SYSTEM = "system"
    TOOL = "tool"
    SCHEMA = "schema"
    KEYS = "keys"
    SPACE = "space"
    UNICODE = "unicode"
    NONE = "none"
    """It holds still as long as a prompt can: from one deployment to the next."""


_PLAIN = {
    "clock": Nature.TIME,
    "date or time": Nature.TIME,
    "url": Nature.ADDRESS,
    "session id": Nature.IDENTITY,
    "e-mail": Nature.IDENTITY,
    "order of JSON keys": Nature.KEYS,
    "shuffled items": Nature.ITEMS,
    "shuffled examples": Nature.EXAMPLES,
}
_IDS = frozenset({"uuid", "id", "hash", "own id"})
_LASTING = frozenset({"session", "tenant"})
_CHANGING = frozenset({*_LASTING, "day", "request", "session or request"})
_SHORT = 60
"""Characters up to which a text can be a name, a plan or a locale."""
_ENVIRONMENT = re.compile(
    r"(?i)\b(?:git|commit|sha|rev|revision|build|branch|version|release|deployed|deployment|host|hostname|node|pod"
    r"|machine|cwd|directory|os|platform|env|environment)\b[^\w\n]{0,4}(?:id|hash|name)?[^\w\n]{0,4}$"
)
_IDENTITY = re.compile(
    r"(?i)(?:\b|_)(?:user|customer|client|account|tenant|org|organisation|organization|member|session|conversation"
    r"|thread|locale|language|plan|tier|e-?mail|employee|caller|company)(?:[ _-]?(?:id|name|code))?[^\w\n]{0,4}$"
)
_STATE = re.compile(r"(?i)\b(?:memory|memories|profile|preferences|state|facts about)\b[^\n]{0,24}\s*$")


def nature_of(slot: SlotFact) -> Nature:
    """Return what a value is."""
    if slot.scope not in _CHANGING:
        return Nature.NONE
    if slot.section == "schema":
        return Nature.SCHEMA
    if slot.kind == "form only":
        return Nature.SPACE if len({" ".join(value.split()) for value in slot.samples}) == 1 else Nature.UNICODE
    found = _PLAIN.get(slot.kind) or _of_environment(slot) or _of_somebody(slot)
    if found is not None:
        return found
    return Nature.TOOL if slot.section == "tool" else _content(slot)


def _of_environment(slot: SlotFact) -> Nature | None:
    if slot.kind in {"version", "path"}:
        return Nature.ENVIRONMENT
    said = slot.kind in {*_IDS, "name", "text", "number"} and slot.length <= _SHORT
    return Nature.ENVIRONMENT if said and _ENVIRONMENT.search(slot.label) else None


def _of_somebody(slot: SlotFact) -> Nature | None:
    """Return whether a value is of a request, or of the user or session that sends it."""
    if slot.kind == "random number":
        return Nature.ID
    said = _IDENTITY.search(slot.label) is not None
    lasting = slot.scope in _LASTING
    if slot.kind in _IDS:
        return Nature.IDENTITY if said or (lasting and slot.kind != "own id") else Nature.ID
    if slot.kind == "name" or (slot.kind == "number" and said):
        return Nature.IDENTITY
    if slot.kind == "text" and slot.length <= _SHORT and (said or lasting) and slot.section != "tool":
        return Nature.IDENTITY
    return None


def _content(slot: SlotFact) -> Nature:
    if slot.kind == "number":
        return Nature.NUMBER
    if slot.kind == "json" or _STATE.search(slot.label):
        return Nature.STATE
    if slot.kind == "documents":
        return Nature.DOCUMENTS
    return Nature.INPUT if slot.section == "message" else Nature.SYSTEM
