"""A request is found by id, place or number; a wrong name ends in the nearest right ones."""

from __future__ import annotations

import pytest

from cachelens.errors import UsageError
from cachelens.explaining.requests import find_request
from cachelens.model.record import RequestRecord
from cachelens.prompts.builder import TraceBuilder
from cachelens.prompts.finish import finish
from cachelens.prompts.trace import Trace

IDS = ("msg_0001", "msg_0002", "resp_abcdef", "")


@pytest.fixture(scope="module")
def trace() -> Trace:
    builder = TraceBuilder()
    for number, name in enumerate(IDS):
        builder.add(RequestRecord(arrived_us=number, model="m", line=10 * number + 1, request_id=name), number // 2)
    return finish(builder, ["logs/a.jsonl", "logs/b.jsonl"])


@pytest.mark.parametrize(
    ("name", "index"),
    [
        ("msg_0002", 1),
        ("#1", 0),
        ("#4", 3),
        ("logs/a.jsonl:11", 1),
        ("a.jsonl:1", 0),
        ("b.jsonl:31", 3),
        ("resp_a", 2),
    ],
)
def test_every_way_to_name_a_request(trace: Trace, name: str, index: int) -> None:
    assert find_request(trace, name) == index


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("msg_0003", "msg_0002"),
        ("msg_000", "write more of it: msg_0001, msg_0002"),
        ("#5", "the log holds 4"),
        ("#0", "the log holds 4"),
        ("a.jsonl:7", "the nearest lines that do: 1, 11"),
        ("nothing like it", "'#N', the N-th in order of arrival"),
        ("", "FILE:LINE"),
    ],
)
def test_a_wrong_name_ends_in_advice(trace: Trace, name: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        find_request(trace, name)
    assert said in caught.value.hint


def test_a_name_of_many_megabytes_is_not_repeated(trace: Trace) -> None:
    with pytest.raises(UsageError) as caught:
        find_request(trace, "x" * 5000)
    assert len(caught.value.message) < 200
