"""The pieces that Markdown reports are made of: tables, lists, and figures of our own making."""

from __future__ import annotations

from collections.abc import Sequence

from cachelens.reports.figures import approx


def table(headings: Sequence[str], rows: Sequence[Sequence[str]], *, words_in: Sequence[int] = (0,)) -> str:
    """Write a table; `words_in` names the columns that stand left, the others hold figures."""
    rule = ["---" if index in words_in else "---:" for index in range(len(headings))]
    return "\n".join("| " + " | ".join(row) + " |" for row in (headings, rule, *rows))


def bullets(lines: Sequence[str]) -> str:
    """Write a list, one line each."""
    return "\n".join(f"- {line}" for line in lines)


def figure(shown: str, *, estimated: bool = False) -> str:
    """Write a figure; a lone `~` would strike text out."""
    return approx(shown, estimated=estimated).replace("~", "\\~").replace("<", "&lt;").replace(">", "&gt;")
