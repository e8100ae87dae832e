"""What a shell sees of the bare command: help, version, messages, exit codes."""

import subprocess
import sys

import pytest

from cachelens import __version__
from cachelens.cli import main
from cachelens.cli.help_text import HELP, live_help
from cachelens.errors import InputError, PricingError, StrictError, UnknownModelError, UsageError

HEAVY = ("importlib.metadata", "jinja2", "msgspec", "numba", "numpy", "pandas", "rich", "tiktoken", "yaml")


def shell(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "cachelens", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def exit_code(monkeypatch: pytest.MonkeyPatch, error: Exception) -> int:
    def fail(_arguments: list[str]) -> None:
        raise error

    monkeypatch.setattr(main, "_dispatch", fail)
    with pytest.raises(SystemExit) as stopped:
        main.run(["simulate", "week.jsonl"])
    assert isinstance(stopped.value.code, int)
    return stopped.value.code


def test_help_written_ahead_is_the_live_help() -> None:
    assert live_help() == HELP, "run: python -m cachelens.cli.help_text"


@pytest.mark.parametrize("option", ["--help", "-h"])
def test_help_lists_the_commands(option: str) -> None:
    done = shell(option)
    assert (done.returncode, done.stderr) == (0, "")
    for command in ("simulate", "compile", "pricing"):
        assert f"\n  {command} " in done.stdout


@pytest.mark.parametrize("arguments", [["--help"], ["--version"]])
def test_start_up_imports_nothing_heavy(arguments: list[str]) -> None:
    code = (
        "import sys\nfrom cachelens.cli.main import run\n"
        f"try: run({arguments!r})\nexcept SystemExit: pass\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == "[]\n"


def test_version_is_the_package_version() -> None:
    assert shell("--version").stdout == f"cachelens {__version__}\n"


def test_no_arguments_shows_help_as_a_usage_error() -> None:
    done = shell()
    assert done.returncode == 2
    assert "Usage: cachelens" in done.stdout + done.stderr


def test_a_near_miss_is_suggested() -> None:
    done = shell("simulat")
    assert done.returncode == 2
    assert "Did you mean 'simulate'?" in done.stderr


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UsageError("no such boundary"), 2),
        (PricingError("prices.yaml:3: no source"), 2),
        (UnknownModelError("no price for model x"), 2),
        (InputError("week.jsonl: no request in it"), 3),
        (StrictError("2 lines unreadable"), 4),
    ],
)
def test_expected_errors_have_their_own_code_and_a_next_step(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: UsageError, code: int
) -> None:
    error.hint = "do this next"
    assert exit_code(monkeypatch, error) == code
    assert capsys.readouterr() == ("", f"error: {error}\nhint: do this next\n")


def test_control_codes_in_a_message_are_shown_not_obeyed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """File names come from strangers: a folder of logs may hold one that clears the screen."""
    error = InputError("\x1b[2J\u202eevil.jsonl: no request\nerror: forged", hint="mend \x07bell")
    assert exit_code(monkeypatch, error) == 3
    shown = r"error: \x1b[2J\u202eevil.jsonl: no request\nerror: forged"
    assert capsys.readouterr().err == f"{shown}\nhint: mend \\x07bell\n"


def test_an_internal_error_shows_neither_traceback_nor_content(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exit_code(monkeypatch, ValueError("the secret prompt")) == 5
    shown = capsys.readouterr().err
    assert shown.startswith("internal error: ValueError in cachelens")
    assert "CACHELENS_DEBUG=1" in shown
    assert "secret" not in shown
    assert "Traceback" not in shown


def test_debug_shows_the_traceback(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv(main.DEBUG_VARIABLE, "1")
    assert exit_code(monkeypatch, ValueError("details")) == 5
    assert "ValueError: details" in capsys.readouterr().err
