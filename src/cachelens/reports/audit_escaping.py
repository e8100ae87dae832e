"""Untrusted text made harmless for the readers of an audit in CI: build logs, XML, JSON, addresses.

A build server obeys lines of its log: GitHub those that start with `::`, or that hold `##[`; others `##name[`.
"""

from __future__ import annotations

import re
from urllib.parse import quote

from cachelens.reports.escaping import visible

_COMMAND = re.compile(r"#(?=#\w*\[)|:(?=:)")
_MARKED = re.compile(r"#(?=#\w*\[)")
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold, not even as a character reference."""


def inert(text: str) -> str:
    """Show `text` so that neither a terminal nor a build server obeys it, wherever its lines are broken."""
    return _COMMAND.sub(lambda match: f"\\x{ord(match.group()):02x}", visible(text))


def command_data(text: str) -> str:
    """Write the message of a workflow command."""
    return visible(text).replace("%", "%25")


def command_property(text: str) -> str:
    """Write a property of a workflow command, such as the file."""
    return command_data(text).replace(":", "%3A").replace(",", "%2C")


def xml_text(text: str) -> str:
    """Return what XML can hold of `text`, other control characters shown by their escapes."""
    return _NOT_XML.sub("\ufffd", visible(text))


def xml_document(document: str) -> str:
    """Escape in a finished document what a build server would obey; its meaning stays the same."""
    return _MARKED.sub("&#35;", document)


def uri(path: str) -> str:
    """Write a path as a URI reference: relative ones stay relative, bytes that are no text keep their value."""
    path = path.removeprefix("./")
    try:
        raw = path.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        raw = path.encode("utf-8", "backslashreplace")
    shown = quote(raw, safe="/")
    if path.startswith("/"):
        return f"file://{shown}"
    if re.match(r"[A-Za-z]:/", path):
        return f"file:///{path[0]}:{shown[4:]}"
    return shown


def clipped(text: str, most: int) -> str:
    """Cut the middle out of a text of more than `most` characters."""
    if len(text) <= most:
        return text
    half = (most - 3) // 2
    return f"{text[:half]}...{text[-half:]}"
