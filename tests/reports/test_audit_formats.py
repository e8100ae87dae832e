"""What holds for every form of an audit: it is as reviewed, keeps its secrets, and says the same each time."""

from __future__ import annotations

import unicodedata

import msgspec
import pytest

from cachelens.catalog import load_catalog
from cachelens.cli.audit import Format
from cachelens.model.audit import AuditResult
from cachelens.reports.base import Report, ReportOptions
from tests.reports.audit_sample import RULES, sample
from tests.reports.snapshots import check

SNAPSHOTS = {
    "text": "audit.txt",
    "json": "audit.v1.json",
    "sarif": "audit.sarif.json",
    "junit": "audit.junit.xml",
    "github": "audit.github.txt",
    "gitlab": "audit.gitlab.json",
    "markdown": "audit.md",
}
FORMATS = tuple(SNAPSHOTS)


def render(form: str, result: AuditResult, **options: object) -> str:
    report: Report[AuditResult] = load_catalog("reports").get(f"audit-{form}")()
    assert report.id == f"audit-{form}"
    return report.render(result, ReportOptions(**options))  # type: ignore[arg-type]


@pytest.mark.parametrize("form", FORMATS)
def test_each_format_is_as_reviewed(form: str) -> None:
    check(SNAPSHOTS[form], render(form, sample(), detail=True))


def test_the_command_offers_each_of_them() -> None:
    assert {form.value for form in Format} == set(FORMATS)
    known = {name for name in load_catalog("reports").ids if name.startswith("audit-")}
    assert {f"audit-{form}" for form in FORMATS} == {name for name in known if not name.startswith("audit-diff-")}


@pytest.mark.parametrize("form", FORMATS)
def test_values_are_shown_only_when_asked_for_and_secrets_never(form: str) -> None:
    for detail in (False, True):
        assert "08:00" not in render(form, sample(), detail=detail)
    loud = render(form, sample(), detail=True, show_values=True)
    assert "08:00" in loud.replace("&#58;", ":").replace("\n", "")
    assert "sk-abc" not in loud


@pytest.mark.parametrize("form", FORMATS)
def test_nothing_that_a_terminal_obeys_is_left(form: str) -> None:
    text = render(form, sample(), detail=True)
    assert text.endswith("\n")
    assert not {unicodedata.category(char) for char in text if char != "\n"} & {"Cc", "Cf", "Cs", "Zl", "Zp"}


@pytest.mark.parametrize("form", FORMATS)
def test_a_clean_audit_still_makes_a_report(form: str) -> None:
    clean = AuditResult(version="0.1.0", findings=(), templates=2, files=1, rules=RULES)
    text = render(form, clean)
    assert text.endswith("\n")
    assert "support-bot" not in text


@pytest.mark.parametrize("form", ["text", "sarif", "github", "markdown", "json"])
def test_what_was_left_out_is_said(form: str) -> None:
    text = render(form, msgspec.structs.replace(sample(), known=1_234))
    assert "1,234" in text or '"known": 1234' in text


@pytest.mark.parametrize("form", ["text", "sarif", "junit", "github", "markdown", "json"])
def test_what_could_not_be_read_is_said_and_what_is_no_fault_is_not(form: str) -> None:
    text = render(form, sample(), detail=True)
    assert "not valid JSON" in text
    assert "never closed" in text
    assert ("duplicate" in text) is (form == "json")
