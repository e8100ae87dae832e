"""kv-cache-tester documents: sessions with sub-agents, ids local to the document."""

import json
from pathlib import Path

from cachelens.sources.kv_cache_tester import SOURCE
from tests.sources.runs import read, read_lines


def test_requests_and_those_of_sub_agents_are_read_in_order(fixtures: Path) -> None:
    records, skips = read(SOURCE, fixtures / "sources/kv_cache_tester/session.json")
    assert [(r.session, r.workload, r.model, r.input_tokens) for r in records] == [
        ("trace_7", "claude-code", "claude-opus-4-5-20251101", 130),
        ("trace_7/agent_1", "claude-code/subagent", "claude-haiku-4-5-20251001", 64),
        ("trace_7", "claude-code", "claude-opus-4-5-20251101", 200),
    ]
    assert [(s.reason, s.benign) for s in skips] == [("not a trace row", False)]


def test_a_sub_agents_clock_starts_where_it_was_started(fixtures: Path) -> None:
    records, _ = read(SOURCE, fixtures / "sources/kv_cache_tester/session.json")
    assert [(r.arrived_us, r.first_token_us, r.end_us) for r in records] == [
        (0, None, 1_500_000),
        (12_000_000, 12_500_000, 15_000_000),
        (20_250_000, None, None),
    ]


def test_ids_of_two_documents_never_meet_unless_they_say_so(fixtures: Path) -> None:
    document = json.loads((fixtures / "sources/kv_cache_tester/session.json").read_bytes())
    other = {**document, "id": "trace_8"}
    shared = {**document, "id": "trace_9", "hash_id_scope": "global"}
    records, _ = read_lines(SOURCE, [json.dumps(each).encode() for each in (document, other, shared)])
    spaces = [record.blocks.namespace for record in records if record.blocks is not None]
    assert sorted(set(spaces)) == ["", "trace_7", "trace_8"]


def test_leading_tool_and_system_tokens_are_those_of_the_agent(fixtures: Path) -> None:
    records, _ = read(SOURCE, fixtures / "sources/kv_cache_tester/session.json")
    blocks = [record.blocks for record in records if record.blocks is not None]
    assert [(b.tools_tokens, b.system_tokens) for b in blocks] == [(64, 30), (8, 4), (64, 30)]


def test_a_truncated_document_is_one_skip() -> None:
    records, skips = read_lines(SOURCE, [b'{"id": "x", "block_size": 64, "requests": [{"t": 0.0, "in'])
    assert records == []
    assert [(s.line, s.reason) for s in skips] == [(1, "not valid JSON")]


def test_the_format_is_recognised(fixtures: Path) -> None:
    head = (fixtures / "sources/kv_cache_tester/session.json").read_bytes().splitlines()
    assert SOURCE.sniff(head, "session.json") > 90
    assert SOURCE.sniff([b'{"requests": []}'], "x.json") == 0
