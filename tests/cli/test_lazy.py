"""A row of the command table becomes a command when it is called, and not before."""

import sys
import types

import pytest
import typer
from typer.testing import CliRunner

from cachelens.cli.lazy import CommandRow, LazyGroup


def greet(name: str, *, loud: bool = False) -> None:
    """Greet somebody."""
    typer.echo(name.upper() if loud else name)


sub = typer.Typer(add_completion=False, rich_markup_mode=None)
sub.command("one")(greet)
sub.command("two")(greet)


class Table(LazyGroup):
    rows = {
        "greet": CommandRow("lazy_probe:greet", "Greet."),
        "many": CommandRow("lazy_probe:sub", "Several."),
        "absent": CommandRow("lazy_probe_absent:nothing", "Never imported."),
        "wrong": CommandRow("lazy_probe:__name__", "Not a command."),
    }


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> typer.Typer:
    probe = types.ModuleType("lazy_probe")
    probe.greet, probe.sub = greet, sub  # type: ignore[attr-defined]  # built by hand
    monkeypatch.setitem(sys.modules, "lazy_probe", probe)
    app = typer.Typer(cls=Table, rich_markup_mode=None, add_completion=False)
    app.callback()(lambda: None)
    return app


def test_help_lists_rows_in_order_without_importing_them(app: typer.Typer) -> None:
    shown = CliRunner().invoke(app, ["--help"])
    assert shown.exit_code == 0
    places = [shown.output.index(f"  {name} ") for name in Table.rows]
    assert places == sorted(places)


def test_a_function_becomes_a_command_with_its_own_options(app: typer.Typer) -> None:
    assert CliRunner().invoke(app, ["greet", "ada", "--loud"]).output == "ADA\n"


def test_an_application_keeps_its_sub_commands(app: typer.Typer) -> None:
    assert CliRunner().invoke(app, ["many", "two", "ada"]).output == "ada\n"


def test_help_of_one_command_names_the_whole_path(app: typer.Typer) -> None:
    shown = CliRunner().invoke(app, ["greet", "--help"], prog_name="tool")
    assert "tool greet [OPTIONS]" in shown.output


def test_a_row_that_is_no_command_is_a_fault_of_ours(app: typer.Typer) -> None:
    shown = CliRunner().invoke(app, ["wrong"])
    assert isinstance(shown.exception, TypeError)
