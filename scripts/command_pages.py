"""A page for every command, with its help as a terminal of 80 columns shows it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from typer.core import TyperCommand, TyperGroup

from cachelens.cli.commands import COMMANDS
from cachelens.cli.lazy import build_command

Command: TypeAlias = TyperCommand | TyperGroup

DOCS = Path(__file__).resolve().parents[1] / "docs"
COLUMNS = 78
"""What the option parser leaves of 80."""

GUIDES = {
    "compile": "formats.md#compiled-traces",
    "diff": "explain-miss.md",
    "doctor": "setting-up.md#is-it-well-installed",
    "init": "setting-up.md#setting-up-a-project",
    "rule": "rules/README.md",
}
"""Where a command is described that has no page of its own name."""


def pages() -> dict[str, str]:
    """Return the text of each page by file name, the list of all among them."""
    found: dict[str, str] = {}
    rows = []
    for name, row in COMMANDS.items():
        command = build_command(name, row)
        guide = _guide(name)
        found[f"{name}.md"] = _page(name, command, guide)
        rows.append(f"| [`cachelens {name}`]({name}.md) | {row.summary} | {guide} |")
    head = [
        "# Commands",
        "",
        "The help of every command, as `--help` shows it. What the results mean stands in the pages on the right.",
        "",
        "| command | what it does | read on |",
        "|---|---|---|",
    ]
    tail = ["", "All of them end with the same [exit codes](../exit-codes.md)."]
    return {**found, "README.md": "\n".join([*head, *rows, *tail]) + "\n"}


def _guide(name: str) -> str:
    """Return a link to the page that tells more of a command, by the page's own title."""
    guide = GUIDES.get(name, f"{name}.md")
    page = DOCS / guide.partition("#")[0]
    if not page.exists():
        raise FileNotFoundError(f"write docs/{guide}, or name another page in GUIDES for `cachelens {name}`")
    title = page.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ")
    return f"[{title}](../{guide})"


def _page(name: str, command: Command, guide: str) -> str:
    (_, own), *below = _helps(f"cachelens {name}", command, {"help_option_names": ["-h", "--help"]})
    parts = [f"# cachelens {name}", f"How to use it and how to read it: {guide}.", _block(own)]
    parts += [part for title, text in below for part in (f"## {title}", _block(text))]
    return "\n\n".join(parts) + "\n"


def _block(text: str) -> str:
    return f"```text\n{text.rstrip()}\n```"


def _helps(title: str, command: Command, settings: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the help of a command called by its whole path, and of those below it, which inherit its settings."""
    settings = {**settings, **command.context_settings}
    context = command.make_context(title, [], resilient_parsing=True, terminal_width=COLUMNS, **settings)
    yield title, context.get_help()
    for name, below in getattr(command, "commands", {}).items():
        yield from _helps(f"{title} {name}", below, settings)
