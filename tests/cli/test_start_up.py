"""What a run loads: a hook that looks at one template must not wait for what reads logs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.selection.samples import CLOCK, RULES, written

HEAVY = {
    "numpy",
    "pandas",
    "numba",
    "tiktoken",
    "pathspec",
    "cachelens.reading",
    "cachelens.traffic",
    "cachelens.replay",
}
SCRIPT = """
import sys
from cachelens.cli.main import run
try:
    run(sys.argv[1:])
except SystemExit as stop:
    sys.stdout.flush()
    print("code", stop.code)
print(*sorted(sys.modules), sep="\\n")
"""


def loaded(folder: Path, *arguments: str) -> set[str]:
    command = [sys.executable, "-c", SCRIPT, "audit", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    result, _, modules = done.stdout.partition("code 1\n")
    assert "V101" in result
    return set(modules.split())


@pytest.mark.parametrize(
    ("name", "text", "others"),
    [
        ("a.jinja2", CLOCK + RULES, {"tree_sitter", "cachelens.templates.python", "cachelens.templates.handlebars"}),
        ("a.hbs", "It is {{now}}.\n" + RULES, {"tree_sitter", "cachelens.templates.python"}),
        (
            "a.py",
            f'import time\nSYSTEM_PROMPT = f"""It is {{time.time()}}.\n{RULES}"""\n',
            {"tree_sitter", "cachelens.templates.jinja", "cachelens.templates.handlebars"},
        ),
    ],
)
def test_a_template_needs_only_its_own_language(tmp_path: Path, name: str, text: str, others: set[str]) -> None:
    written(tmp_path, name, text)
    assert loaded(tmp_path, "--fail-on", "medium", name) & (HEAVY | others) == set()
