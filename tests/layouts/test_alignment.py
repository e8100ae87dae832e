"""Skeletons of texts that vary."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cachelens.layouts.alignment import Skeleton, align


def test_a_clock_on_top_of_a_long_prompt_is_one_slot() -> None:
    body = "\n".join(f"Rule {n}: be kind to customer {n}." for n in range(50))
    texts = [f"Current time: 2026-11-{day:02}T10:{day:02}:00Z\n\n{body}" for day in range(1, 20)]
    skeleton = align(texts)
    assert skeleton.literals == ("Current time: ", f"\n\n{body}")
    assert skeleton.values(texts[4]) == ("2026-11-05T10:05:00Z",)


def test_a_written_out_date_is_one_value_although_its_words_repeat() -> None:
    texts = [f"Today is {day}. Answer briefly." for day in ("Monday, 23 November 2026", "Tuesday, 24 November 2026")]
    assert align(texts).literals == ("Today is ", " November 2026. Answer briefly.")


def test_name_and_plan_on_one_line_are_two_slots() -> None:
    texts = [f'<user name="{name}" plan="{plan}"/>\nHelp.' for name, plan in (("Ann", "pro"), ("Bo", "free"))]
    assert align(texts).literals == ('<user name="', '" plan="', '"/>\nHelp.')


def test_a_line_that_some_have_is_a_slot_that_may_be_empty() -> None:
    skeleton = align(["One.\nTwo.\nThree.", "One.\nThree."])
    assert skeleton.values("One.\nThree.") == ("",)
    assert skeleton.values("One.\nTwo.\nThree.") == ("Two.\n",)


def test_one_text_has_no_slot() -> None:
    assert align(["same", "same"]) == Skeleton(("same",))
    assert Skeleton(("same",)).values("other") is None


names = st.lists(st.text(alphabet="abcdefgh", min_size=4, max_size=9), min_size=1, max_size=6, unique=True)


@given(names, st.integers(2, 6))
def test_known_slots_are_found(fields: list[str], count: int) -> None:
    """Values in digits between literals in letters: the mined skeleton is the one that was generated."""
    literals = [f"The {name} field of this request is:" for name in fields]
    rows = [[f"{10_000 * (n + 1) + k * 37}" for k in range(len(fields))] for n in range(count)]
    texts = ["".join(f"{a} {b}\n" for a, b in zip(literals, row, strict=True)) + "Done." for row in rows]
    skeleton = align(texts)
    assert [skeleton.values(text) for text in texts] == [tuple(row) for row in rows]


@given(st.data())
def test_every_variant_is_made_of_the_skeleton_whatever_their_order(data: st.DataObject) -> None:
    texts = data.draw(st.lists(st.text(alphabet="ab \n", max_size=30), min_size=1, max_size=6))
    skeleton = align(texts)
    assert align(data.draw(st.permutations(texts))) == skeleton
    for text in texts:
        values = skeleton.values(text)
        assert values is not None
        first, *rest = skeleton.literals
        assert first + "".join(a + b for a, b in zip(values, rest, strict=True)) == text
