"""The files that `cachelens init` writes, as text, and how a hook joins those that are there."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

HOOK_ID = "cachelens-audit"
_LIST_ITEM = re.compile(r"^( *)- ", re.MULTILINE)


def settings(paths: Sequence[str], logs: Sequence[str]) -> str:
    """Return `cachelens.toml` for the paths with templates and the logs that were found."""
    seen = "found here" if logs else "none was found here"
    return f"""\
# Settings of `cachelens audit`; docs/configuration.md of CacheLens explains every key.

# What is audited when the command names nothing.
paths = {_array(paths or ["."])}

# Logs or traces to audit along ({seen}). They have to be where the audit runs, in CI too.
# traffic = {_array(logs[:3] or ["logs/week.trace"])}

# From which severity on the exit code is 1: high, medium, low, info or never.
fail-on = "high"

# Patterns as in .gitignore of files that are not looked at.
exclude = ["test/", "tests/"]

# Known findings, written by `cachelens audit --write-baseline cachelens-baseline.json`; only new ones count.
# baseline = "cachelens-baseline.json"
"""


def _array(words: Sequence[str]) -> str:
    return f"[{', '.join(json.dumps(word, ensure_ascii=False) for word in words)}]"


def workflow(version: str) -> str:
    """Return a GitHub workflow that audits every pull request, with findings on its lines and in the job's summary."""
    return f"""\
name: CacheLens

on:
  pull_request:
  push:
    branches: [main]

permissions:
  contents: read

jobs:
  audit:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v6
      - uses: actions/setup-python@v6
        with:
          python-version: "3.12"
      - run: python -m pip install --quiet "cachelens-sim[code]=={version}"
      - run: cachelens audit --fail-on never --format markdown >> "$GITHUB_STEP_SUMMARY"
      - run: cachelens audit --format github
"""


def hook(version: str, suffixes: Sequence[str], others: Sequence[str]) -> str:
    """Return the entry of a pre-commit hook, as an item of `repos`, without indentation.

    `suffixes` are those of templates and sources for sure, `others` what stands in front of them where a template
    makes something else.
    """
    files = "|".join(re.escape(suffix.lstrip(".")) for suffix in suffixes)
    return f"""\
- repo: local
  hooks:
    - id: {HOOK_ID}
      name: cachelens audit
      entry: cachelens audit --fail-on=high
      language: python
      additional_dependencies: ["cachelens-sim[code]=={version}"]
      files: '\\.({files})$'
      exclude: '(^|/)[^/]+\\.({"|".join(others)})\\.[^/.]+$'
"""


def hooks_file(entry: str) -> str:
    """Return a `.pre-commit-config.yaml` with nothing but the hook."""
    return "repos:\n" + indented(entry, "  ")


def indented(entry: str, by: str) -> str:
    """Return an entry below something."""
    return "".join(f"{by}{line}\n" for line in entry.splitlines())


def has_hook(text: str) -> bool:
    """Tell whether a `.pre-commit-config.yaml` runs the audit already."""
    return re.search(rf"id:\s*['\"]?{HOOK_ID}\b", text) is not None


def with_hook(text: str, entry: str) -> str:
    """Return a `.pre-commit-config.yaml` with the entry behind all others, else as it was.

    Empty where that cannot be done by adding lines to its end: what it says must stay the same but for the entry.
    """
    before, added = _loaded(text), _loaded("repos:\n" + indented(entry, "  "))
    if not isinstance(before, dict) or not isinstance(before.get("repos"), list):
        return ""
    wanted = {**before, "repos": [*before["repos"], *added["repos"]]}
    found = _LIST_ITEM.search(text, text.find("repos:"))
    after = text.rstrip("\n") + "\n" + indented(entry, found[1] if found else "  ")
    return after if _loaded(after) == wanted else ""


def _loaded(text: str) -> Any:  # noqa: ANN401  any YAML value
    import yaml

    try:
        return yaml.safe_load(text)
    except yaml.YAMLError:
        return None
