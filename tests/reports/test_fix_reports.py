"""Patches that other tools take, and what is said of fixes."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cachelens.model.fix import FileFix, FixResult, Keeps, Proposal
from cachelens.model.location import Location
from cachelens.model.template import TemplateProblem
from cachelens.reports.base import ReportOptions
from cachelens.reports.fix_diff import FixDiff, FixDiffTerminal
from cachelens.reports.fix_text import FixText

STEP = Proposal(
    fix="static-first",
    rule="V101",
    line=3,
    what="move 1 fixed paragraph above the paragraph with the value",
    safe=True,
    behaviour=False,
    keeps=Keeps.LINES,
)


def result(before: bytes, after: bytes, name: str = "p/a b.md", **more: object) -> FixResult:
    file = FileFix(name=name, before=before, after=after, applied=(STEP,), fixed=1)
    return FixResult(files=(file,), findings=3, more=1, **more)  # type: ignore[arg-type]


def test_a_patch_is_what_git_writes() -> None:
    assert FixDiff().render(result(b"one\ntwo\n", b"two\none"), ReportOptions()) == (
        "diff --git a/p/a b.md b/p/a b.md\n--- a/p/a b.md\t\n+++ b/p/a b.md\t\n"
        "@@ -1,2 +1,2 @@\n-one\n two\n+one\n\\ No newline at end of file\n"
    )


def test_odd_names_are_quoted_and_absolute_ones_made_relative() -> None:
    patch = FixDiff().render(result(b"1\n", b"2\n", '/home/a"\n\x1bé.md'), ReportOptions())
    assert patch.splitlines()[1:3] == [
        r'--- "a/home/a\"\012\033\303\251.md"',
        r'+++ "b/home/a\"\012\033\303\251.md"',
    ]


LINES = st.lists(
    st.sampled_from([b"one", b"two", b"", b"--- a", b"+x", b"\r", b"\x1b[2J", b"\xe2\x80\xa8", b"\x0c"]), max_size=9
)


@pytest.mark.skipif(not (shutil.which("git") and shutil.which("patch")), reason="needs git and patch")
@settings(max_examples=25)
@given(LINES, LINES, st.booleans(), st.booleans(), st.sampled_from(["p/a b.md", "é.md", 'q"u.md', "a.md"]))
def test_git_and_patch_take_it(old: list[bytes], new: list[bytes], old_end: bool, new_end: bool, name: str) -> None:
    import tempfile

    before, after = (b"\n".join(lines) + b"\n" * end for lines, end in ((old, old_end), (new, new_end)))
    if before == after or not before or not after:
        return
    patch = FixDiff().render(result(before, after, name), ReportOptions()).encode()
    for command in (["git", "apply", "--whitespace=nowarn"], ["patch", "-p1", "--binary", "--quiet"]):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, name)
            file.parent.mkdir(exist_ok=True)
            file.write_bytes(before)
            subprocess.run(command, input=patch, cwd=folder, check=True, capture_output=True)
            assert file.read_bytes() == after


def test_on_a_terminal_nothing_is_obeyed() -> None:
    changed = result(b"one\n", b"\x1b]0;title\x07\xe2\x80\xae\n", "a\x1b.md")
    plain = FixDiffTerminal().render(changed, ReportOptions())
    assert "\x1b" not in plain
    assert r"+\x1b]0;title\x07\u202e" in plain
    coloured = FixDiffTerminal().render(changed, ReportOptions(color=True))
    assert "\x1b[32m+" in coloured
    assert "\x1b]" not in coloured


def test_it_is_said_what_was_done() -> None:
    problem = TemplateProblem(Location("b.md", 1, 1, 1, 1), "not-fixed", "not fixed: it may only be read")
    assert FixText().render(result(b"1", b"2", problems=(problem,)), ReportOptions(width=100)) == (
        "p/a b.md:3: V101 move 1 fixed paragraph above the paragraph with the value\n"
        "b.md: not fixed: it may only be read\n"
        "would fix 1 of 3 findings in 1 file; 1 more with --unsafe-fixes\n"
    )


def test_who_only_looks_is_told_what_would_be_also_where_that_is_nothing() -> None:
    nothing = FixResult(files=(), findings=2)
    assert FixText().render(nothing, ReportOptions()) == "would fix 0 of 2 findings in 0 files\n"
    told = FixText().render(FixResult(files=(), findings=2, written=True), ReportOptions())
    assert told == "fixed 0 of 2 findings in 0 files\n"
