"""Values from prompts, shown by kind and length; anything that looks like a secret is never shown."""

from __future__ import annotations

import re

from cachelens.reports.escaping import visible

_SECRET = re.compile(
    r"sk-[\w-]{8}|AKIA[0-9A-Z]{12}|gh[pousr]_\w{20}|xox[abpr]-|eyJ[\w-]{10}\.[\w-]{10}|-----BEGIN|AIza[\w-]{30}"
    r"|(?i:password|passwd|secret|api[_-]?key|token|bearer)\W{0,4}\S"
)
_WIDTH = 48


def shown(value: str, *, values: bool) -> str:
    """Return a value as it may be shown: its length, or its beginning when `values` were asked for."""
    length = f"{len(value):,} characters" if len(value) != 1 else "1 character"
    if not values:
        return length
    if _SECRET.search(value):
        return f"{length} (looks like a secret)"
    line = visible(" ".join(value.split()))
    return f'"{line if len(line) <= _WIDTH else line[: _WIDTH - 3] + "..."}"'
