"""A call becomes one line of JSON, whatever a server answers."""

import json
from typing import Any

import pytest

from cachelens.capture.call import Call
from cachelens.capture.lines import line_of
from cachelens.capture.recorder import Prompts

SECOND = 10**9
START = 1_794_000_000 * SECOND
STREAM = "text/event-stream"


def row(*pieces: bytes, kind: str = "application/json", prompts: Prompts = "keep", **more: Any) -> dict[str, Any]:  # noqa: ANN401 - fields of a call
    """The line of a call whose pieces came a second after each other."""
    call = Call(START, "https://host/v1", b'{"model":"m"}', {}, status=200, content_type=kind, **more)
    call.pieces += [(START + number * SECOND, piece) for number, piece in enumerate(pieces, 1)]
    call.ended_ns = START + 60 * SECOND
    line = line_of(call, prompts, b"salt")
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    found: dict[str, Any] = json.loads(line)
    return found


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b'{"usage":{"prompt_tokens":1}', id="broken-off-behind-a-brace"),
        pytest.param(b'{"a":1}\n{"b":2}', id="two-documents"),
        pytest.param(b'{"a":"x\ty"}', id="a-bare-tab"),
        pytest.param(b"[" * 100_000 + b"]" * 100_000, id="deeper-than-a-parser-goes"),
        pytest.param(b'{"a":"\xff"}', id="not-utf-8"),
        pytest.param(b"[overloaded]", id="words-in-brackets"),
        pytest.param(b"\xef\xbb\xbf{}", id="a-byte-order-mark"),
    ],
)
def test_a_body_that_only_looks_like_json_is_kept_as_text(body: bytes) -> None:
    assert row(body)["response"] == body.decode("utf-8", "replace")
    assert row(body, prompts="hash")["response"] == ""
    assert row(body, prompts="drop")["response"] == ""


def test_json_over_several_lines_becomes_one() -> None:
    assert row(b'\r\n{\n  "a": [1,\r\n  2]\n}\n')["response"] == {"a": [1, 2]}


@pytest.mark.parametrize("prompts", ["keep", "hash", "drop"])
def test_a_stream_that_breaks_off_keeps_the_events_before(prompts: Prompts) -> None:
    whole = b'data: {"type":"message_start","usage":{"input_tokens":7}}\n\n'
    broken = b'data: {"type":"message_delta","usage":{"output_tokens":2}\n'
    (event,) = row(whole, broken, kind=STREAM, prompts=prompts)["response"]
    assert event["usage"] == {"input_tokens": 7}


@pytest.mark.parametrize(
    "event",
    [
        {"choices": [None]},
        {"choices": [{"delta": "text"}]},
        {"choices": {"delta": {"content": "text"}}},
        {"candidates": [{"content": ["text"]}]},
        {"candidates": "text"},
    ],
)
def test_events_of_a_shape_that_nobody_knows_are_kept(event: dict[str, Any]) -> None:
    assert row(b"data: " + json.dumps(event).encode() + b"\n\n", kind=STREAM)["response"] == [event]


def test_the_first_token_is_the_first_piece_of_an_answer() -> None:
    opening = b'data: {"choices":[{"delta":{"role":"assistant","content":""}}]}\n\n'
    token = b'data: {"choices":[{"delta":{"content":"Hi"}}]}\n\n'
    assert row(opening, token, kind=STREAM)["first_token_at"] == 1_794_000_002
    assert row(opening, token, kind=STREAM, first_token_ns=START + 1_500)["first_token_at"] == 1_794_000_000.000001
