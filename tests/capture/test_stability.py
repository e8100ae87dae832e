"""The test helper finds what moves in a prefix, where it is, and shows none of it."""

from typing import Any

import pytest

from cachelens.capture import PrefixChangedError, assert_prefix_stable


def chat(system: str = "You help.", *turns: str, tools: tuple[str, ...] = ("search",)) -> dict[str, Any]:
    roles = ("user", "assistant")
    return {
        "model": "gpt-5.5",
        "tools": [{"type": "function", "function": {"name": name, "parameters": {}}} for name in tools],
        "messages": [
            {"role": "system", "content": system},
            *({"role": roles[i % 2], "content": text} for i, text in enumerate(turns)),
        ],
    }


def test_requests_that_share_their_head_pass() -> None:
    assert_prefix_stable([chat("You help.", "Hi"), chat("You help.", "Bye", "Why?", "So")])


def test_a_conversation_that_grows_passes() -> None:
    assert_prefix_stable(
        [chat("a", "1"), chat("a", "1", "2", "3"), chat("a", "1", "2", "3", "4", "5")], conversation=True
    )


@pytest.mark.parametrize(
    ("one", "other", "place"),
    [
        (chat("It is 10:01."), chat("It is 10:02."), r"messages\[0\] differs .* at character 41"),
        (chat(tools=("a", "b")), chat(tools=("b", "a")), r"tools\[0\] differs"),
        (chat(tools=("a",)), chat(tools=("a", "b")), r"tools\[1\]"),
        ({"system": "a b"}, {"system": "a c"}, "system differs"),
        ({"system": "a"}, {"system": "a", "tools": [{"name": "x"}]}, r"tools\[0\]"),
        ({"instructions": "x", "input": []}, {"instructions": "y", "input": []}, "instructions differs"),
        ({"systemInstruction": {"parts": [{"text": "x"}]}}, {"systemInstruction": {"parts": []}}, "systemInstruction"),
    ],
)
def test_what_moves_is_named(one: dict[str, Any], other: dict[str, Any], place: str) -> None:
    with pytest.raises(PrefixChangedError, match=place):
        assert_prefix_stable([one, one, other])


def test_a_history_that_is_rewritten_or_cut_is_named() -> None:
    with pytest.raises(PrefixChangedError, match=r"messages\[1\] differs"):
        assert_prefix_stable([chat("a", "first", "b"), chat("a", "short", "b", "c")], conversation=True)
    with pytest.raises(PrefixChangedError, match=r"messages\[2\] of the request before it is missing"):
        assert_prefix_stable([chat("a", "1", "2"), chat("a", "1")], conversation=True)


def test_the_order_of_keys_counts_as_providers_see_it() -> None:
    with pytest.raises(PrefixChangedError):
        assert_prefix_stable([{"tools": [{"name": "a", "x": 1}]}, {"tools": [{"x": 1, "name": "a"}]}])


def test_marks_may_move() -> None:
    text = {"type": "text", "text": "a"}
    assert_prefix_stable([{"system": [text | {"cache_control": {"type": "ephemeral"}}]}, {"system": [text]}])
    assert_prefix_stable(
        [{"system": [{"text": "a"}, {"cachePoint": {"type": "default"}}]}, {"system": [{"text": "a"}]}]
    )


def test_a_failure_shows_no_text() -> None:
    with pytest.raises(PrefixChangedError) as caught:
        assert_prefix_stable([chat("secret one"), chat("secret two")])
    assert "secret" not in str(caught.value)
    assert isinstance(caught.value, AssertionError)


def test_one_request_is_nothing_to_compare() -> None:
    with pytest.raises(ValueError, match="two requests"):
        assert_prefix_stable([chat()])
