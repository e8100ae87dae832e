"""`cachelens audit --diff-base` on small repositories."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest

from cachelens.cli.main import run as command
from tests.joining.logs import RULES, log, rows

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
Run = Callable[..., tuple[int, str, str]]
PLAIN = "You are the support agent of ACME.\n" + RULES
WORSE = "Request {{ request_id }}.\n" + PLAIN
SCHEMA = Path(__file__).parents[2] / "docs" / "schemas" / "audit-diff.v1.json"


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as stop:
            command(list(arguments))
        printed = capsys.readouterr()
        return int(stop.value.code or 0), printed.out, printed.err

    return call


def git(*arguments: str) -> None:
    named = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    environment = {name: text for name, text in os.environ.items() if not name.startswith("GIT_")}
    subprocess.run(["git", *named, *arguments], check=True, capture_output=True, env=environment)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a repository whose template was committed as `PLAIN`, with a log beside it; it is the working folder."""
    folder = tmp_path / "shop"
    (folder / "prompts").mkdir(parents=True)
    (folder / "prompts" / "support.jinja2").write_text(PLAIN, encoding="utf-8")
    monkeypatch.chdir(folder)
    monkeypatch.delenv("GIT_DIR", raising=False)
    git("init", "--quiet")
    git("add", "prompts")
    git("commit", "--quiet", "-m", "one")
    log(tmp_path, rows(lambda _: PLAIN))
    return folder


def changed(repository: Path, text: str = WORSE) -> None:
    (repository / "prompts" / "support.jinja2").write_text(text, encoding="utf-8")


def test_a_worse_template_is_said_with_its_line_and_its_cost(repository: Path, run: Run) -> None:
    changed(repository)
    code, out, err = run("audit", "prompts", "--diff-base", "HEAD", "--traffic", "../week.jsonl")
    assert (code, err) == (0, "")
    assert out.startswith("This change: +$0.0")
    assert "`request_id` (prompts/support.jinja2:1:12) now stands at token" in out
    assert "Compared with HEAD: 1 of 1 changed template found in 12 of 12 requests" in out
    assert "Rule 7" not in out


def test_json_is_valid_and_counts_both_sides(repository: Path, run: Run) -> None:
    changed(repository)
    code, out, _ = run("audit", "prompts", "--diff-base", "HEAD", "--traffic", "../week.jsonl", "--format", "json")
    document = json.loads(out)
    jsonschema.validate(document, json.loads(SCHEMA.read_text(encoding="utf-8")))
    assert code == 0
    assert document["schema"] == "cachelens.audit-diff/v1"
    assert document["total"]["after"]["read_tokens"] == 0
    assert document["causes"][0]["expression"] == "request_id"
    assert float(document["total"]["delta"]) > 0


def test_markdown_is_a_comment(repository: Path, run: Run) -> None:
    changed(repository)
    _, out, _ = run("audit", "prompts", "--diff-base", "HEAD", "--traffic", "../week.jsonl", "--format", "markdown")
    assert out.startswith("### CacheLens: This change: +$0.0")
    assert "`request_id`" in out
    assert "| `support` |" in out


@pytest.mark.parametrize(("limit", "code"), [("5%", 1), ("5", 1), ("500%", 0), ("0%", 1)])
def test_an_increase_over_the_limit_fails(repository: Path, run: Run, limit: str, code: int) -> None:
    changed(repository)
    asked = ("audit", "prompts", "--diff-base", "HEAD", "--traffic", "../week.jsonl", "--max-increase", limit)
    assert run(*asked)[0] == code


@pytest.mark.usefixtures("repository")
def test_what_did_not_change_costs_nothing(run: Run) -> None:
    code, out, _ = run("audit", "prompts", "--diff-base", "HEAD", "--traffic", "../week.jsonl", "--max-increase", "0%")
    assert code == 0
    assert out.startswith("No prompt is another than at HEAD.")


