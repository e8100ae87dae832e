"""Words for rules."""

from __future__ import annotations

import pytest

from cachelens.catalog import load_catalog
from cachelens.config.rules import chosen, ids_of
from cachelens.errors import UsageError


def test_a_rule_goes_by_its_id_the_beginning_of_it_or_its_name() -> None:
    assert ids_of("V101") == ids_of("v101") == ids_of("time-before-fixed-text") == ("V101",)
    assert set(ids_of("V")) == {rule for rule in load_catalog("rules").ids if rule[0] == "V"}
    assert ids_of("B70") == ("B701", "B702")


def test_rules_are_selected_before_they_are_ignored() -> None:
    everything = load_catalog("rules").ids
    assert chosen((), ()) == everything
    assert chosen(("B",), ("B701",)) == ("B702",)
    assert chosen((), ("V",)) == tuple(rule for rule in everything if rule[0] != "V")
    assert chosen(("V101",), ("V",)) == ()


@pytest.mark.parametrize("word", ["", "X", "V999", "V1011", "time", "v101-x"])
def test_a_word_for_nothing_is_refused(word: str) -> None:
    with pytest.raises(UsageError, match="no rule"):
        ids_of(word)


@pytest.mark.parametrize(
    ("word", "near"),
    [("V1O1", "V101"), ("VI0I", "V101"), ("v10l", "V101"), ("tim-before-fixed-text", "time-before-fixed-text")],
)
def test_the_nearest_rule_is_named(word: str, near: str) -> None:
    with pytest.raises(UsageError) as raised:
        ids_of(word)
    assert f"Did you mean `{near}`?" in raised.value.hint
