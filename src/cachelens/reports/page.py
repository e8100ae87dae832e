"""A page of text: styled lines that never exceed the width, written with or without colour."""

from __future__ import annotations

import io
from collections.abc import Iterable

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from cachelens.reports.base import MAX_WIDTH, ReportOptions
from cachelens.reports.escaping import visible

HEADING = "bold"
QUIET = "dim"
GOOD = "green"
BAD = "bold red"
WARN = "yellow"


def page_width(options: ReportOptions) -> int:
    """Return the columns to use: those of the terminal, at most `MAX_WIDTH`."""
    return max(1, min(options.width, MAX_WIDTH))


def safe(text: str, style: str = "") -> Text:
    """Return text from a log as it may be shown: no control sequence, no markup."""
    return Text(visible(text), style=style)


def wrapped(text: Text, width: int, indent: int = 0, hang: int = 2) -> list[Text]:
    """Break a sentence at words; `indent` moves all lines, `hang` the second and later ones further."""
    first, rest = (0, 0) if width <= indent + hang + 1 else (indent, indent + hang)
    console = Console(width=width, file=io.StringIO(), color_system=None)
    lines: list[Text] = []
    for line in _broken(console, text, width - first, width - rest):
        line.rstrip()
        padded = Text(" " * (rest if lines else first))
        padded.append_text(line)
        lines.append(padded)
    return lines


def _broken(console: Console, text: Text, first: int, rest: int) -> Iterable[Text]:
    """Break with a first line of another width than the later ones."""
    head = text.wrap(console, first, overflow="fold")
    if len(head) <= 1 or first == rest:
        return list(head)
    tail = text[len(head[0].plain) :]
    tail = tail[len(tail.plain) - len(tail.plain.lstrip()) :]
    return [head[0], *tail.wrap(console, rest, overflow="fold")]


def fit(text: Text, width: int) -> Text:
    """Cut a name to `width` columns, showing with `...` that something is missing."""
    if cell_len(text.plain) <= width:
        return text
    if width <= len("..."):
        return Text("..."[:width], style=text.style)
    short = text.copy()
    short.truncate(width - len("..."))
    short.rstrip()
    short.append("...")
    return short


def write(lines: Iterable[Text], options: ReportOptions) -> str:
    """Write the lines: no trailing blanks, colour codes only if asked for, the last line ended."""
    out = io.StringIO()
    console = Console(
        file=out,
        width=page_width(options),
        force_terminal=options.color,
        color_system="standard" if options.color else None,
        legacy_windows=False,
        no_color=False,
        highlight=False,
        markup=False,
        emoji=False,
        soft_wrap=True,
        _environ={},
    )
    for line in lines:
        bare = line.copy()
        bare.rstrip()
        console.print(bare, soft_wrap=True)
    return out.getvalue()