def test_a_file_that_is_named_may_be_gone_now(repository: Path, run: Run) -> None:
    (repository / "prompts" / "support.jinja2").unlink()
    code, out, _ = run("audit", "prompts", "--diff-base", "HEAD", "--traffic", "../week.jsonl")
    assert code == 0
    assert "prompts/support.jinja2:1: template `support` is gone" in out


def test_includes_are_read_as_they_stood(repository: Path, run: Run) -> None:
    (repository / "prompts" / "head.jinja2").write_text("You are the support agent of ACME.\n", encoding="utf-8")
    changed(repository, "{% include 'head.jinja2' %}" + RULES)
    git("add", "-A")
    git("commit", "--quiet", "-m", "two")
    (repository / "prompts" / "head.jinja2").write_text("Request {{ request_id }} of ACME.\n", encoding="utf-8")
    log(repository.parent, rows(lambda _: PLAIN.replace(".\n", ".", 1)))
    _, out, _ = run("audit", "prompts", "--diff-base", "HEAD", "--traffic", "../week.jsonl", "--format", "json")
    document = json.loads(out)
    assert document["tied"] >= 1
    assert document["causes"][0]["location"]["path"].endswith("prompts/head.jinja2")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--diff-base", "no-such-branch", "--traffic", "../week.jsonl"), "no revision"),
        (("--diff-base", "--upload-pack=x", "--traffic", "../week.jsonl"), "no revision"),
        (("--diff-base", "HEAD"), "no traffic"),
        (("--diff-base", "HEAD", "--traffic", "../week.jsonl", "--format", "sarif"), "no form sarif"),
        (("--diff-base", "HEAD", "--traffic", "../week.jsonl", "--max-increase", "lots"), "percentage"),
        (("--diff-base", "HEAD", "--traffic", "../week.jsonl", "--fail-on", "high"), "judges no findings"),
        (("--max-increase", "5%"), "needs --diff-base"),
        (("..", "--diff-base", "HEAD", "--traffic", "../week.jsonl"), "not in the repository"),
    ],
)
@pytest.mark.usefixtures("repository")
def test_what_cannot_be_asked_is_said(run: Run, arguments: tuple[str, ...], says: str) -> None:
    code, out, err = run("audit", "prompts", *arguments)
    assert (code, out) == (2, "")
    assert says in err
    assert "hint: " in err


def test_outside_a_repository_it_is_said(tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    (tmp_path / "a.jinja2").write_text(PLAIN, encoding="utf-8")
    week = log(tmp_path, rows(lambda _: PLAIN))
    code, _, err = run("audit", "a.jinja2", "--diff-base", "HEAD", "--traffic", week)
    assert code == 2
    assert "no git repository" in err


def test_traffic_beside_templates_is_audited_with_them(repository: Path, run: Run) -> None:
    changed(repository)
    code, out, _ = run("audit", "prompts", "--traffic", "../week.jsonl", "--format", "json")
    summary = json.loads(out)["summary"]
    assert code == 0
    assert (summary["requests"], summary["templates"]) == (12, 1)


@pytest.mark.parametrize("folder", ["prompts", "others"])
def test_a_template_that_was_moved_is_compared_with_what_it_was(repository: Path, run: Run, folder: str) -> None:
    (repository / folder).mkdir(exist_ok=True)
    git("mv", "prompts/support.jinja2", f"{folder}/agent.jinja2")
    asked = ("audit", folder, "--diff-base", "HEAD", "--traffic", "../week.jsonl")
    assert run(*asked)[1].startswith("No prompt is another than at HEAD")
    (repository / folder / "agent.jinja2").write_text(WORSE, encoding="utf-8")
    code, out, err = run(*asked)
    assert (code, err) == (0, "")
    assert out.startswith("This change: +$0.0")
    assert f"`request_id` ({folder}/agent.jinja2:1:12) now stands at token" in out
