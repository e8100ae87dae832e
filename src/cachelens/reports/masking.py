"""Values from prompts, shown by kind and length; anything that looks like a secret is never shown."""

from __future__ import annotations

import re
from collections.abc import Iterable

from cachelens.reports.escaping import visible

_SECRET = re.compile(
    r"(?<![A-Za-z0-9])(?:[sr]k[-_][\w-]{8}|gh[pousr]_\w{20}|github_pat_|glpat-|xox[abeprs]-|xapp-|hf_\w{20}|npm_\w{20}"
    r"|pypi-\w{16}|ya29\.)|A[KS]IA[0-9A-Z]{12}|AIza[\w-]{30}|eyJ[\w-]{10,2000}\.[\w-]{10}|-----BEGIN"
    r"|://[^\s/:@]*:[^\s/@]+@"
    r"|(?i:password|passwd|secret|api[_-]?key|token|bearer)\W{0,4}\S"
)
"""Keys and tokens as those who issue them write them, passwords in addresses, and what is called a secret."""
_WIDTH = 48
_LONGEST = 400
"""Characters of a line that are shown."""


def shown(value: str, *, values: bool) -> str:
    """Return a value as it may be shown: its length, or its beginning when `values` were asked for."""
    length = f"{len(value):,} characters" if len(value) != 1 else "1 character"
    if not values:
        return length
    if _SECRET.search(value):
        return f"{length} (looks like a secret)"
    line = visible(" ".join(value.split()))
    return f'"{line if len(line) <= _WIDTH else line[: _WIDTH - 3] + "..."}"'


def is_secret(text: str) -> bool:
    """Say whether a text looks as if it held a secret."""
    return _SECRET.search(text) is not None


def lines_shown(lines: Iterable[str]) -> list[str]:
    """Return lines of a diff as they may be shown: those that look like a secret, and private keys whole, are not."""
    found: list[str] = []
    inside = False
    for line in lines:
        inside = inside or "-----BEGIN" in line
        hidden = inside or is_secret(line)
        told = line if len(line) <= _LONGEST else f"{line[:_LONGEST]}..."
        found.append(f"{line[:1]} ({len(line) - 1:,} characters, looks like a secret)" if hidden else visible(told))
        inside = inside and "-----END" not in line
    return found
