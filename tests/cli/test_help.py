"""The help of every command shows how it is called, and lines that can be copied."""

import shlex
from collections.abc import Iterator

import pytest
from typer.core import TyperCommand, TyperGroup

from cachelens.cli.commands import COMMANDS
from cachelens.cli.lazy import build_command

Command = TyperCommand | TyperGroup


def commands(path: str, command: Command) -> Iterator[tuple[str, Command]]:
    yield path, command
    for name, below in getattr(command, "commands", {}).items():
        yield from commands(f"{path} {name}", below)


EVERY = dict(
    found for name, row in COMMANDS.items() for found in commands(f"cachelens {name}", build_command(name, row))
)


def examples(command: Command) -> list[str]:
    found = (command.help or "").partition("\b\nExample")[2].removeprefix("s").removeprefix(":")
    return [line.strip() for line in found.partition("\n\n")[0].splitlines() if line.strip()]


@pytest.mark.parametrize("path", EVERY)
def test_every_command_shows_one_or_two_examples_of_itself(path: str) -> None:
    shown = examples(EVERY[path])
    assert 1 <= len(shown) <= 2
    assert all(f"{line} ".startswith(f"{path} ") for line in shown)
    assert max(map(len, shown)) <= 74


@pytest.mark.parametrize("path", [path for path, command in EVERY.items() if not hasattr(command, "commands")])
def test_the_examples_are_understood(path: str) -> None:
    for line in examples(EVERY[path]):
        words = shlex.split(line.removeprefix(path).replace('"$SECRET"', "secret"))
        EVERY[path].make_context(path, words)  # exits on a usage error


@pytest.mark.parametrize("path", EVERY)
def test_help_fits_80_columns(path: str) -> None:
    context = EVERY[path].make_context(path, [], resilient_parsing=True, terminal_width=78)
    assert [line for line in context.get_help().splitlines() if len(line) > 79] == []
