"""The GitHub Action and the pre-commit hook, by running their very commands in a repository made for it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from cachelens.cli.audit import Format
from tests.selection.samples import CLOCK, RULES, written

REPOSITORY = Path(__file__).resolve().parent.parent
ACTION = REPOSITORY / "action.yml"
HOOKS = REPOSITORY / ".pre-commit-hooks.yaml"
FORMATS = {format_.value for format_ in Format}

pytestmark = pytest.mark.skipif(not ACTION.is_file(), reason="only the installed package is here")
needs = {
    name: pytest.mark.skipif(name not in FORMATS, reason=f"there is no format {name} yet")
    for name in ("github", "sarif", "markdown")
}


def action() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(ACTION.read_text(encoding="utf-8"))
    return found


def step(name: str) -> dict[str, Any]:
    (found,) = (one for one in action()["runs"]["steps"] if one.get("name") == name)
    return dict(found)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A repository with one template that has a clock on top."""
    folder = tmp_path / "check out"
    written(folder, "prompts/a.jinja2", CLOCK + RULES)
    subprocess.run(["git", "init", "--quiet", str(folder)], check=True)
    return folder


def program(folder: Path) -> Path:
    """Stand in for what the install step leaves: it would fetch packages from the network."""
    path = folder / "cachelens"
    path.write_text(f'#!/bin/sh\nexec "{sys.executable}" -P -m cachelens "$@"\n')
    path.chmod(0o755)
    return path


def run_audit(checkout: Path, **inputs: str) -> subprocess.CompletedProcess[str]:
    """Run the audit step as the runner does: inputs replaced in `env`, the script given to bash as it stands."""
    defaults = {name: str(row.get("default", "")) for name, row in action()["inputs"].items()}
    values = {f"inputs.{name}": value for name, value in (defaults | inputs).items()}
    values["steps.install.outputs.command"] = str(program(checkout.parent))
    audit = step("Audit")
    expression = re.compile(r"\$\{\{ ([\w.-]+) \}\}")
    environment = {name: expression.sub(lambda match: values[match[1]], text) for name, text in audit["env"].items()}
    summary = {"GITHUB_STEP_SUMMARY": str(checkout.parent / "summary.md")}
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", audit["run"]],
        cwd=checkout,
        env={**os.environ, **environment, **summary},
        capture_output=True,
        text=True,
        check=False,
    )


PLAIN = {"format": "text", "summary": "false"}
"""What is there in every version."""


def test_no_expression_stands_in_a_script() -> None:
    """What an input holds would be run."""
    assert [one["name"] for one in action()["runs"]["steps"] if "${{" in one.get("run", "")] == []


def test_every_input_is_described_and_used() -> None:
    text = ACTION.read_text(encoding="utf-8")
    assert [name for name, row in action()["inputs"].items() if not row["description"] or "default" not in row] == []
    assert [name for name in action()["inputs"] if f"${{{{ inputs.{name} }}}}" not in text] == []


def test_every_input_is_documented() -> None:
    page = (REPOSITORY / "docs" / "audit.md").read_text(encoding="utf-8")
    assert [name for name in action()["inputs"] if f"`{name}`" not in page] == []
    assert f"id: {hook()['id']}" in page


def test_a_grave_finding_fails_the_step(checkout: Path) -> None:
    done = run_audit(checkout, **PLAIN)
    assert done.returncode == 1
    assert "prompts/a.jinja2:1:10" in done.stdout
    assert run_audit(checkout, **PLAIN, **{"fail-on": "never"}).returncode == 0
    written(checkout, "prompts/a.jinja2", RULES)
    assert run_audit(checkout, **PLAIN).returncode == 0


def test_without_a_level_the_configuration_decides(checkout: Path) -> None:
    assert run_audit(checkout, **PLAIN, **{"fail-on": ""}).returncode == 0
    written(checkout, "cachelens.toml", 'fail-on = "high"\npaths = ["prompts"]\n')
    assert run_audit(checkout, **PLAIN, **{"fail-on": ""}, paths="").returncode == 1


def test_paths_and_arguments_are_lines(checkout: Path) -> None:
    written(checkout, "other prompts/b.jinja2", CLOCK + RULES)
    inputs = {"paths": "prompts\r\nother prompts/b.jinja2\n", "args": "--ignore\nV102\n--detail\n"}
    assert run_audit(checkout, **PLAIN, **inputs).stdout.startswith("2 findings in 2 templates in 2 files")


def test_a_baseline_lets_known_findings_pass(checkout: Path) -> None:
    assert run_audit(checkout, **PLAIN, args="--write-baseline\nknown file.json").returncode == 0
    assert run_audit(checkout, **PLAIN, baseline="known file.json").returncode == 0
    written(checkout, "prompts/b.jinja2", CLOCK + RULES)
    assert run_audit(checkout, **PLAIN, baseline="known file.json").returncode == 1


