"""Rules, settings and baselines on the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from cachelens.cli.main import run as command
from tests.selection.samples import CLOCK, RULES, written

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run `cachelens audit` in a folder that holds two templates with a clock, of severity high and medium."""
    written(tmp_path, "prompts/a.jinja2", CLOCK + RULES)
    written(tmp_path, "prompts/b.jinja2", CLOCK + RULES[:1500])
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as stop:
            command(["audit", *arguments])
        printed = capsys.readouterr()
        return int(stop.value.code or 0), printed.out, printed.err

    return call


def places(out: str) -> list[tuple[str, str, str]]:
    return [(row["rule"], row["severity"], row["location"]["path"]) for row in json.loads(out)["findings"]]


def test_rules_are_chosen_by_option(run: Run) -> None:
    assert places(run("prompts", "--select", "V102,V103", "--format", "json")[1]) == []
    assert places(run("prompts", "--ignore", "time-before-fixed-text", "--format", "json")[1]) == []
    assert len(places(run("prompts", "--select", "V102", "--select", "V1", "--format", "json")[1])) == 2


def test_the_command_line_goes_before_the_file(run: Run) -> None:
    written(Path(), "cachelens.toml", 'select = ["V101"]\nignore = ["V101"]\nfail-on = "medium"\n')
    assert run("prompts")[0] == 0
    assert run("prompts", "--select", "V101")[0] == 1
    assert run("prompts", "--select", "V101", "--fail-on", "never")[0] == 0
    assert run("prompts", "--no-config", "--fail-on", "high")[0] == 1
    written(Path(), "cachelens.toml", 'select = ["V101"]\n')
    assert places(run("prompts", "--ignore", "V101", "--format", "json")[1]) == []


def test_settings_are_found_from_a_folder_below_and_patterns_start_at_the_file(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(
        Path(),
        "pyproject.toml",
        '[tool.cachelens]\nexclude = ["/prompts/b.*"]\n[tool.cachelens.severity]\nV101 = "low"\n',
    )
    expected = [("V101", "low", "prompts/a.jinja2")]
    assert places(run("prompts", "--format", "json")[1]) == expected
    monkeypatch.chdir("prompts")
    assert places(run("a.jinja2", "b.jinja2", "--format", "json")[1]) == [("V101", "low", "a.jinja2")]


def test_a_file_of_settings_can_be_named(run: Run) -> None:
    file = written(Path(), "other/settings.toml", 'ignore = ["V101"]\n')
    assert places(run("prompts", "--config", str(file), "--format", "json")[1]) == []
    code, _, complaint = run("prompts", "--config", str(file), "--no-config")
    assert (code, "contradict" in complaint) == (2, True)


def test_what_is_audited_can_stand_in_the_file(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    code, _, complaint = run()
    assert (code, "nothing to audit" in complaint) == (2, True)
    written(Path(), "cachelens.toml", 'paths = ["prompts"]\n')
    monkeypatch.chdir("prompts")
    assert len(places(run("--format", "json")[1])) == 2


@pytest.mark.parametrize(
    ("text", "complaint"),
    [("selct = []\n", "cachelens.toml:1: there is no key `selct`"), ("select = [", "not valid TOML")],
)
def test_a_mistake_in_the_file_ends_with_2(run: Run, text: str, complaint: str) -> None:
    written(Path(), "cachelens.toml", text)
    code, out, said = run("prompts")
    assert (code, out) == (2, "")
    assert complaint in said
    assert "hint: " in said
    assert run("prompts", "--no-config")[0] == 0


def test_an_unknown_rule_ends_with_2(run: Run) -> None:
    code, _, said = run("prompts", "--select", "V1O1")
    assert code == 2
    assert "there is no rule `V1O1`" in said
    assert "Did you mean `V101`?" in said


def test_a_baseline_lets_only_new_findings_fail(run: Run) -> None:
    assert run("prompts", "--fail-on", "medium")[0] == 1
    code, out, _ = run("prompts", "--write-baseline", "known.json", "--fail-on", "info")
    assert code == 0
    assert out.startswith("0 findings in 2 templates in 2 files")
    assert run("prompts", "--baseline", "known.json", "--fail-on", "info")[0] == 0
    written(Path(), "cachelens.toml", 'baseline = "known.json"\nfail-on = "info"\n')
    assert run("prompts")[0] == 0
    written(Path(), "prompts/c.jinja2", CLOCK + RULES)
    assert run("prompts")[0] == 1


def test_a_baseline_overwrites_nothing_else(run: Run) -> None:
    for name in ("prompts/a.jinja2", "known.txt"):
        path = Path(name)
        if not path.exists():
            path.write_text("mine")
        before = path.read_bytes()
        code, _, said = run("prompts", "--write-baseline", name)
        assert (code, path.read_bytes()) == (2, before)
        assert "known.txt" in said or "it is one of the inputs" in said
    code, _, said = run("prompts", "--baseline", "none.json")
    assert (code, "cannot read the baseline none.json" in said) == (2, True)


def test_what_is_silenced_does_not_fail(run: Run) -> None:
    written(Path(), "prompts/a.jinja2", "{# cachelens: ignore[V101] the day matters #}\n" + CLOCK + RULES)
    assert run("prompts/a.jinja2", "--fail-on", "info")[0] == 0
    written(Path(), "prompts/a.jinja2", "{# cachelens: ignore[V101] #}\n" + CLOCK + RULES)
    code, out, _ = run("prompts/a.jinja2", "--fail-on", "info")
    assert code == 1
    assert "write why behind the brackets" in out


@pytest.mark.parametrize("option", ["-o", "--write-baseline"])
@pytest.mark.parametrize("read", ["prompts/a.jinja2", "own.yaml", "cachelens.toml"])
def test_nothing_that_an_audit_reads_is_written_over(run: Run, option: str, read: str) -> None:
    """Not even a template in a folder, a file of prices, or the settings."""
    written(Path(), "own.yaml", "provider: {id: openai}\n")
    written(Path(), "cachelens.toml", 'select = ["V101"]\n')
    before = Path(read).read_bytes()
    code, _, told = run("prompts", "--pricing", "own.yaml", option, read)
    assert (code, "it is one of the inputs" in told) == (2, True)
    assert Path(read).read_bytes() == before


def test_a_report_is_not_written_over_a_baseline_but_over_an_earlier_report(run: Run) -> None:
    assert run("prompts", "--write-baseline", "known.json")[0] == 0
    known = Path("known.json").read_bytes()
    assert run("prompts", "--baseline", "known.json", "-o", "known.json")[0] == 2
    assert run("prompts", "--write-baseline", "known.json", "-o", "known.json")[0] == 2
    assert Path("known.json").read_bytes() == known
    for _ in range(2):
        assert run("prompts", "--format", "json", "-o", "prompts/report.json")[0] == 0
