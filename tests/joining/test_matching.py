"""Texts are read as a template made them, or it is said that they could be read otherwise."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cachelens.joining.matching import Budget, GivenUp, Reading, read
from cachelens.joining.program import loosened, plain_form, program_of
from cachelens.joining.values import Values, render, values_in
from cachelens.model.template import Span, SpanKind
from tests.joining.spans import choice, fixed, loop, rendered, value


def reading_of(spans: Sequence[Span], text: str, *, within: bool = False) -> Reading | GivenUp | None:
    form = plain_form(spans)
    program = program_of(loosened(form) if within else form)
    assert program is not None
    return read(program, text, Budget(), within=within)


def values_of(spans: Sequence[Span], text: str) -> tuple[Values, Reading]:
    form = plain_form(spans)
    program = program_of(form)
    assert program is not None
    reading = read(program, text, Budget(), within=False)
    assert isinstance(reading, Reading)
    return values_in(form, program.holes, reading, text), reading


def unknown(span: Span) -> str:
    raise AssertionError(f"{span.text} was not recovered")


def test_values_stand_between_the_fixed_texts() -> None:
    spans = [fixed("Hello "), value("name"), fixed(", it is "), value("now"), fixed(".")]
    values, reading = values_of(spans, "Hello Ada, it is noon.")
    assert values.text(spans[1], 0) == "Ada"
    assert values.text(spans[3], 0) == "noon"
    assert reading.only
    assert reading.covered == len("Hello,itis.")


def test_a_fixed_text_that_occurs_twice_leaves_it_open() -> None:
    """`x and y and z` may be `x` and `y and z`, or `x and y` and `z`: the first value ends soonest, and it is said."""
    spans = [value("a"), fixed(" and "), value("b")]
    values, reading = values_of(spans, "x and y and z")
    assert (values.text(spans[0], 0), values.text(spans[2], 0)) == ("x", "y and z")
    assert not reading.only
    assert not reading.clear


def test_the_branch_that_covers_more_is_taken() -> None:
    spans = [fixed("Be kind."), choice("vip", [fixed(" Be quick.")]), value("rest")]
    values, reading = values_of(spans, "Be kind. Be quick. Go")
    assert values.branch(spans[1], 0) == 0
    assert values.text(spans[2], 0) == " Go"
    assert reading.clear
    assert not reading.only  # `rest` could hold the words of the branch as well
    values, _ = values_of(spans, "Be kind. Go")
    assert values.branch(spans[1], 0) == -1


def test_each_round_of_a_loop_has_its_values() -> None:
    spans = [fixed("Files:"), loop("f in files", [fixed("\n- "), value("f.name")], [fixed(" none")]), fixed("\nEnd")]
    values, _ = values_of(spans, "Files:\n- a\n- b\nEnd")
    rounds = values.rounds(spans[1], 0)
    assert rounds is not None
    name = spans[1].branches[0][1]
    assert [one.text(name, 0) for one in rounds] == ["a", "b"]
    values, _ = values_of(spans, "Files: none\nEnd")
    assert values.rounds(spans[1], 0) == []


@pytest.mark.parametrize("text", ["Hello Ada", "Hi Ada!", "hello Ada!", "Hello Ada!?", ""])
def test_another_text_does_not_read(text: str) -> None:
    assert reading_of([fixed("Hello "), value("name"), fixed("!")], text) is None


def test_text_may_stand_around_and_white_space_may_differ_where_that_is_allowed() -> None:
    spans = [fixed("\nYou help.\n"), choice("vip", [fixed("\nBe quick.\n")]), fixed("\nThe end.\n")]
    text = "PREFIX You help.\nBe quick.\nThe end. SUFFIX"
    assert reading_of(spans, text) is None
    reading = reading_of(spans, text, within=True)
    assert isinstance(reading, Reading)
    assert text[reading.start : reading.stop].strip() == "You help.\nBe quick.\nThe end."


WORDS = st.text(alphabet="ab .\n", min_size=1, max_size=4)
TEXTS = st.text(alphabet="ab .\n", max_size=4)


@st.composite
def templates(draw: st.DrawFn, depth: int = 2, prefix: str = "v") -> tuple[list[Span], dict[str, Any]]:
    """Draw spans and values for them."""
    spans: list[Span] = []
    given: dict[str, Any] = {}
    for number in range(draw(st.integers(1, 4))):
        name = f"{prefix}{number}"
        kind = draw(st.sampled_from(("fixed", "value", "choice", "loop") if depth else ("fixed", "value")))
        if kind == "fixed":
            spans.append(fixed(draw(WORDS)))
        elif kind == "value":
            spans.append(value(name))
            given[name] = draw(TEXTS)
        elif kind == "choice":
            branches = []
            for branch in range(draw(st.integers(1, 2))):
                inner, more = draw(templates(depth - 1, f"{name}_{branch}_"))
                branches.append(inner)
                given |= more
            spans.append(choice(name, *branches))
            given[name] = draw(st.integers(-1, len(branches) - 1))
        else:
            body, _ = draw(templates(depth - 1, f"{name}_"))
            spans.append(loop(name, body))
            given[name] = [
                {
                    span.text: draw(TEXTS) if span.kind is SpanKind.VARIABLE else draw(inner_values(span))
                    for span in every(body)
                    if span.kind is not SpanKind.LITERAL
                }
                for _ in range(draw(st.integers(0, 3)))
            ]
    return spans, given


@st.composite
def inner_values(draw: st.DrawFn, span: Span) -> Any:  # noqa: ANN401  a branch, or rounds
    """Draw what a block within a loop is given: loops have no rounds there."""
    return [] if span.kind is SpanKind.LOOP else draw(st.integers(-1, len(span.branches) - 1))


def every(spans: Sequence[Span]) -> list[Span]:
    return [deep for span in spans for deep in (span, *every([one for part in span.branches for one in part]))]


@given(templates())
def test_what_was_rendered_is_read_again(drawn: tuple[list[Span], dict[str, Any]]) -> None:
    """Values that are put back make the same text; where it could be read in one way only, they are the true ones."""
    spans, given_values = drawn
    text = rendered(spans, given_values)
    values, reading = values_of(spans, text)
    assert "".join(piece.text for piece in render(plain_form(spans), values, unknown)) == text
    if reading.only:
        for span in spans:
            if span.kind is SpanKind.VARIABLE:
                assert values.text(span, 0) == given_values[span.text]
            if span.kind is SpanKind.LOOP and (rounds := values.rounds(span, 0)) is not None:
                assert len(rounds) == len(given_values[span.text])


@given(templates(), st.text(alphabet="ab .\n", max_size=30))
def test_a_text_that_reads_is_one_that_the_template_makes(drawn: tuple[list[Span], dict[str, Any]], text: str) -> None:
    form = plain_form(drawn[0])
    program = program_of(form)
    assert program is not None
    reading = read(program, text, Budget(), within=False)
    if isinstance(reading, Reading):
        values = values_in(form, program.holes, reading, text)
        assert "".join(piece.text for piece in render(form, values, unknown)) == text


@pytest.mark.parametrize(
    ("spans", "text"),
    [
        ([part for k in range(400) for part in (value(f"v{k}"), fixed("a"))], "a" * 200_000),
        ([loop("x", [choice("c", [fixed("a")], [fixed("aa")]), fixed("a")]), fixed("b")], "a" * 50_000),
        ([loop("x", [loop("y", [fixed("a")]), fixed("a")]), fixed("b")], "a" * 20_000),
        ([value("v"), *(choice(f"c{k}", [fixed("a")]) for k in range(1_000)), fixed("b")], "a" * 20_000),
    ],
)
def test_hostile_templates_and_texts_take_bounded_work(spans: list[Span], text: str) -> None:
    began = time.monotonic()
    found = reading_of(spans, text)
    assert found is None or isinstance(found, GivenUp | Reading)
    assert time.monotonic() - began < 5  # ten times what it takes; unbounded work would take hours


def test_a_budget_ends_for_all_texts_together() -> None:
    program = program_of(plain_form([value("a"), fixed("x"), value("b"), fixed("x")]))
    assert program is not None
    budget = Budget(100)
    assert isinstance(read(program, "x" * 1_000, budget, within=False), GivenUp)
    assert isinstance(read(program, "x" * 1_000, budget, within=False), GivenUp)
