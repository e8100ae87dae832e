"""`cachelens init` fits its files to a project, and leaves alone what is there."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from cachelens import __version__
from cachelens.cli.init_files import has_hook, with_hook
from cachelens.config.loading import load
from cachelens.config.settings import Settings
from tests.selection.samples import CLOCK, RULES, written

WEEK = Path(__file__).parents[2] / "fixtures" / "logs" / "week.jsonl"
SETTINGS, WORKFLOW, HOOKS = "cachelens.toml", ".github/workflows/cachelens.yml", ".pre-commit-config.yaml"
OTHERS = "# ours\nrepos:\n- repo: https://example.org/x\n  rev: v1\n  hooks:\n  - id: x\n"


def init(folder: Path, *options: str, code: int = 0) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "cachelens", "init", *options], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == code, done.stderr
    return done.stdout + done.stderr


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A template with a clock on top, a source without any prompt, a log, and other people's files."""
    written(tmp_path, "prompts/a.jinja2", CLOCK + RULES)
    written(tmp_path, "tool/plain.py", "print('hello')\n")
    written(tmp_path, "node_modules/x/b.jinja2", CLOCK + RULES)
    (tmp_path / "logs").mkdir()
    shutil.copy(WEEK, tmp_path / "logs" / "week.jsonl")
    return tmp_path


def test_it_writes_three_files_fitted_to_the_project(project: Path) -> None:
    before = files(project)
    told = init(project)
    assert files(project) - before == {SETTINGS, WORKFLOW, HOOKS}
    assert told.startswith("Templates: 1 file in prompts\nLogs: logs/week.jsonl\n")
    settings = load(project / SETTINGS).settings
    assert settings == Settings(paths=("prompts",), fail_on="high", exclude=("test/", "tests/"))
    assert '# traffic = ["logs/week.jsonl"]' in (project / SETTINGS).read_text()
    assert max(map(len, told.splitlines())) <= 80


def test_the_settings_take_effect(project: Path) -> None:
    init(project, "--only", "settings")
    done = subprocess.run(
        [sys.executable, "-m", "cachelens", "audit"], cwd=project, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "prompts/a.jinja2:1" in done.stdout


def test_the_workflow_runs_this_version(project: Path) -> None:
    init(project, "--only", "workflow")
    jobs = yaml.safe_load((project / WORKFLOW).read_text())["jobs"]
    commands = [step["run"] for step in jobs["audit"]["steps"] if "run" in step]
    assert f'"cachelens-sim[code]=={__version__}"' in commands[0]
    assert [command.split()[:2] for command in commands[1:]] == [["cachelens", "audit"]] * 2


def test_the_hook_is_the_one_that_the_repository_offers(project: Path) -> None:
    own = Path(__file__).parents[2] / ".pre-commit-hooks.yaml"
    if not own.is_file():
        pytest.skip("only the installed package is here")
    init(project, "--only", "hook")
    (written_,) = yaml.safe_load((project / HOOKS).read_text())["repos"][0]["hooks"]
    (offered,) = yaml.safe_load(own.read_text())
    assert {key: written_[key] for key in ("id", "entry", "files", "exclude")} == {
        key: offered[key] for key in ("id", "entry", "files", "exclude")
    }


def test_what_is_there_is_left_alone(project: Path) -> None:
    written(project, SETTINGS, 'fail-on = "low"\n')
    written(project, WORKFLOW, "name: ours\n")
    written(project, HOOKS, OTHERS)
    told = init(project)
    assert (project / SETTINGS).read_text() == 'fail-on = "low"\n'
    assert (project / WORKFLOW).read_text() == "name: ours\n"
    assert (project / HOOKS).read_text() == OTHERS
    assert told.count("--force") == 3


def test_force_replaces_our_files_and_keeps_the_hooks_of_others(project: Path) -> None:
    written(project, SETTINGS, 'fail-on = "low"\n')
    written(project, HOOKS, OTHERS)
    init(project, "--force")
    assert load(project / SETTINGS).settings.fail_on == "high"
    text = (project / HOOKS).read_text()
    assert text.startswith(OTHERS)
    assert [repo["repo"] for repo in yaml.safe_load(text)["repos"]] == ["https://example.org/x", "local"]
    assert "has the hook already" in init(project, "--force")


def test_settings_in_pyproject_are_settings(project: Path) -> None:
    written(project, "pyproject.toml", '[tool.cachelens]\nfail-on = "low"\n')
    assert "pyproject.toml" in init(project, "--only", "settings", "--force")
    assert not (project / SETTINGS).exists()


@pytest.mark.parametrize("option", ["--dry-run", "--diff"])
def test_looking_writes_nothing(project: Path, option: str) -> None:
    before = files(project)
    assert SETTINGS in init(project, option)
    assert files(project) == before


@pytest.mark.parametrize("others", [OTHERS, OTHERS.rstrip("\n")], ids=["ended", "without-a-last-line-end"])
def test_the_patch_is_what_would_be_written(
    project: Path, tmp_path_factory: pytest.TempPathFactory, others: str
) -> None:
    written(project, HOOKS, others)
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    patch = init(elsewhere, str(project), "--diff", "--force")
    subprocess.run(["git", "init", "--quiet"], cwd=project, check=True)
    subprocess.run(["git", "apply"], cwd=project, input=patch, text=True, check=True)
    patched = {name: (project / name).read_text() for name in (SETTINGS, WORKFLOW, HOOKS)}
    init(project, "--force")
    assert {name: (project / name).read_text() for name in patched} == patched


def test_a_project_with_nothing_in_it_is_audited_as_a_whole(tmp_path: Path) -> None:
    assert init(tmp_path).startswith("Templates: none\nLogs: none\n")
    assert load(tmp_path / SETTINGS).settings.paths == (".",)


def test_names_that_need_quotes_get_them(tmp_path: Path) -> None:
    written(tmp_path, 'our "best"\nprompts/a.jinja2', CLOCK + RULES)
    told = init(tmp_path, "--only", "settings")
    assert "\nprompts" not in told
    assert load(tmp_path / SETTINGS).settings.paths == ('our "best"\nprompts',)


def test_links_out_of_the_project_are_no_trouble(tmp_path: Path) -> None:
    written(tmp_path, "elsewhere/a.jinja2", CLOCK + RULES)
    project = tmp_path / "project"
    project.mkdir()
    (project / "week.jsonl").symlink_to(WEEK)
    (project / "prompts").symlink_to(tmp_path / "elsewhere")
    assert init(project, "--dry-run").startswith("Templates: none\nLogs: week.jsonl\n")


def test_a_folder_that_is_none_is_a_usage_error(tmp_path: Path) -> None:
    assert "hint:" in init(tmp_path, "nowhere", code=2)


def test_a_folder_that_cannot_be_made_is_a_usage_error(tmp_path: Path) -> None:
    written(tmp_path, ".github", "a file\n")
    assert "hint:" in init(tmp_path, "--only", "workflow", code=2)


@pytest.mark.parametrize(
    "text",
    [
        "repos: []\n",
        "repos:\n  - repo: local\n    hooks: []\nci:\n  skip: [x]\n",
        "- not a mapping\n",
        "repos: [\n",
        "",
    ],
)
def test_hooks_that_cannot_be_added_to_at_the_end_stay_as_they_are(text: str) -> None:
    assert with_hook(text, "- repo: local\n  hooks:\n    - id: cachelens-audit\n") == ""
    assert not has_hook(text)
