"""The shape of the house: caps, mirrors, catalogues and docs that keep step with the code."""

import ast
import importlib
import re
from pathlib import Path

import pytest
import yaml

REPOSITORY = Path(__file__).resolve().parent.parent
PACKAGE = REPOSITORY / "src" / "cachelens"
TESTS = REPOSITORY / "tests"

MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 60
MAX_KERNEL_LINES = 180
"""A compiled loop is one flat function: a call inside it costs speed, and splitting it costs the reader."""

FREE_TEST_FOLDERS = {"browser", "cases", "data", "oracles", "properties", "real", "scripts", "snapshots"}
"""Folders of the tests that mirror no part of the package: inputs, models, wide laws, our own scripts."""

FACTS = re.compile(r"[\"']\$\s?(?!0\.00)\d|\bprovider\s*==\s*[\"']|\bfmt\s*==\s*[\"']|\bpolicy\s*==\s*[\"']")
"""What belongs into a table or a YAML file: a price in a string, a chain of names."""

needs_source = pytest.mark.skipif(not PACKAGE.is_dir(), reason="only the installed package is here")


def sources(*roots: Path) -> list[Path]:
    return sorted(path for root in roots for path in root.rglob("*.py"))


def relative(path: Path) -> str:
    return path.relative_to(REPOSITORY).as_posix()


@needs_source
def test_no_file_outgrows_one_idea() -> None:
    sizes = {relative(path): len(path.read_bytes().splitlines()) for path in sources(PACKAGE, TESTS)}
    assert {path: lines for path, lines in sizes.items() if lines > MAX_FILE_LINES} == {}


@needs_source
def test_no_function_outgrows_a_screen() -> None:
    long = {}
    for path in sources(PACKAGE):
        cap = MAX_KERNEL_LINES if path.parent.name == "kernels" else MAX_FUNCTION_LINES
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
                lines = node.end_lineno - node.lineno + 1
                if lines > cap:
                    long[f"{relative(path)}:{node.lineno} {node.name}"] = lines
    assert long == {}


@needs_source
def test_the_tests_mirror_the_source() -> None:
    """A folder of tests is named for the folder it tests, so that both are found from either side."""
    folders = {path.parent.relative_to(TESTS) for path in TESTS.rglob("test_*.py")}
    stray = [
        folder.as_posix()
        for folder in folders
        if folder.parts and folder.parts[0] not in FREE_TEST_FOLDERS and not (PACKAGE / folder).is_dir()
    ]
    assert stray == []


@needs_source
def test_facts_and_names_stay_out_of_the_code() -> None:
    found = [
        f"{relative(path)}:{number}"
        for path in sources(PACKAGE)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if FACTS.search(line)
    ]
    assert found == []


@needs_source
def test_every_module_says_what_it_is() -> None:
    silent = [relative(p) for p in sources(PACKAGE) if not ast.get_docstring(ast.parse(p.read_bytes()))]
    assert silent == []


def catalogues() -> list[Path]:
    """Find the catalogue of each family in the package that is tested, installed or not."""
    package = Path(importlib.import_module("cachelens").__file__ or "").parent
    return sorted(package.rglob("catalog.yaml"))


def targets(node: object) -> list[str]:
    """Collect every `module:object` of a catalogue, however its rows are arranged."""
    if isinstance(node, dict):
        return [target for value in node.values() for target in targets(value)]
    if isinstance(node, list):
        return [target for value in node for target in targets(value)]
    return [node] if isinstance(node, str) and re.fullmatch(r"cachelens(\.\w+)+:\w+", node) else []


@pytest.mark.parametrize("path", catalogues(), ids=lambda path: path.parent.name)
def test_a_catalogue_row_leads_to_its_object(path: Path) -> None:
    rows = targets(yaml.safe_load(path.read_text(encoding="utf-8")))
    assert rows, "a catalogue without rows"
    for row in rows:
        module, _, name = row.partition(":")
        assert hasattr(importlib.import_module(module), name), row


@needs_source
def test_every_command_is_documented() -> None:
    from cachelens.cli.commands import COMMANDS

    pages = [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").glob("*.md"))]
    text = "\n".join(page.read_text(encoding="utf-8") for page in pages)
    assert [name for name in COMMANDS if f"cachelens {name}" not in text] == []


def test_every_command_can_be_imported() -> None:
    from cachelens.cli.commands import COMMANDS
    from cachelens.cli.lazy import build_command

    assert [build_command(name, row).name for name, row in COMMANDS.items()] == list(COMMANDS)


@needs_source
def test_every_exit_code_is_documented() -> None:
    from cachelens.cli.exit_codes import ExitCode

    text = (REPOSITORY / "docs" / "exit-codes.md").read_text(encoding="utf-8")
    assert [code.name for code in ExitCode if f"| {code.value} |" not in text] == []
