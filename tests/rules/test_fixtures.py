"""The fixtures show a fault of every family, and those with faults show just what their READMEs say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cachelens.app import audit
from cachelens.catalog import load_catalog
from cachelens.model.finding import TrafficPlace
from cachelens.model.location import Location

TEMPLATES = "fixtures/audit"
LOG = "fixtures/logs/faults.jsonl"


def test_the_fixtures_show_a_fault_of_every_family() -> None:
    families = {rule.id[0] for rule in load_catalog("rules")}
    assert {finding.rule[0] for finding in audit(["fixtures"]).findings} == families


def test_the_log_with_faults_shows_what_its_readme_says() -> None:
    told = Path(LOG).with_name("faults.README.md").read_text(encoding="utf-8")
    promised = set(re.findall(r"^\| `([\w-]+)` .* \| (\w\d{3}) \|$", told, re.MULTILINE))
    found = set()
    for finding in audit([LOG]).findings:
        assert isinstance(finding.location, TrafficPlace)
        found.add((finding.location.workload, finding.rule))
    assert found == {*promised, ("translator", "B701")}


def test_the_templates_with_faults_are_told_at_their_places() -> None:
    pytest.importorskip("tree_sitter_typescript", reason="the extra `code` reads TypeScript")
    found = set()
    for finding in audit([TEMPLATES]).findings:
        assert isinstance(finding.location, Location)
        found.add((finding.location.path.rpartition("/")[2], finding.location.line, finding.rule))
    assert found == {
        ("helpdesk.jinja2", 2, "V101"),
        ("helpdesk.jinja2", 2, "V103"),
        ("helpdesk.jinja2", 3, "V106"),
        ("agent.py", 14, "F201"),
        ("agent.py", 16, "V101"),
        ("agent.py", 17, "M402"),
        ("agent.py", 18, "M405"),
        ("agent.py", 20, "S301"),
        ("report.ts", 13, "V111"),
        ("report.ts", 16, "F208"),
        ("scattered.hbs", 1, "S308"),
    }
