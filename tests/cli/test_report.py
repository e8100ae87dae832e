"""`report` as a shell sees it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from cachelens.cli import browser, main
from cachelens.cli.report import report

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command as the shell would; return its exit code and what it printed."""

    def call(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as stopped:
            main.run(list(arguments))
        shown = capsys.readouterr()
        code = stopped.value.code
        return (code if isinstance(code, int) else 1), shown.out, shown.err

    return call


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory, fixtures: Path) -> Path:
    path = tmp_path_factory.mktemp("results") / "simulate.json"
    log = fixtures / "logs" / "week.jsonl"
    command = [sys.executable, "-m", "cachelens", "simulate", str(log), "--format", "json", "-o", str(path)]
    subprocess.run(command, check=True, env={**os.environ, "COLUMNS": "80"}, timeout=600)
    return path


def test_a_page_is_written_and_nothing_is_said(run: Run, result: Path, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    assert run("report", str(result), "-o", str(page)) == (0, "", "")
    text = page.read_text(encoding="utf-8")
    assert text.startswith("<!doctype html>")
    assert "handbook-qa" in text


def test_the_name_of_the_output_chooses_the_form(run: Run, result: Path, tmp_path: Path) -> None:
    page = tmp_path / "report.md"
    assert run("report", str(result), "-o", str(page))[0] == 0
    assert page.read_text(encoding="utf-8").startswith("# CacheLens report\n")


def test_markdown_goes_to_standard_output(run: Run, result: Path) -> None:
    code, out, err = run("report", str(result), "--format", "markdown")
    assert (code, err) == (0, "")
    assert "## Misses by cause" in out


def test_a_broken_result_is_told_and_the_rest_is_shown(run: Run, result: Path, tmp_path: Path) -> None:
    cut = tmp_path / "audit.json"
    cut.write_text('{\n  "schema": "cachelens.audit/v1",\n  "findings": [', encoding="utf-8")
    page = tmp_path / "report.html"
    code, _, err = run("report", str(result), str(cut), "-o", str(page))
    assert code == 0
    assert f"warning: {cut} ends in line 3, before its last bracket; make it anew: cachelens audit" in err
    assert "ends in line 3" in page.read_text(encoding="utf-8")


def test_strict_refuses_a_broken_result(run: Run, result: Path, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    code, _, err = run("report", str(result), str(tmp_path / "missing.json"), "-o", str(page), "--strict")
    assert code == 4
    assert "missing.json" in err
    assert not page.exists()


def test_without_a_usable_result_there_is_no_page(run: Run, tmp_path: Path, fixtures: Path) -> None:
    page = tmp_path / "report.html"
    code, _, err = run("report", str(fixtures / "logs" / "week.jsonl"), "-o", str(page))
    assert code == 3
    assert "--format json" in err
    assert not page.exists()


def test_an_input_is_never_overwritten(run: Run, result: Path) -> None:
    before = result.read_bytes()
    code, _, err = run("report", str(result), "-o", str(result))
    assert code == 2
    assert "one of the inputs" in err
    assert result.read_bytes() == before


def test_a_pdf_needs_a_file(run: Run, result: Path) -> None:
    code, _, err = run("report", str(result), "--format", "pdf")
    assert code == 2
    assert "-o report.pdf" in err


def test_without_a_browser_a_pdf_says_what_to_install(
    run: Run, result: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(browser.VARIABLE, str(tmp_path / "no-browser"))
    code, _, err = run("report", str(result), "-o", str(tmp_path / "report.pdf"))
    assert code == 2
    assert "apt install chromium" in err
    assert list(tmp_path.iterdir()) == []


def test_a_browser_that_prints_nothing_is_told(
    run: Run, result: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(browser.VARIABLE, "true")
    code, _, err = run("report", str(result), "-o", str(tmp_path / "report.pdf"))
    assert code == 2
    assert "wrote no PDF" in err
    assert list(tmp_path.iterdir()) == []


def test_the_page_does_not_depend_on_the_seed_of_hashes(result: Path) -> None:
    def page(seed: str) -> bytes:
        command = [sys.executable, "-m", "cachelens", "report", str(result)]
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        return subprocess.run(command, capture_output=True, check=True, env=environment, timeout=600).stdout

    assert page("1") == page("2")


def test_the_help_shows_an_example() -> None:
    assert "cachelens report simulate.json audit.json fleet.json -o report.html" in (report.__doc__ or "")
