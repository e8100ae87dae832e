"""A result never destroys an input, and a failed run never destroys an earlier result."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from cachelens.cli import main
from cachelens.cli.output import check_output, replacing, write_output
from cachelens.errors import UsageError

LINE = json.dumps(
    {
        "timestamp": "2026-10-05T08:00:01Z",
        "request": {"model": "gpt-5.5", "messages": [{"role": "user", "content": "hello"}]},
        "response": {"id": "r", "object": "chat.completion", "usage": {"prompt_tokens": 10, "completion_tokens": 1}},
    }
)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "logs" / "x.jsonl"
    path.parent.mkdir()
    path.write_text(LINE, encoding="utf-8")
    return path


def refused(output: Path, *inputs: str | Path) -> str:
    with pytest.raises(UsageError) as caught:
        check_output(output, inputs)
    assert caught.value.hint
    return caught.value.message


def simulate(*arguments: str | Path) -> int:
    with pytest.raises(SystemExit) as stopped:
        main.run(["simulate", *map(str, arguments)])
    return int(stopped.value.code or 0)


def test_an_input_is_never_overwritten(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert simulate(log, "-o", log) == 2
    assert log.read_text(encoding="utf-8") == LINE
    assert "it is one of the inputs" in capsys.readouterr().err


def test_a_price_file_is_an_input_too(log: Path, tmp_path: Path) -> None:
    own = tmp_path / "own.yaml"
    own.write_text("provider: {id: openai}\n", encoding="utf-8")
    assert simulate(log, "--pricing", own, "-o", own) == 2
    assert own.read_text(encoding="utf-8") == "provider: {id: openai}\n"


def test_an_input_is_known_under_every_name(log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    soft, hard = tmp_path / "soft", tmp_path / "hard"
    soft.symlink_to(log)
    os.link(log, hard)
    monkeypatch.chdir(tmp_path)
    for other in (soft, hard, Path("logs/../logs/x.jsonl"), Path("logs/x.jsonl")):
        assert "one of the inputs" in refused(other, log)
        assert "one of the inputs" in refused(log, other)


def test_a_log_in_a_folder_or_pattern_is_an_input(log: Path, tmp_path: Path) -> None:
    deep = log.parent / "deep" / "y.jsonl"
    deep.parent.mkdir()
    deep.write_text(LINE, encoding="utf-8")
    for given in (tmp_path, f"{tmp_path}/*", f"{tmp_path}/**/*.jsonl"):
        for output in (log, deep):
            assert "one of the inputs" in refused(output, "other.jsonl", given)


def test_an_earlier_report_among_the_logs_may_be_replaced(log: Path) -> None:
    for form, name in (("json", "r.json"), ("markdown", "r.md"), ("csv", "r.csv"), ("text", "r.txt")):
        for _ in range(2):
            assert simulate(log.parent, "--format", form, "--boundary", "none", "-o", log.parent / name) == 0


@pytest.mark.parametrize("name", ["logs", "pipe"])
def test_what_is_no_file_is_refused(log: Path, tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert "it is not a file" in refused(tmp_path / name, log)


def test_a_folder_that_does_not_exist_is_named_before_any_work(log: Path, tmp_path: Path) -> None:
    assert "there is no folder" in refused(tmp_path / "no" / "such" / "file", log)


def test_a_name_that_the_system_refuses_is_a_usage_error(log: Path, tmp_path: Path) -> None:
    assert "cannot write" in refused(tmp_path / ("a" * 5000), log)


def test_a_dash_is_standard_output(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert simulate(log, "--format", "json", "-o", "-") == 0
    assert json.loads(capsys.readouterr().out)["schema"] == "cachelens.simulate/v1"
    assert not Path("-").exists()


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "report.txt"
    target.write_text("old", encoding="utf-8")

    def fail() -> None:
        with replacing(target) as partial:
            partial.write_text("new", encoding="utf-8")
            raise OSError(28, "No space left on device")

    with pytest.raises(UsageError, match="No space left on device"):
        fail()
    assert [path.name for path in tmp_path.iterdir()] == ["report.txt"]
    assert target.read_text(encoding="utf-8") == "old"


def test_a_file_keeps_its_mode_and_a_link_stays_a_link(tmp_path: Path) -> None:
    target, link = tmp_path / "report.txt", tmp_path / "link"
    target.write_text("old", encoding="utf-8")
    target.chmod(0o640)
    link.symlink_to(target)
    write_output("new\n", link)
    assert link.is_symlink()
    assert target.read_bytes() == b"new\n"
    assert target.stat().st_mode & 0o777 == 0o640
