"""What reports are told of the rules."""

from __future__ import annotations

from cachelens.catalog import load_catalog
from cachelens.rules.about import FAMILIES, about


def test_every_rule_can_be_described() -> None:
    rows = [about(rule()) for rule in load_catalog("rules")]
    assert [row.id for row in rows] == list(load_catalog("rules").ids)
    for row in rows:
        assert row.page.startswith(row.summary[:40])
        assert row.summary.endswith(".")
        assert "\n" not in row.summary
        assert "What to do" in row.page


def test_every_family_has_a_rule() -> None:
    assert {identifier[0] for identifier in load_catalog("rules").ids} == set(FAMILIES)
