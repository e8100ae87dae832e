"""Known findings: only new ones count, and the file can shrink."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cachelens.app import Known, audit
from cachelens.config.settings import Configuration, Settings
from cachelens.errors import UsageError
from cachelens.model.audit import AuditResult
from cachelens.selection import baseline as known_findings
from cachelens.selection.baseline import read_baseline
from tests.selection.samples import CLOCK, RULES, written


@pytest.fixture
def prompts(tmp_path: Path) -> Path:
    for name in ("a", "b"):
        written(tmp_path, f"prompts/{name}.jinja2", CLOCK + RULES)
    return tmp_path / "prompts"


def run(*paths: Path, known: Known = Known(), settings: Settings | None = None) -> AuditResult:  # noqa: B008 - frozen
    configuration = Configuration(root=paths[0].parent if paths[0].is_dir() else paths[0].parent.parent)
    if settings:
        configuration = Configuration(root=configuration.root, settings=settings)
    return audit([str(path) for path in paths], configuration=configuration, known=known)


def keep(file: Path, *paths: Path, settings: Settings | None = None) -> AuditResult:
    def save(text: str) -> None:
        file.write_text(text, encoding="utf-8")

    return run(*paths, known=Known(renew=file, save=save), settings=settings)


def rows(file: Path) -> list[tuple[str, str]]:
    return [(known.path, known.rule) for known in read_baseline(file).findings]


def test_what_is_known_neither_counts_nor_shows(prompts: Path, tmp_path: Path) -> None:
    file = tmp_path / "known.json"
    first = keep(file, prompts)
    assert (len(first.findings), first.known) == (0, 2)
    written(prompts, "c.jinja2", "{{ uuid4() }}\n" + CLOCK + RULES)
    result = run(prompts, known=Known(baseline=file))
    assert {(finding.rule, Path(finding.location.path).name) for finding in result.findings} == {  # type: ignore[union-attr]
        ("V101", "c.jinja2"),
        ("V102", "c.jinja2"),
    }
    assert result.known == 2
    assert result.problems == ()


def test_the_file_is_sorted_one_finding_a_line_and_holds_no_content(prompts: Path, tmp_path: Path) -> None:
    one, other = tmp_path / "one.json", tmp_path / "other.json"
    keep(one, prompts)
    keep(other, prompts / "b.jinja2", prompts / "a.jinja2")
    assert one.read_bytes() == other.read_bytes()
    document = json.loads(one.read_text())
    assert document["schema"] == "cachelens.baseline/v1"
    assert [row["path"] for row in document["findings"]] == ["prompts/a.jinja2", "prompts/b.jinja2"]
    assert len(one.read_text().splitlines()) == len(document["findings"]) + 5
    assert "now" not in one.read_text()


def test_what_no_longer_occurs_is_told(prompts: Path, tmp_path: Path) -> None:
    file = tmp_path / "known.json"
    keep(file, prompts)
    written(prompts, "a.jinja2", RULES)
    (problem,) = run(prompts, known=Known(baseline=file)).problems
    assert (problem.code, problem.location.path, problem.location.line) == ("baseline-outdated", file.as_posix(), 4)
    assert "V101 in prompts/a.jinja2" in problem.message


def test_of_what_was_not_looked_at_nothing_is_told(prompts: Path, tmp_path: Path) -> None:
    file = tmp_path / "known.json"
    keep(file, prompts)
    written(prompts, "a.jinja2", RULES)
    assert run(prompts / "b.jinja2", known=Known(baseline=file)).problems == ()
    assert run(prompts, known=Known(baseline=file), settings=Settings(select=("V102",))).problems == ()
    (prompts / "a.jinja2").unlink()
    assert [one.code for one in run(prompts / "b.jinja2", known=Known(baseline=file)).problems] == ["baseline-outdated"]


def test_writing_it_anew_keeps_what_was_not_looked_at(prompts: Path, tmp_path: Path) -> None:
    file = tmp_path / "known.json"
    keep(file, prompts)
    written(prompts, "a.jinja2", RULES)
    keep(file, prompts / "a.jinja2")
    assert rows(file) == [("prompts/b.jinja2", "V101")]
    (prompts / "b.jinja2").unlink()
    keep(file, prompts / "a.jinja2")
    assert rows(file) == []


def test_silenced_findings_are_no_part_of_it(prompts: Path, tmp_path: Path) -> None:
    written(prompts, "a.jinja2", "{# cachelens: ignore[V101] why #}\n" + CLOCK + RULES)
    keep(tmp_path / "known.json", prompts)
    assert rows(tmp_path / "known.json") == [("prompts/b.jinja2", "V101")]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is damaged"),
        ("[]", "is damaged"),
        ('{"schema": "cachelens.baseline/v1"}', "is damaged"),
        ('{"schema": "cachelens.baseline/v1", "findings": [{"rule": "V101"}]}', "is damaged"),
        ('{"schema": "cachelens.baseline/v2", "findings": []}', "is 'cachelens.baseline/v2'"),
        ('{"schema": "cachelens.baseline/v2", "rows": {}}', "is 'cachelens.baseline/v2'"),
    ],
)
def test_a_damaged_or_foreign_file_is_an_error(tmp_path: Path, text: str, says: str) -> None:
    file = written(tmp_path, "known.json", text)
    with pytest.raises(UsageError, match="baseline") as caught:
        read_baseline(file)
    assert says in caught.value.message
    with pytest.raises(UsageError) as refused:
        known_findings.beside(file)
    assert "another file" in refused.value.hint
    assert file.read_text() == text


def test_a_missing_file_is_an_error_to_read_and_none_to_write(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot read"):
        read_baseline(tmp_path / "none.json")
    assert known_findings.beside(tmp_path / "none.json").findings == ()
