"""Parameters, answers and fields of rows, in the dialects and envelopes that logs have."""

import json
from typing import Any

import pytest

from cachelens.model.call import CallPaths
from cachelens.sources.answers import answer_of
from cachelens.sources.base import ReadOptions
from cachelens.sources.recorded_calls import CallReader

# Rows are JSON of any shape.
# ruff: noqa: ANN401


def read(row: dict[str, Any], mapping: dict[str, str] | None = None, **paths: Any) -> Any:
    return CallReader(CallPaths(**paths), ReadOptions(mapping=mapping or {})).read(json.dumps(row).encode())


CALL = '[{"function": {"arguments": "{}", "name": "f"}, "type": "function"}]'
BLOCK = '[{"input": {"a": 1}, "name": "f", "type": "tool_use"}]'


@pytest.mark.parametrize(
    ("response", "answer"),
    [
        ({"choices": [{"message": {"role": "assistant", "content": "Hi"}, "finish_reason": "stop"}]}, ("Hi", "")),
        (
            {"choices": [{"message": {"content": n}, "finish_reason": "stop"} for n in ("one", "two")]},
            ("one", ""),
        ),
        (
            {
                "choices": [
                    {
                        "message": {
                            "content": None,
                            "tool_calls": [
                                {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
                            ],
                        }
                    }
                ]
            },
            ("", CALL),
        ),
        ({"content": [{"type": "text", "text": "A"}, {"type": "text", "text": "B"}]}, ("AB", "")),
        ({"content": [{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "A"}]}, ("A", "")),
        ({"content": [{"type": "tool_use", "id": "t1", "name": "f", "input": {"a": 1}}]}, ("", BLOCK)),
        (
            {"output": [{"type": "reasoning"}, {"type": "message", "content": [{"type": "output_text", "text": "R"}]}]},
            ("R", ""),
        ),
        ({"candidates": [{"content": {"parts": [{"text": "G"}], "role": "model"}}]}, ("G", "")),
        ({"output": {"message": {"role": "assistant", "content": [{"text": "Bedrock"}]}}}, ("Bedrock", "")),
        ("plain text", ("plain text", "")),
        ('{"category": "x"}', ('{"category": "x"}', "")),
        ({"usage": {"input_tokens": 3}}, (None, "")),
        ("", (None, "")),
    ],
)
def test_answers_of_every_dialect(response: object, answer: tuple[str | None, str]) -> None:
    assert answer_of(json.dumps(response).encode()) == answer


CHAT_STREAM = [{"choices": [{"delta": {"content": part}}]} for part in ("He", "llo")]
MESSAGES_STREAM = [
    {"type": "message_start", "message": {"content": []}},
    {"type": "content_block_delta", "delta": {"type": "text_delta", "text": "Hel"}},
    {"type": "content_block_delta", "delta": {"type": "text_delta", "text": "lo"}},
    {"type": "message_delta", "delta": {"stop_reason": "end_turn"}},
]
RESPONSES_STREAM = [
    {"type": "response.output_text.delta", "delta": "Hel"},
    {"type": "response.output_text.delta", "delta": "lo"},
    {"type": "response.output_text.done", "text": "Hello"},
]
WHOLE = {"output": [{"type": "message", "content": [{"type": "output_text", "text": "Hello"}]}]}
GEMINI_STREAM = [{"candidates": [{"content": {"parts": [{"text": part}]}}]} for part in ("Hel", "lo")]


@pytest.mark.parametrize(
    "chunks",
    [
        CHAT_STREAM,
        MESSAGES_STREAM,
        RESPONSES_STREAM,
        [*RESPONSES_STREAM, {"type": "response.completed", "response": WHOLE}],
        GEMINI_STREAM,
    ],
)
def test_streams_add_up(chunks: list[dict[str, Any]]) -> None:
    assert answer_of(json.dumps(chunks).encode()) == ("Hello", "")
    events = "\n".join(f"data: {json.dumps(chunk)}\n" for chunk in chunks) + "\ndata: [DONE]\n"
    assert answer_of(json.dumps(events).encode()) == ("Hello", "")


@pytest.mark.parametrize("raw", [b"", b"{", b"[[[[", b"null", b"12", b'{"content": 3}', b'{"choices": [7, null]}'])
def test_what_is_no_answer_is_none(raw: bytes) -> None:
    assert answer_of(raw)[1] == ""


BODY = {"model": "m", "messages": [], "temperature": 0, "tools": [], "max_tokens": 5}


@pytest.mark.parametrize(
    "row",
    [
        {"request": BODY},
        {"request": {"url": "/v1", "body": BODY}},
        {"request_body": json.dumps(BODY)},
        {**BODY, "timestamp": 1, "latency_ms": 3, "trace_id": "t"},
    ],
)
def test_parameters_are_what_is_no_prompt(row: dict[str, Any]) -> None:
    assert read(row).parameters == {"max_tokens": b"5", "temperature": b"0"}


def test_nested_parameters_count_one_by_one() -> None:
    request = {"contents": [], "generationConfig": {"temperature": 0, "topP": 0.5}}
    assert read({"request": request}).parameters == {
        "generationConfig.temperature": b"0",
        "generationConfig.topP": b"0.5",
    }


def test_a_mapped_response_wins() -> None:
    assert read({"request": BODY, "said": "Hi", "response": "no"}, {"response": "said"}).answer == "Hi"


def test_fields_are_found_in_the_row_its_metadata_and_the_request() -> None:
    fields = {"locale": ("locale", "lang"), "product": ("product",), "role": ("a.b",), "none": ("nowhere",)}
    row = {
        "request": {**BODY, "metadata": {"product": "P1"}},
        "metadata": {"lang": "de"},
        "a": {"b": ["x", 1]},
        "locale": None,
    }
    assert read(row, fields=fields).fields == {"locale": "de", "product": "P1", "role": '["x",1]'}


@pytest.mark.parametrize(
    ("given", "vector"),
    [([1, 0.5], (1.0, 0.5)), ("[1, 2]", (1.0, 2.0)), ("x", ()), ([1, "a"], ()), ([], ()), ({}, ())],
)
def test_vectors_are_lists_of_numbers(given: object, vector: tuple[float, ...]) -> None:
    assert read({"request": BODY, "v": given}, vector="v").vector == vector
    assert read({"request": BODY}, vector="v").vector is None
