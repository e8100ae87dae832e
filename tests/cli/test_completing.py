"""The tab key, in a real shell: commands, options and values, each read when it is asked for."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

BASH = shutil.which("bash")
ASK = """
source <(_CACHELENS_COMPLETE=source_bash cachelens)
COMP_WORDS=("$@")
COMP_CWORD=$(( $# - 1 ))
_cachelens_completion cachelens
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A `cachelens` of its own, that of the interpreter under test."""
    folder = tmp_path_factory.mktemp("bin")
    program = folder / "cachelens"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m cachelens "$@"\n')
    program.chmod(0o755)
    return {**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}


@pytest.mark.skipif(BASH is None, reason="bash is not installed")
@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        (["sim"], {"simulate"}),
        (["pricing", "s"], {"show"}),
        (["simulate", "--bound"], {"--boundary"}),
        (["simulate", "week.jsonl", "--format", "m"], {"markdown"}),
        (["simulate", "week.jsonl", "--boundary", "o"], {"optimal"}),
        (["simulate", "week.jsonl", "--layout", "static"], {"static-first"}),
        (["simulate", "week.jsonl", "--model", "claude-opus-4-6"], {"claude-opus-4-6"}),
        (["simulate", "week.jsonl", "--provider", "anth"], {"anthropic"}),
        (["simulate", "week.jsonl", "--from", "claude"], {"claude_code"}),
        (["audit", "--select", "S301,V10"], {f"S301,V10{number}" for number in range(1, 10)}),
        (["rule", "B"], {"B701", "B702"}),
        (["fleet", "week.jsonl", "--policy", "a"], {"all", "aibrix"}),
        (["fleet", "week.jsonl", "--policy", "dynamo,r"], {"dynamo,round-robin", "dynamo,random", "dynamo,ray"}),
        (["fleet", "week.jsonl", "--engine", "vllm"], {"vllm", "vllm-lmcache"}),
        (["fleet", "week.jsonl", "--gpu", "h"], {"h100", "h100-pcie", "h200"}),
        (["fleet", "week.jsonl", "--llm", "llama-3.1-8"], {"llama-3.1-8b"}),
        (["pricing", "show", "no-such"], {""}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_the_shell_offers_what_fits(environment: dict[str, str], typed: list[str], offered: set[str]) -> None:
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-c", ASK, "bash", "cachelens", *typed],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert (set(done.stdout.splitlines()), done.stderr) == (offered, "")


@pytest.mark.skipif(BASH is None, reason="bash is not installed")
def test_completion_is_installed_for_good(environment: dict[str, str], tmp_path: Path) -> None:
    done = subprocess.run(
        ["cachelens", "--install-completion", "bash"],
        env={**environment, "HOME": str(tmp_path), "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "bash completion installed" in done.stdout
    assert "_cachelens_completion" in "".join(path.read_text() for path in tmp_path.rglob("cachelens.sh"))
