"""Every rule on its cases in `tests/cases/rules/`: what it must tell, and what comes near and must stay untold."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
import yaml

from cachelens.app import audit
from cachelens.catalog import load_catalog
from cachelens.model.audit import FaultFact, Traffic, WorkloadFact
from cachelens.model.finding import Finding, TrafficPlace
from cachelens.model.location import Location
from tests.rules.recorded_cases import TrafficCase
from tests.traffic.chat import words, written

FOLDER = Path(__file__).parents[1] / "cases" / "rules"
_FIXED = re.compile(r"<<(\d+)>>")


class Expected(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A finding in a template."""

    at: str
    """Line and column: `2:7`."""
    severity: str
    confidence: str = ""


class TemplateCase(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file; `<<600>>` in it stands for about 600 tokens of fixed text on one line."""

    case: str
    says: str
    file: str
    """Its name, which says the language."""
    text: str
    expect: tuple[Expected, ...] = ()


class FactCase(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A fact as the analysis of traffic hands it to rules."""

    case: str
    says: str
    fault: str
    cost: str


class RuleCases(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The cases of one rule."""

    templates: tuple[TemplateCase, ...] = ()
    traffic: tuple[TrafficCase, ...] = ()
    facts: tuple[FactCase, ...] = ()


def load(path: Path) -> RuleCases:
    return msgspec.convert(yaml.safe_load(path.read_text(encoding="utf-8")), RuleCases)


CASES = {path.stem: load(path) for path in sorted(FOLDER.glob("*.yaml"))}
RULES = {rule.id: rule for rule in load_catalog("rules")}


def each(kind: str) -> pytest.MarkDecorator:
    found = [(rule, case) for rule, cases in CASES.items() for case in getattr(cases, kind)]
    return pytest.mark.parametrize(
        ("rule", "case"), found, ids=[f"{rule}-{case.case}-{case.says.replace(' ', '-')}" for rule, case in found]
    )


def fixed(match: re.Match[str]) -> str:
    """Return fixed text: words of six letters, so that a token of four characters is known to the letter."""
    text = words("fixed", int(match[1])).replace("\n", " ")
    return text[: 4 * int(match[1])]


@each("templates")
def test_a_rule_judges_templates(rule: str, case: TemplateCase, tmp_path: Path) -> None:
    if case.file.endswith(".ts"):
        pytest.importorskip("tree_sitter_typescript", reason="the extra `code` reads TypeScript")
    file = tmp_path / case.file
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(_FIXED.sub(fixed, case.text), encoding="utf-8")
    result = audit([str(file)])
    assert result.templates, result.problems
    found = [finding for finding in result.findings if finding.rule == rule]
    assert [(place(one), one.severity.value) for one in found] == [(one.at, one.severity) for one in case.expect]
    for one, expected in zip(found, case.expect, strict=True):
        assert expected.confidence in {"", one.confidence.value}
    assert (case.case == "bad") == bool(found), "a bad case expects findings, the others none"


def place(finding: Finding) -> str:
    assert isinstance(finding.location, Location)
    return f"{finding.location.line}:{finding.location.column}"


@each("traffic")
def test_a_rule_judges_traffic(rule: str, case: TrafficCase, tmp_path: Path) -> None:
    found = [one for one in audit([written(tmp_path / "a.jsonl", case.rows())]).findings if one.rule == rule]
    assert (case.case == "bad") == bool(found)
    if case.place is not None:
        places = [one.location.place for one in found if isinstance(one.location, TrafficPlace)]
        assert places == [case.place]


@each("facts")
def test_a_rule_judges_facts(rule: str, case: FactCase) -> None:
    """Only for what no log leads to yet."""
    workload = msgspec.convert(
        dict.fromkeys(WorkloadFact.__struct_fields__, 0)
        | {"name": "w", "cost": "100", "misses": {}, "needs_marks": False},
        WorkloadFact,
        strict=False,
    )
    where = TrafficPlace(workload="w")
    fact = FaultFact(fault=case.fault, place=where, requests=9, of=9, cost=Decimal(case.cost))  # type: ignore[arg-type] # a word of the enumeration
    found = list(RULES[rule]().in_traffic(Traffic(workloads=(workload,), slots=(), faults=(fact,))))
    assert (case.case == "bad") == bool(found)


@pytest.mark.parametrize("rule", sorted(RULES))
def test_every_rule_has_a_good_a_bad_and_a_near_case(rule: str) -> None:
    assert rule in CASES, f"write tests/cases/rules/{rule}.yaml"
    cases = CASES[rule]
    kinds = (
        {one.case for one in cases.templates} | {one.case for one in cases.traffic} | {one.case for one in cases.facts}
    )
    assert kinds == {"good", "bad", "near"}


def test_every_file_of_cases_is_of_a_rule() -> None:
    assert set(CASES) == set(RULES)


def test_a_rule_that_looks_at_templates_has_cases_of_templates() -> None:
    """And at traffic, of traffic."""
    from cachelens.rules.base import Rule

    for name, rule in RULES.items():
        if rule.in_template is not Rule.in_template:
            assert CASES[name].templates, name
        if rule.in_traffic is not Rule.in_traffic:
            assert CASES[name].traffic or CASES[name].facts, name
