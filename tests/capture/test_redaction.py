"""Hashing hides every text and keeps what a cache sees: equal text is equal, and a change stays where it was."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cachelens.capture.redaction import dropped, hashed

TEXT = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=60)
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)


def lines_of(value: object) -> list[str]:
    match value:
        case str():
            return [line for line in value.split("\n") if line.strip()]
        case list():
            return [line for item in value for line in lines_of(item)]
        case dict():
            return [line for item in value.values() for line in lines_of(item)]
    return []


@given(JSON, st.binary(max_size=8))
def test_no_line_of_text_survives(value: Any, salt: bytes) -> None:  # noqa: ANN401 - JSON
    shown = set(lines_of(hashed(value, salt, chosen_keys=True)))
    assert not {line for line in lines_of(value) if len(line) > 3} & shown


@given(TEXT, TEXT, st.binary(max_size=8))
def test_equal_text_and_only_equal_text_stays_equal(one: str, other: str, salt: bytes) -> None:
    assert (hashed(one, salt) == hashed(other, salt)) is (one == other)


def test_a_change_stays_in_its_line_and_lengths_are_kept() -> None:
    one, other = (
        hashed(f"A rule that holds for ever.\nIt is {t} o'clock in the town.\nEnd of the rules.", b"") for t in "12"
    )
    assert [a == b for a, b in zip(one.split("\n"), other.split("\n"), strict=True)] == [True, False, True]
    assert [len(line) for line in one.split("\n")] == [27, 28, 17]


def test_another_salt_gives_other_hashes() -> None:
    assert hashed("hello", b"a") != hashed("hello", b"b")


def test_the_shape_of_a_request_is_kept_and_names_that_users_chose_are_not() -> None:
    body = {
        "model": "claude-sonnet-5",
        "tools": [{"name": "find", "input_schema": {"type": "object", "properties": {"email": {"type": "string"}}}}],
        "input": [{"role": "user", "content": "hi"}],
        "messages": [{"role": "user", "content": [{"type": "tool_use", "id": "t1", "input": {"name": "Ada"}}]}],
        "system": [{"type": "text", "text": "x", "cache_control": {"type": "ephemeral", "ttl": "1h"}}],
    }
    made = hashed(body, b"")
    text = json.dumps(made)
    assert made["model"] == "claude-sonnet-5"
    assert made["system"][0]["cache_control"] == {"type": "ephemeral", "ttl": "1h"}
    assert [turn["role"] for turn in made["input"] + made["messages"]] == ["user", "user"]
    assert made["tools"][0]["input_schema"]["type"] == "object"
    for word in ("find", "email", "Ada", '"x"'):
        assert word not in text


def test_dropping_leaves_what_was_counted() -> None:
    event = {
        "type": "message_start",
        "message": {"id": "m", "model": "c", "content": "text", "usage": {"input_tokens": 3}},
    }
    assert dropped(event) == {
        "type": "message_start",
        "message": {"id": "m", "model": "c", "usage": {"input_tokens": 3}},
    }
    assert dropped({"model": "m", "messages": [{"role": "user", "content": "text"}], "metadata": {"user_id": "u"}}) == {
        "model": "m"
    }
    assert dropped({"error": {"message": "text"}}) == {"error": True}
    assert dropped([1, "text"]) == [None, None]
