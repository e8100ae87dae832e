"""`--fix`, `--diff` and `--unsafe-fixes` on the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from cachelens.cli.main import run as command

Run = Callable[..., tuple[int, str, str]]
RULES = "\n".join(f"Quote page {number} of the price list to the guest." for number in range(20))
BAD = f"It is {{{{ now() }}}}.\n\n{RULES}\n"
GOOD = f"{RULES}\n\nIt is {{{{ now() }}}}.\n"
CHAT = f"system:\nIt is {{{{ now() }}}}. {RULES}\n\nuser:\n{{{{ question }}}}\n"


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    monkeypatch.chdir(tmp_path)
    Path("system.jinja2").write_text(BAD)
    Path("chat.jinja2").write_text(CHAT)

    def call(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as stop:
            command(["audit", *arguments])
        printed = capsys.readouterr()
        return int(stop.value.code or 0), printed.out, printed.err

    return call


def test_fix_mends_what_is_safe_and_reports_the_rest(run: Run) -> None:
    code, out, err = run(".", "--fix", "--format", "json")
    assert code == 0
    assert Path("system.jinja2").read_text() == GOOD
    assert Path("chat.jinja2").read_text() == CHAT
    assert err.endswith("fixed 1 of 2 findings in 1 file; 1 more with --unsafe-fixes\n")
    assert "system.jinja2:1: V101 move 1 fixed paragraph above" in err
    found = {row["location"]["path"]: row for row in json.loads(out)["findings"] if row["rule"] == "V101"}
    assert found["chat.jinja2"]["stranded_tokens"] > 200
    assert not found["system.jinja2"]["stranded_tokens"]


def test_fixing_twice_changes_nothing_more(run: Run) -> None:
    run(".", "--fix", "--unsafe-fixes")
    first = [path.read_bytes() for path in sorted(Path().iterdir())]
    _, _, err = run(".", "--fix", "--unsafe-fixes")
    assert [path.read_bytes() for path in sorted(Path().iterdir())] == first
    assert err.startswith("fixed 0 of ")


def test_diff_writes_nothing_but_a_patch(run: Run) -> None:
    code, out, err = run(".", "--diff")
    assert code == 0
    assert out.startswith("diff --git a/system.jinja2 b/system.jinja2\n--- a/system.jinja2\n+++ b/system.jinja2\n@@ ")
    assert "would fix 1 of 2 findings in 1 file; 1 more with --unsafe-fixes" in err
    assert Path("system.jinja2").read_text() == BAD


def test_a_patch_goes_to_a_file_too(run: Run) -> None:
    _, out, _ = run(".", "--diff", "--unsafe-fixes")
    run(".", "--diff", "--unsafe-fixes", "-o", "fixes.patch")
    assert Path("fixes.patch").read_text() == out
    assert "+current time: {{ now() }}" in out


def test_findings_that_can_be_mended_are_marked(run: Run) -> None:
    _, out, _ = run(".")
    assert "system.jinja2:1:10  [fixable]" in out
    assert "chat.jinja2:2:10\n" in out
    assert "`--fix` mends 1 finding" in " ".join(out.split())
    _, out, _ = run(".", "--format", "json")
    marked = {row["location"]["path"]: row["fixable"] for row in json.loads(out)["findings"] if row["rule"] == "V101"}
    assert marked == {"system.jinja2": True, "chat.jinja2": False}


@pytest.mark.parametrize("options", [("--unsafe-fixes",), ("--fix", "--diff")])
def test_options_that_contradict_each_other_are_refused(run: Run, options: tuple[str, ...]) -> None:
    code, _, err = run(".", *options)
    assert code == 2
    assert "--diff" in err
    assert Path("system.jinja2").read_text() == BAD


def test_what_is_silenced_or_known_or_not_asked_for_is_left_alone(run: Run) -> None:
    page = Path("system.jinja2")
    page.write_text("{# cachelens: ignore[V101] the day comes first #}\n" + BAD)
    run(".", "--fix")
    assert page.read_text().endswith(BAD)
    page.write_text(BAD)
    run("system.jinja2", "--write-baseline", "known.json")
    assert "fixed 0 of 0" in run("system.jinja2", "--fix", "--baseline", "known.json")[2]
    assert "fixed 0 of 0" in run("system.jinja2", "--fix", "--ignore", "V101")[2]
    assert page.read_text() == BAD
    assert "fixed 1 of 1" in run("system.jinja2", "--fix")[2]


def test_excluded_files_are_left_alone(run: Run) -> None:
    Path("cachelens.toml").write_text('exclude = ["system*"]\n')
    run(".", "--fix")
    assert Path("system.jinja2").read_text() == BAD
