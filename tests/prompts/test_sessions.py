"""A request continues the longest earlier conversation that its messages begin with."""

import pytest

from cachelens.model.record import RequestRecord
from tests.prompts.records import blocks, chat, compiled, lengths, names


def talk(*prompts: str, head: str = "") -> list[RequestRecord]:
    """One request a prompt, one message a word."""
    return [chat(line, head and f"{head} {line}", *prompt.split()) for line, prompt in enumerate(prompts, 1)]


@pytest.mark.parametrize(
    ("prompts", "expected"),
    [
        pytest.param(["a", "a b c", "a b c d e"], [1, 1, 1], id="a conversation goes on"),
        pytest.param(["a", "b", "a c", "b c"], [1, 2, 1, 2], id="two take turns"),
        pytest.param(["a", "a"], [1, 2], id="an equal prompt continues nothing"),
        pytest.param(["a b", "a"], [1, 2], id="a shorter one neither"),
        pytest.param(["a", "a b", "a", "a b c"], [1, 1, 2, 1], id="the longest beginning counts"),
        pytest.param(["a", "a", "a b"], [1, 2, 2], id="of equals the latest"),
        pytest.param(["a b c", "a b x"], [1, 2], id="a shared beginning alone is not enough"),
        pytest.param(["a", "a b", "a c", "a b d", "a c d"], [1, 1, 1, 1, 1], id="a fork stays one session"),
    ],
)
def test_by_hand(prompts: list[str], expected: list[int]) -> None:
    for head in ("", "the time is"):
        assert names(compiled(talk(*prompts, head=head)), "session") == [f"session-{number}" for number in expected]


def test_a_name_in_the_log_counts_and_can_be_continued() -> None:
    records = [
        chat(1, "", "a", session="given"),
        chat(2, "", "a", "b"),
        chat(3, "", "c"),
        chat(4, "", "c", session="x"),
    ]
    assert names(compiled(records), "session") == ["given", "session-3", "session-4", "x"]


def test_a_prompt_known_by_length_is_a_session_of_its_own() -> None:
    assert names(compiled([lengths(1, 10), lengths(2, 20)]), "session") == ["session-1", "session-2"]


def test_block_prompts_continue_where_all_but_the_last_block_recurs() -> None:
    """The last block of a turn may be partial, so the next turn need not hold it."""
    records = [blocks(1, "abc"), blocks(2, "abde"), blocks(3, "abdfg"), blocks(4, "xyz")]
    assert names(compiled(records), "session") == ["session-1", "session-1", "session-1", "session-2"]


def test_order_of_arrival_decides_not_order_in_the_log() -> None:
    later, first = chat(2, "", "a", "b"), chat(1, "", "a")
    assert names(compiled([later, first]), "session") == ["session-1", "session-1"]
