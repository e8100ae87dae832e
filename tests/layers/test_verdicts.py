"""Verdicts on pairs of answers, by every rule; what answers state; intervals against published figures."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cachelens.layers.embedders.hashing import Hashing
from cachelens.layers.facts import contradiction, facts_in
from cachelens.layers.intervals import wilson
from cachelens.layers.labels import Labels
from cachelens.layers.normal import normal
from cachelens.layers.verdicts import Judge, Judged, bare, safety
from cachelens.model.call import RecordedCall
from cachelens.model.stack import Verdict
from tests.layers.test_semantic import questions

LONG = "You can return the bicycle in the shop where you bought it, within the time that your contract names"


def judged(one: RecordedCall, other: RecordedCall) -> Judged:
    nobody = Labels({}, questions([]), normal())
    return Judge([one, other], Hashing(), nobody).judge([(1, 0)])[0]


@pytest.mark.parametrize(
    ("one", "other", "verdict", "reason"),
    [
        (None, "x", "unsure", "no answer"),
        ("Within 14 days.", "Within 14 days.", "same", "identical"),
        ("Within 14 days.", "within 14 days", "same", "normalised"),
        ("Yes -- by all means.", "Yes, by all means!", "same", "normalised"),
        ("It is -5 degrees.", "It is 5 degrees.", "different", "numbers"),
        ("Within 14 days.", "Within 30 days.", "different", "numbers"),
        ("It costs 1,200 EUR.", "It costs 1200 EUR.", "unsure", "between"),
        ("The capital is Paris.", "The capital is Berlin.", "different", "names"),
        ("Yes, you may.", "No, you may not.", "different", "yes or no"),
        ("Order A-17 is late.", "Order B-99 is late.", "different", "codes"),
        ('{"a": 1, "b": 2}', '{"b": 2, "a": 1}', "same", "JSON"),
        ('{"a": 1}', '{"a": 2}', "different", "JSON"),
        (f"{LONG}.", f"{LONG} and city.", "same", "close"),
        (f"{LONG}.", f"{LONG}, not before.", "unsure", "between"),
        (f"{LONG}.", f"{LONG} within 14 days.", "unsure", "between"),
        ("Charge it over night.", "Our depots stay closed every Sunday.", "different", "far"),
    ],
)
def test_each_rule(one: str | None, other: str, verdict: str, reason: str) -> None:
    found = judged(RecordedCall(answer=one), RecordedCall(answer=other))
    assert (found.verdict.value, found.reason) == (verdict, reason)


def test_other_tool_calls_are_another_answer() -> None:
    first, second = (RecordedCall(answer="", tool_calls=f'[{{"amount": {n}}}]') for n in (1, 2))
    assert judged(first, second) == Judged(Verdict.DIFFERENT, "tool calls")
    assert judged(first, first) == Judged(Verdict.SAME, "identical")


@given(st.text(max_size=40), st.text(max_size=40))
def test_a_verdict_does_not_depend_on_the_order(one: str, other: str) -> None:
    first, second = RecordedCall(answer=one), RecordedCall(answer=other)
    assert judged(first, second) == judged(second, first)


@given(st.text(max_size=40))
def test_an_answer_never_contradicts_itself(text: str) -> None:
    assert contradiction(facts_in(text), facts_in(text)) == ""


def test_signs_alone_are_no_words() -> None:
    assert bare("👍") != bare("👎")


@pytest.mark.parametrize(("one", "other"), [("-1.50", "-1.5"), ("\u22121.5", "-1.5"), ("2.0", "2"), ("1,000", "1000")])
def test_one_number_in_two_spellings_is_one(one: str, other: str) -> None:
    assert facts_in(f"It is {one} outside.") == facts_in(f"It is {other} outside.")


def test_german_nouns_are_no_names() -> None:
    one = facts_in("Sie geben das Rad in der Werkstatt ab und zahlen die Rate bis zum Ende der Laufzeit weiter.")
    assert one.names == frozenset()


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_intervals_are_those_that_newcombe_publishes(part: int, whole: int, low: float, high: float) -> None:
    """R. G. Newcombe, Two-sided confidence intervals for the single proportion, Stat. Med. 17 (1998), table I."""
    assert wilson(part, whole) == pytest.approx((low, high), abs=5e-5)


def test_nothing_has_no_interval() -> None:
    assert wilson(0, 0) is None
    assert safety([Judged(Verdict.UNSURE, "between")]).false_hit_rate is None


@given(st.integers(0, 500), st.integers(1, 500))
def test_an_interval_holds_its_rate(part: int, whole: int) -> None:
    part = min(part, whole)
    ends = wilson(part, whole)
    assert ends is not None
    assert 0 <= ends[0] <= part / whole <= ends[1] <= 1
