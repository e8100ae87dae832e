"""Claude Code transcripts: one request per API message, its prompt rebuilt from the tree above it."""

from itertools import pairwise
from pathlib import Path

import pytest

from cachelens.model.prompt import SegmentKind
from cachelens.model.record import RequestRecord
from cachelens.model.usage import Usage
from cachelens.sources.claude_code import SOURCE
from tests.sources.runs import read, segments, texts

START_US = 1_772_359_200_000_000
"""2026-03-01T10:00:00Z (date -u -d 2026-03-01T10:00:00Z +%s)."""


@pytest.fixture(scope="module")
def records() -> list[RequestRecord]:
    path = Path(__file__).resolve().parents[2] / "fixtures/sources/claude_code/session.jsonl"
    return read(SOURCE, path)[0]


def visible(record: RequestRecord) -> list[str]:
    return [draft.data.decode() for draft in segments(record) if draft.kind is not SegmentKind.HIDDEN]


def marks(record: RequestRecord) -> list[tuple[str, str]]:
    return [(draft.kind.name, draft.mark) for draft in segments(record) if draft.mark]


def test_one_request_per_message_with_the_usage_of_its_last_line(records: list[RequestRecord]) -> None:
    assert [(r.request_id, r.line) for r in records] == [
        ("msg_1", 6),
        ("msg_2", 11),
        ("msg_3", 17),
        ("msg_4", 19),
        ("msg_5", 22),
    ]
    assert records[0].usage == Usage(uncached_input=3, cache_read=15000, write_5m=5000, output=90)
    assert records[2].usage == Usage(uncached_input=1, cache_read=20300, write_1h=120, output=7)


def test_parallel_calls_are_sent_before_all_of_their_results(records: list[RequestRecord]) -> None:
    kinds = [draft.kind.name for draft in segments(records[1])]
    assert kinds == [
        "HIDDEN",
        "HIDDEN",
        "TEXT",
        "OTHER",
        "TEXT",
        "TOOL_USE",
        "TOOL_USE",
        "TOOL_RESULT",
        "TOOL_RESULT",
    ]
    assert [draft.message_end for draft in segments(records[1])][2:] == [
        False,
        True,
        False,
        False,
        True,
        False,
        True,
    ]


def test_a_request_resends_the_very_parts_of_the_one_before(records: list[RequestRecord]) -> None:
    for before, after in pairwise(records[:3]):
        hidden = 2
        sent = len(before.parts) - 1  # the last one carried the mark
        assert all(a is b for a, b in zip(before.parts[hidden:sent], after.parts[hidden:sent], strict=True))
        assert visible(after)[: len(visible(before))] == visible(before)


def test_api_errors_and_what_only_the_user_sees_are_not_sent(records: list[RequestRecord]) -> None:
    sent = "\n".join(visible(records[2]))
    assert "API Error" not in sent
    assert "hook_success" not in sent
    assert visible(records[2])[-2:] == ["Fix it.", "Again, please."]


def test_a_compaction_starts_the_conversation_anew(records: list[RequestRecord]) -> None:
    assert visible(records[4]) == ["Summary: slow() was fixed."]


def test_marks_stand_at_the_shared_head_and_the_last_block_with_the_recorded_ttl(
    records: list[RequestRecord],
) -> None:
    assert marks(records[0]) == [("HIDDEN", "5m"), ("OTHER", "5m")]
    assert marks(records[2]) == [("HIDDEN", "1h"), ("TEXT", "1h")]
    # nothing was written: the last known TTL holds
    assert marks(records[3])[-1] == ("TEXT", "1h")


def test_what_a_warm_first_request_read_is_shared_between_sessions(records: list[RequestRecord]) -> None:
    shared, own = segments(records[0])[:2]
    assert (shared.known_tokens, own.known_tokens) == (15000, None)
    assert records[0].session.encode() not in shared.data
    assert records[0].session.encode() in own.data
    # another model has another cache, and its tokens are not known
    assert [d.known_tokens for d in segments(records[3]) if d.kind is SegmentKind.HIDDEN] == [None]


def test_results_stand_in_the_order_of_the_calls_and_the_mark_where_the_last_one_arrived(
    fixtures: Path,
) -> None:
    records, _ = read(SOURCE, fixtures / "sources/claude_code/overtaken.jsonl")
    results = [draft for draft in segments(records[1]) if draft.kind is SegmentKind.TOOL_RESULT]
    assert [(b'"slow"' in draft.data, draft.mark) for draft in results] == [(True, "5m"), (False, "")]


def test_attachments_that_a_recorded_remainder_leaves_out_stand_behind_the_mark(fixtures: Path) -> None:
    records, _ = read(SOURCE, fixtures / "sources/claude_code/overtaken.jsonl")
    assert [(draft.kind.name, draft.mark) for draft in segments(records[2])][-2:] == [
        ("TEXT", "5m"),
        ("OTHER", ""),
    ]


def test_the_shared_head_of_a_cold_start_is_what_remains_after_a_compaction(fixtures: Path) -> None:
    records, _ = read(SOURCE, fixtures / "sources/claude_code/overtaken.jsonl")
    heads = [[d.known_tokens for d in segments(r) if d.kind is SegmentKind.HIDDEN] for r in records]
    assert heads == [[15000, None]] * 4
    assert records[0].parts[:2] == records[3].parts[:2]


def test_a_request_starts_with_its_last_input(records: list[RequestRecord]) -> None:
    assert [(r.arrived_us, r.first_token_us, r.end_us) for r in records[:3]] == [
        (START_US + 600_000, START_US + 3_000_000, START_US + 5_000_000),
        (START_US + 6_000_000, START_US + 9_000_000, START_US + 10_000_000),
        (START_US + 150_000_000, START_US + 153_000_000, START_US + 153_000_000),
    ]


def test_synthetic_answers_are_counted_but_harmless(fixtures: Path) -> None:
    _, skips = read(SOURCE, fixtures / "sources/claude_code/session.jsonl")
    assert [(s.line, s.reason, s.benign) for s in skips] == [(15, "synthetic message, not an API call", True)]


def test_a_sub_agent_is_a_conversation_of_its_own(fixtures: Path) -> None:
    (record,), _ = read(SOURCE, fixtures / "sources/claude_code/agent-side.jsonl")
    assert record.session == "11111111-2222-4333-8444-555555555555/7f"
    assert record.workload == "claude-code/subagent"
    assert visible(record) == ["Search for TODO."]


def test_a_damaged_line_costs_itself_and_the_conversation_goes_on(fixtures: Path) -> None:
    records, skips = read(SOURCE, fixtures / "sources/claude_code/damaged.jsonl")
    assert [(s.line, s.reason) for s in skips] == [(3, "not valid JSON")]
    assert texts(records[1])[1:] == ["One.", "1", "Three."]


def test_the_format_is_recognised_by_its_keys(fixtures: Path) -> None:
    head = (fixtures / "sources/claude_code/session.jsonl").read_bytes().splitlines()[:10]
    assert SOURCE.sniff(head, "x.jsonl") > 90
    assert SOURCE.sniff([b'{"sessionId": "a", "messages": []}'], "x.jsonl") == 0
