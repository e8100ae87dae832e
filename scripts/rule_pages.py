"""A page for every rule of the audit, from its docstring."""

from __future__ import annotations

import inspect

from cachelens.catalog import load_catalog


def pages() -> dict[str, str]:
    """Return the text of each page by file name, the list of all rules among them."""
    rules = list(load_catalog("rules"))
    found = {f"{rule.id}.md": _page(rule) for rule in rules}
    rows = [f"| [{rule.id}]({rule.id}.md) | {rule.name} | {rule.severity.value} |" for rule in rules]
    head = [
        "# Rules",
        "",
        "`cachelens rule ID` shows the same pages.",
        "",
        "| rule | name | severity |",
        "|---|---|---|",
    ]
    return {**found, "README.md": "\n".join([*head, *rows]) + "\n"}


def _page(rule: type) -> str:
    title = f"# {rule.id} {rule.name}"  # type: ignore[attr-defined]
    return f"{title}\n\nSeverity: {rule.severity.value}.\n\n{inspect.cleandoc(rule.__doc__ or '')}\n"  # type: ignore[attr-defined]
