"""The page and the row of each rule."""

from __future__ import annotations

import pytest

from cachelens.catalog import load_catalog
from cachelens.rules.base import Rule


@pytest.mark.parametrize("rule", list(load_catalog("rules")), ids=lambda rule: rule.id)
def test_the_page_of_a_rule_has_its_parts(rule: type[Rule]) -> None:
    page = rule.__doc__ or ""
    places = [page.find(part) for part in ("\n\n", "What to do:", "Bad:", "Good:")]
    assert -1 not in places
    assert places == sorted(places)


def test_ids_and_names_are_unique_and_stand_in_the_catalogue() -> None:
    rules = list(load_catalog("rules"))
    assert [rule.id for rule in rules] == list(load_catalog("rules").ids)
    assert len({rule.name for rule in rules}) == len(rules)