@pytest.mark.parametrize("name", ["paths", "args", "baseline", "fail-on", "format", "sarif-file"])
@pytest.mark.parametrize("text", ["$(touch bad)", "`touch bad`", '"; touch bad; "', "'; touch bad; '", "x; touch bad"])
def test_nothing_in_an_input_is_run(checkout: Path, name: str, text: str) -> None:
    done = run_audit(checkout, **(PLAIN | {name: text}))
    assert done.returncode != 0
    assert not (checkout / "bad").exists()


def test_a_path_is_no_option(checkout: Path) -> None:
    done = run_audit(checkout, **PLAIN, paths="--help")
    assert done.returncode == 3
    assert "--help does not exist" in done.stderr


def test_an_audit_that_cannot_be_made_fails_the_step(checkout: Path) -> None:
    assert run_audit(checkout, **PLAIN, **{"fail-on": "never"}, paths="missing").returncode == 3


@needs["github"]
def test_by_default_findings_stand_on_their_lines(checkout: Path) -> None:
    done = run_audit(checkout, summary="false")
    assert done.returncode == 1
    assert "::error file=prompts/a.jinja2,line=1," in done.stdout


@needs["sarif"]
def test_findings_are_written_for_code_scanning(checkout: Path) -> None:
    done = run_audit(checkout, **PLAIN, **{"sarif-file": "out file.sarif"})
    assert done.returncode == 1
    results = json.loads((checkout / "out file.sarif").read_text())["runs"][0]["results"]
    assert [row["ruleId"] for row in results] == ["V101"]


@needs["markdown"]
def test_findings_are_added_to_the_summary(checkout: Path) -> None:
    assert run_audit(checkout, format="text").returncode == 1
    assert "V101" in (checkout.parent / "summary.md").read_text()


def test_the_install_step_takes_the_package_from_the_action(tmp_path: Path) -> None:
    """`pip install` is replaced, as it would need the network; the rest of the step is run."""
    script = step("Install CacheLens")["run"].replace("-I -m pip install", "-I -c 'import sys; print(sys.argv[1:])'")
    assert "-I -c" in script
    output = tmp_path / "output"
    environment = {"RUNNER_TEMP": str(tmp_path), "GITHUB_OUTPUT": str(output), "ACTION_PATH": "/an action"}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-c", script], env={"PATH": path, **environment}, capture_output=True, text=True, check=True
    )
    assert "'/an action[code]'" in done.stdout
    assert output.read_text() == f"command={tmp_path}/cachelens/bin/cachelens\n"


def hook() -> dict[str, Any]:
    (found,) = yaml.safe_load(HOOKS.read_text(encoding="utf-8"))
    return dict(found)


def run_hook(checkout: Path, *files: str, args: tuple[str, ...] = ()) -> int:
    """Run the hook as pre-commit does: its entry, arguments of the user, then the files that change."""
    program_, *fixed = hook()["entry"].split()
    assert program_ == "cachelens"
    command = [str(program(checkout.parent)), *fixed, *args, *files]
    return subprocess.run(command, cwd=checkout, capture_output=True, check=False).returncode


def test_the_hook_fails_on_a_grave_finding_in_a_file_that_changes(checkout: Path) -> None:
    written(checkout, "prompts/b.jinja2", RULES)
    written(checkout, "plain.py", "print('hello')\n")
    assert run_hook(checkout, "prompts/a.jinja2", "prompts/b.jinja2", "plain.py") == 1
    assert run_hook(checkout, "prompts/b.jinja2", "plain.py") == 0
    assert run_hook(checkout, "prompts/a.jinja2", args=("--fail-on", "never")) == 0


def test_the_hook_takes_what_the_settings_do_not_exclude(checkout: Path) -> None:
    written(checkout, "cachelens.toml", 'exclude = ["prompts/"]\n')
    assert run_hook(checkout, "prompts/a.jinja2") == 0


def test_the_hook_is_for_templates_and_sources() -> None:
    files, exclude = re.compile(hook()["files"]), re.compile(hook()["exclude"])
    suffixes = REPOSITORY / "src" / "cachelens" / "templates" / "suffixes.yaml"
    table = yaml.safe_load(suffixes.read_text(encoding="utf-8"))
    doubtful = {".md", ".txt", ".yaml", ".yml", ".json", ".tmpl", ".tpl"}
    taken = {suffix for suffix in table["languages"] if files.search(f"prompts/a{suffix}")}
    assert taken == set(table["languages"]) - doubtful
    assert [suffix for suffix in taken if exclude.search(f"prompts/a{suffix}")] == []
    assert [inner for inner in table["others"] if not exclude.search(f"site/page.{inner}.j2")] == []
    assert not files.search("README.md")
    assert not files.search("copy")
