"""Progress is for people at a terminal; pipes and files stay clean."""

import io

import pytest
from rich.console import Console

from cachelens.cli.console import byte_progress, message_console, output_console


def test_progress_is_silent_in_a_pipe() -> None:
    pipe = io.StringIO()
    with byte_progress("Reading", 100, console=Console(file=pipe)) as advance:
        advance(100)
    assert pipe.getvalue() == ""


@pytest.mark.parametrize("total", [100, None])
def test_progress_names_its_task_at_a_terminal(monkeypatch: pytest.MonkeyPatch, total: int | None) -> None:
    monkeypatch.setenv("TERM", "xterm")
    screen = io.StringIO()
    with byte_progress("Reading", total, console=Console(file=screen, force_terminal=True, width=80)) as advance:
        advance(50)
    assert "Reading" in screen.getvalue()


def test_results_and_messages_go_different_ways(capsys: pytest.CaptureFixture[str]) -> None:
    output_console().print("result")
    message_console().print("message")
    assert capsys.readouterr() == ("result\n", "message\n")


def test_no_color_leaves_no_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = io.StringIO()
    monkeypatch.setenv("NO_COLOR", "1")
    Console(file=screen, force_terminal=True).print("[red]plain[/red]")
    assert "31m" not in screen.getvalue()
