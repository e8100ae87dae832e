"""Pi sessions: the prompt is the branch above an answer; usage is disjoint already."""

import json
from pathlib import Path

import pytest

from cachelens.model.usage import Usage
from cachelens.sources.pi import SOURCE
from tests.sources.runs import read, read_lines, segments, texts

SENT_US = 1_779_271_200_000_000
"""2026-05-20T10:00:00Z (date -u -d 2026-05-20T10:00:00Z +%s)."""


def test_every_answer_with_usage_is_a_request(fixtures: Path) -> None:
    records, skips = read(SOURCE, fixtures / "sources/pi/session.jsonl")
    assert [(r.request_id, r.usage) for r in records] == [
        ("msg_2", Usage(uncached_input=3, cache_read=0, write_5m=4000, output=8)),
        ("msg_4", Usage(uncached_input=3, cache_read=4000, write_5m=50, output=9)),
        ("msg_6", Usage(uncached_input=3, cache_read=4000, write_5m=60, output=5)),
        ("msg_9", Usage(uncached_input=2100, cache_read=0, output=3)),
    ]
    assert [(s.line, s.reason, s.benign) for s in skips] == [(13, "answer without usage", True)]


def test_a_rewind_forks_the_prompt(fixtures: Path) -> None:
    records, _ = read(SOURCE, fixtures / "sources/pi/session.jsonl")
    assert texts(records[1])[1:] == ["Why is the shop slow?", "I look.", "And?"]
    assert texts(records[2])[1:] == ["Why is the shop slow?", "I look.", "Forget that. Fix it."]
    assert records[1].parts[:3] == records[2].parts[:3]


def test_a_compaction_keeps_its_summary_and_what_it_says(fixtures: Path) -> None:
    records, _ = read(SOURCE, fixtures / "sources/pi/session.jsonl")
    assert texts(records[3])[1:] == ["The shop was slow.", "Forget that. Fix it.", "Fixed.", "Thanks."]


def test_where_the_api_takes_marks_they_stand_at_the_system_prompt_and_the_end(fixtures: Path) -> None:
    records, _ = read(SOURCE, fixtures / "sources/pi/session.jsonl")
    assert [draft.mark for draft in segments(records[1])] == ["default", "", "", "default"]


def test_a_request_starts_when_it_was_sent(fixtures: Path) -> None:
    records, _ = read(SOURCE, fixtures / "sources/pi/session.jsonl")
    assert (records[0].arrived_us, records[0].end_us) == (SENT_US + 1_000_000, SENT_US + 4_000_000)


def test_the_format_is_recognised(fixtures: Path) -> None:
    head = (fixtures / "sources/pi/session.jsonl").read_bytes().splitlines()
    assert SOURCE.sniff(head, "session.jsonl") == 90
    assert SOURCE.sniff([b'{"type": "message", "message": {}}'], "x.jsonl") == 0


@pytest.mark.parametrize(("model", "field"), [("gpt-5.6", "write_30m"), ("claude-opus-4-5", "write_5m")])
def test_writes_are_billed_in_the_class_of_the_model(model: str, field: str) -> None:
    usage = {"input": 5, "cacheWrite": 7, "output": 1}
    answer = {"role": "assistant", "content": "x", "model": model, "provider": "p", "usage": usage}
    lines = [{"type": "session", "id": "s", "cwd": "/"}, {"type": "message", "id": "1", "message": answer}]
    records, _ = read_lines(SOURCE, [json.dumps(line).encode() for line in lines])
    assert records[0].usage == Usage(uncached_input=5, output=1, **{field: 7})
