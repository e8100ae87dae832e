"""Progress is for people at a terminal; pipes and files stay clean."""

import io
import os
import subprocess
import sys
import threading

import pytest
from rich.console import Console

from cachelens.cli.console import byte_progress, terminal


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


def test_progress_starts_no_thread_before_the_first_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading may fork a second process before that, and a fork knows one thread."""
    monkeypatch.setenv("TERM", "xterm")
    before = set(threading.enumerate())
    console = Console(file=io.StringIO(), force_terminal=True, width=80)
    with byte_progress("Reading", 100, console=console) as advance:
        assert set(threading.enumerate()) <= before
        advance(50)
        assert set(threading.enumerate()) - before


class Screen(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("environment", "color"),
    [
        ({"TERM": "xterm"}, True),
        ({"TERM": "dumb"}, False),
        ({"TERM": "unknown"}, False),
        ({"TERM": "dumb", "FORCE_COLOR": "1"}, False),
        ({"TERM": "xterm", "NO_COLOR": "1"}, False),
        ({"TERM": "xterm", "NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
        ({"TERM": "xterm", "NO_COLOR": ""}, True),
    ],
)
def test_colour_is_for_terminals_that_show_it(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], color: bool
) -> None:
    monkeypatch.delenv("NO_COLOR")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert terminal(Screen()).color is color
    assert terminal(io.StringIO()).color is (color and "FORCE_COLOR" in environment)


@pytest.mark.parametrize(("columns", "width"), [("60", 60), ("200", 200), ("", 80), ("0", 80), ("wide", 80)])
def test_the_width_is_what_columns_says_or_80(monkeypatch: pytest.MonkeyPatch, columns: str, width: int) -> None:
    def no_terminal(_descriptor: int) -> None:
        raise OSError

    monkeypatch.setattr("os.get_terminal_size", no_terminal)
    monkeypatch.setenv("COLUMNS", columns)
    assert terminal(io.StringIO()).width == width


def test_a_pipe_has_80_columns_whatever_the_window_has(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal is as wide as it says; only the stream that is written to counts."""

    class Numbered(io.StringIO):
        def __init__(self, descriptor: int) -> None:
            super().__init__()
            self.descriptor = descriptor

        def fileno(self) -> int:
            return self.descriptor

    def only_standard_error(descriptor: int) -> os.terminal_size:
        if descriptor == 2:
            return os.terminal_size((132, 40))
        raise OSError

    monkeypatch.setattr("os.get_terminal_size", only_standard_error)
    monkeypatch.delenv("COLUMNS")
    assert terminal(Numbered(1)).width == 80
    assert terminal(Numbered(2)).width == 132
    assert terminal(io.StringIO()).width == 80


def test_a_terminal_that_cannot_move_its_cursor_shows_no_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Screen()
    monkeypatch.setattr("sys.stderr", screen)
    monkeypatch.setenv("TERM", "dumb")
    with byte_progress("Reading", 100) as advance:
        advance(100)
    assert screen.getvalue() == ""


def test_progress_in_a_pipe_imports_no_screen_library() -> None:
    code = (
        "import sys\nfrom cachelens.cli.console import byte_progress, terminal\nterminal()\n"
        "with byte_progress('reading', 1) as advance: advance(1)\nprint('rich' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("False\n", "")
