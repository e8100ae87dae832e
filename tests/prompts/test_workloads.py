"""Requests with a like head are one workload, and its name depends on the head alone."""

import re

import numpy as np
import pytest

from cachelens.model.record import RequestRecord
from cachelens.prompts.builder import TraceBuilder
from cachelens.prompts.finish import finish
from cachelens.prompts.sketches import sketch
from cachelens.prompts.workloads import is_inferred
from tests.prompts.records import blocks, chat, compiled, lengths, names


def page(seed: int, lines: int) -> list[str]:
    numbers = np.random.default_rng(seed).integers(10**9, size=(lines, 2)).tolist()
    return [f"line {a} says {b}" for a, b in numbers]


RULES, STEPS = "\n".join(page(1, 30)), "\n".join(page(2, 30))
PROSE = " ".join(f"Sentence {n} of this paragraph is about topic {n * 7}." for n in range(30))


def labels(*records: RequestRecord) -> list[str]:
    return names(compiled(records), "workload")


@pytest.mark.parametrize("text", [RULES, PROSE, "one two three four five six seven eight nine ten eleven " * 30])
def test_a_clock_makes_no_new_workload_and_other_rules_do(text: str) -> None:
    first, second, other = labels(
        chat(1, f"Now: 08:00\n{text}", "a"), chat(2, f"Now: 09:30\n{text}", "b"), chat(3, f"Now: 08:00\n{STEPS}", "c")
    )
    assert first == second != other
    assert re.fullmatch(r"system-[0-9a-f]{6}", first)


def test_without_a_system_prompt_the_tools_tell_and_then_the_first_message() -> None:
    found = labels(
        chat(1, "", "a", tools=["one", "two"]),
        chat(2, "", "b", tools=["one", "two"]),
        chat(3, "", "c", tools=["one"]),
        chat(4, "", RULES, "x"),
        chat(5, "", RULES, "y"),
        chat(6, "", STEPS),
        chat(7, "", "short"),
    )
    assert found[0] == found[1] != found[2]
    assert [label.rpartition("-")[0] for label in found[:3]] == ["tools-2", "tools-2", "tools-1"]
    assert found[3] == found[4]
    assert found[3].startswith("message-")
    assert found[5:] == ["other", "other"], "a first message that does not recur names nothing"


def test_the_longest_system_block_of_a_request_counts() -> None:
    assert len({*labels(chat(1, RULES, "a"), chat(2, RULES, "a", tools=[STEPS]))}) == 1


def test_what_cannot_be_read_has_names_of_its_own() -> None:
    assert labels(lengths(1, 5), blocks(2, "ab"), blocks(3, "ab", workload="given")) == [
        "lengths-only",
        "block-trace",
        "given",
    ]


def test_names_depend_on_the_head_and_not_on_the_order_of_the_log() -> None:
    def log() -> list[RequestRecord]:
        return [chat(1, "", "a", tools=["one", "two"]), chat(2, RULES, "b"), chat(3, "", "c", tools=["three"])]

    forward, backward = (names(compiled(records), "workload") for records in (log(), log()[::-1]))
    assert forward == backward
    assert all(map(is_inferred, forward))


@pytest.mark.parametrize("name", ["support", "system-prompt", "tools-4-17", "message-ABCDEF", "system-1a2b3c/x", ""])
def test_a_given_name_is_told_from_an_inferred_one(name: str) -> None:
    assert not is_inferred(name)


@pytest.mark.parametrize("seed", range(20))
def test_a_head_is_judged_by_its_own_lines_wherever_the_log_is_cut(seed: int) -> None:
    """Two heads that share a frame and differ in the middle: tokenized as variants, yet sketched each by itself."""
    frame, place = page(1, 50), 5 + 2 * seed
    heads = ["\n".join([*frame[:place], *page(seed * 2 + own, 45), *frame[place:]]) for own in (100, 101)]

    def log() -> list[RequestRecord]:
        return [chat(line, head, "q") for line, head in enumerate(heads, 1)]

    whole, front, back = (TraceBuilder() for _ in range(3))
    for record in log():
        whole.add(record, 0)
    for builder, record in zip((front, back), log(), strict=True):
        builder.add(record, 0)
    front.absorb(back)
    assert front.heads.sketches == whole.heads.sketches
    assert list(whole.heads.sketches.values()) == [sketch(head.encode()) for head in heads]
    assert names(finish(front, ["x"]), "workload") == names(finish(whole, ["x"]), "workload")


def test_no_head_is_sketched_where_the_log_names_the_workload() -> None:
    builder = TraceBuilder()
    builder.add(chat(1, RULES, "a", workload="given"), 0)
    assert builder.heads.sketches == {}
    builder.add(chat(2, RULES, "b"), 0)
    assert list(builder.heads.sketches.values()) == [sketch(RULES.encode())]
