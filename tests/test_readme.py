"""The README is a transcript: its commands run, and the output it shows is what they print.

A comment in front of a fenced `bash` block says what is done with it:

| comment | meaning |
|---|---|
| `<!-- run -->` | run here, in a shell, from the repository root; it must succeed |
| `<!-- set-up -->`, `<!-- tests -->` | install and test from a fresh clone: `.ci/run` runs these |
| `<!-- skip: reason -->` | not run, for the reason given |

`<!-- output -->` in front of the next `console` or `text` block: it is exactly what the block before prints.
A line `...` in it stands for any lines. `.venv/bin/` in a command stands for the environment under test.
The terminal is 80 columns wide, as a pipe and most new windows are.
"""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent
README = REPOSITORY / "README.md"
SECONDS = 120
BLOCK = re.compile(
    r"(?:^<!--\s*(?P<mark>[^>]*?)\s*-->\n+)?^```(?P<language>\w+)\n(?P<body>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
ELSEWHERE = ("set-up", "tests")


class Block(NamedTuple):
    mark: str
    language: str
    body: str
    line: int


class Case(NamedTuple):
    command: str
    expected: str | None
    line: int


def blocks(text: str) -> list[Block]:
    return [
        Block(found["mark"] or "", found["language"], found["body"], text.count("\n", 0, found.start("body")))
        for found in BLOCK.finditer(text)
    ]


def cases(found: list[Block]) -> list[Case]:
    """Pair every block that runs with the output block behind it, if there is one."""
    following = [*found[1:], Block("", "", "", 0)]
    return [
        Case(block.body, after.body if after.mark == "output" else None, block.line)
        for block, after in zip(found, following, strict=True)
        if block.mark == "run"
    ]


def matches(expected: str, real: str) -> bool:
    """Compare line by line, trailing blanks aside; `...` alone on a line stands for any lines."""
    lines = [line.rstrip() for line in expected.strip("\n").split("\n")]
    pattern = "".join(r"(?:.*\n)*?" if line == "..." else re.escape(line) + "\n" for line in lines)
    trimmed = "".join(line.rstrip() + "\n" for line in real.strip("\n").split("\n"))
    return re.fullmatch(pattern, trimmed) is not None


README_BLOCKS = blocks(README.read_text(encoding="utf-8"))


def test_every_command_block_says_what_becomes_of_it() -> None:
    unmarked = [
        block.line
        for block in README_BLOCKS
        if block.language == "bash" and block.mark not in ("run", *ELSEWHERE) and not block.mark.startswith("skip: ")
    ]
    assert unmarked == []


@pytest.mark.parametrize(("mark", "commands"), [("set-up", 2), ("tests", 1)])
def test_two_commands_set_up_and_one_tests(mark: str, commands: int) -> None:
    """`.ci/run` runs the same blocks, so what the README promises is what a fresh machine does."""
    found = [block.body.strip().split("\n") for block in README_BLOCKS if block.mark == mark]
    assert [len(block) for block in found] == [commands]


def run_case(case: Case) -> None:
    """Run a block from the repository root; what it prints must be what is shown."""
    here = Path(sys.executable).parent
    environment = {**os.environ, "COLUMNS": "80", "PATH": f"{here}{os.pathsep}{os.environ.get('PATH', '')}"}
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", case.command.replace(".venv/bin/", "")],
        cwd=REPOSITORY,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )
    assert done.returncode == 0, done.stderr
    if case.expected is not None:
        assert matches(case.expected, done.stdout), done.stdout


@pytest.mark.parametrize("case", cases(README_BLOCKS), ids=lambda case: f"line{case.line}")
def test_the_readme_tells_the_truth(case: Case) -> None:
    run_case(case)


@pytest.mark.parametrize(
    ("expected", "real", "same"),
    [
        ("a\nb\n", "a  \nb\n", True),
        ("a\n...\nd\n", "a\nb\nc\nd\n", True),
        ("a\n...\nd\n", "a\nd\n", True),
        ("a\n...\n", "b\n", False),
        ("a.c\n", "abc\n", False),
        ("a\n", "a\nb\n", False),
    ],
)
def test_output_is_compared_line_by_line(expected: str, real: str, same: bool) -> None:
    assert matches(expected, real) is same


def test_a_run_block_is_paired_with_the_output_behind_it() -> None:
    text = "<!-- run -->\n```bash\nls\n```\n\n<!-- output -->\n```console\nfile\n```\n\n```bash\nrm\n```\n"
    found = blocks(text)
    assert [block.mark for block in found] == ["run", "output", ""]
    assert cases(found) == [Case("ls\n", "file\n", 2)]
