"""Untrusted text made harmless: for terminals, Markdown, CSV and JSON.

Workload names, paths and models come from logs: any may hold control sequences, markup or formulas.
"""

from __future__ import annotations

import re
import unicodedata

_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Categories that a terminal obeys instead of showing: controls, direction marks, surrogates, line ends."""

_FORMULA = tuple("=+-@\t\r\n＝＋－＠")
"""First characters that make a spreadsheet read a cell as a formula, full-width forms included."""

_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?", re.ASCII)

_REFERENCES = ("@", "#", "gh-")
"""What GitHub turns into a link to a person or an issue, even where it is written as an entity."""

_MARKDOWN = re.compile(
    r"[@#]|\bgh-(?=\d)"  # references
    r"|[\\`*\[\]<>&|~$]|(?<![^\W_])_|_(?![^\W_])"  # marks within a line
    r"|://|www\."  # links
    r"|^ *[-+=]|^ *\d{1,9}[.)](?=\s|$)|^ {4,}",  # lists, rules and code at the start of a line
    re.IGNORECASE,
)

_PLAIN_NAME = re.compile(r"[\w.,:;()+=%/-]+( [\w.,:;()+=%/-]+)*")
"""Names that are safe inside a code span and inside a table cell."""

_ASCII_PUNCTUATION = re.compile(r"[!-/:-@\[-`{-~]")

_RAW_IN_JSON = re.compile("[\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")


def visible(text: str) -> str:
    r"""Replace every character that a terminal would obey by its escape, such as `\x1b` or `\u202e`."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escape(char) if unicodedata.category(char) in _HIDDEN else char for char in text)


def _escape(char: str) -> str:
    return char.encode("unicode_escape", "backslashreplace").decode("ascii")


def csv_cell(text: str) -> str:
    """Make `text` safe in a cell: controls visible, formulas prefixed with `'` unless they are numbers."""
    shown = visible(text)
    if text.startswith(_FORMULA) and not _NUMBER.fullmatch(text):
        return "'" + shown
    return shown


def markdown_prose(text: str) -> str:
    """Escape a sentence so that it reads as written: no markup, HTML, link, mention, issue or cell border."""
    return _MARKDOWN.sub(_inert, visible(text))


def markdown_name(text: str) -> str:
    """Show a name as code. Plain names become a code span, all others HTML code with entities."""
    shown = visible(text)
    if _PLAIN_NAME.fullmatch(shown):
        return f"`{shown}`"
    return f"<code>{_ASCII_PUNCTUATION.sub(_entity, shown)}</code>"


def _inert(match: re.Match[str]) -> str:
    found = match.group()
    return f"{found}<!-- -->" if found.lower() in _REFERENCES else _entity(match)


def _entity(match: re.Match[str]) -> str:
    return "".join(f"&#{ord(char)};" for char in match.group())


def json_text(text: str) -> str:
    """Return `text` with lone surrogates (undecodable bytes of a path) escaped: UTF-8 cannot hold them."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def json_document(document: str) -> str:
    """Escape what a terminal would obey in a finished JSON document; its meaning stays the same."""
    return _RAW_IN_JSON.sub(lambda match: f"\\u{ord(match.group()):04x}", document)
