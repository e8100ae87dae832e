"""Every dialect: the prompt cut where its provider cuts it, the usage as disjoint counts."""

from pathlib import Path

import pytest

from cachelens.model.prompt import Level, SegmentDraft
from cachelens.model.record import RequestRecord
from cachelens.model.usage import Usage
from cachelens.sources.api_jsonl import SOURCE
from tests.sources.runs import read, segments

START_US = 1_791_187_200_000_000
"""2026-10-05T08:00:00Z (date -u -d 2026-10-05T08:00:00Z +%s)."""


def exchanges(fixtures: Path, dialect: str) -> list[RequestRecord]:
    records, skips = read(SOURCE, fixtures / "sources" / dialect / "exchanges.jsonl")
    assert skips == []
    return records


def outline(record: RequestRecord) -> list[str]:
    """One word a segment: level, kind, mark, and a dot where a message ends."""
    assert record.expand is not None
    words: list[str] = []
    for part in record.parts:
        words += [_word(part.level, draft) for draft in record.expand(part)]
    return words


def _word(level: Level, draft: SegmentDraft) -> str:
    mark = f"@{draft.mark}" if draft.mark else ""
    return f"{level.name}/{draft.kind.name}{mark}{'.' if draft.message_end else ''}"


def test_anthropic_marks_end_blocks_and_parameters_stand_where_they_void(fixtures: Path) -> None:
    first, second, third = exchanges(fixtures, "anthropic")
    assert outline(first) == [
        "TOOLS/TOOL",
        "TOOLS/TOOL@1h.",
        "SYSTEM/SYSTEM",
        "SYSTEM/SYSTEM@default.",
        "MESSAGES/PARAMS",
        "MESSAGES/TEXT.",
        "MESSAGES/THINKING",
        "MESSAGES/TOOL_USE.",
        "MESSAGES/TOOL_RESULT@default.",
    ]
    assert outline(second) == ["SYSTEM/SYSTEM.", "MESSAGES/IMAGE", "MESSAGES/TEXT", "MESSAGES/TEXT."]
    assert outline(third) == ["SYSTEM/PARAMS", "SYSTEM/SYSTEM.", "MESSAGES/TEXT."]
    assert (second.auto_mark, third.modifiers, third.tenant) == ("1h", ("fast",), "team-7")


def test_anthropic_content_keeps_its_bytes_and_loses_only_the_mark(fixtures: Path) -> None:
    drafts = segments(exchanges(fixtures, "anthropic")[0])
    assert drafts[0].data.endswith(b'{"b":{"type":"string"},"a":{"type":"string"}}}}')
    assert drafts[1].data == b'{"name":"list","description":"List files.","input_schema":{"type":"object"}}'
    assert drafts[8].data == b'{"type":"tool_result","tool_use_id":"t1","content":"x = 1"}'
    unmarkable = [draft.kind.name for draft in drafts if not draft.markable]
    assert unmarkable == ["PARAMS", "THINKING"]


def test_anthropic_counts_are_exclusive_and_a_delta_replaces_the_start(fixtures: Path) -> None:
    # The first is the worked usage example of the prompt caching page; the second and third follow
    # https://github.com/strands-agents/harness-sdk/pull/3568: 40 replaces 10, nothing is added.
    assert [record.usage for record in exchanges(fixtures, "anthropic")] == [
        Usage(uncached_input=10, cache_read=1800, write_5m=148, write_1h=100, output=5),
        Usage(uncached_input=40, cache_read=0, output=12),
        Usage(uncached_input=60, cache_read=7, write_5m=11, output=3),
    ]


def test_anthropic_times_count_from_the_start(fixtures: Path) -> None:
    first = exchanges(fixtures, "anthropic")[0]
    assert (first.arrived_us, first.first_token_us, first.end_us) == (
        START_US,
        START_US + 800_000,
        START_US + 2_500_000,
    )


def test_chat_puts_opening_messages_into_the_system_prompt(fixtures: Path) -> None:
    first = exchanges(fixtures, "openai_chat")[0]
    assert outline(first) == [
        "ROOT/PARAMS",
        "TOOLS/TOOL.",
        "SYSTEM/SCHEMA",
        "SYSTEM/SYSTEM.",
        "SYSTEM/SYSTEM.",
        "MESSAGES/TEXT@default",
        "MESSAGES/IMAGE.",
        "MESSAGES/TOOL_USE.",
        "MESSAGES/TOOL_RESULT.",
    ]
    assert segments(first)[0].data == b'parallel_tool_calls=false\nreasoning_effort="low"'
    assert (first.auto_mark, first.mark_mode, first.cache_key) == ("30m", "explicit", "shop")
    assert (first.session, first.workload, first.tenant, first.modifiers) == ("c1", "help", "u1", ("flex",))


def test_chat_counts_are_inclusive_in_every_spelling(fixtures: Path) -> None:
    # The first is the partition 10,000 = 5,000 read + 4,000 written + 1,000 plain; then OpenAI streamed,
    # DeepSeek (hit + miss), Kimi (top level), Qwen (cache_creation), and a reply without a cached counter.
    assert [record.usage for record in exchanges(fixtures, "openai_chat")] == [
        Usage(uncached_input=1000, cache_read=5000, write_30m=4000, output=100),
        Usage(uncached_input=176, cache_read=1024, output=9),
        Usage(uncached_input=36, cache_read=64, output=9),
        Usage(uncached_input=232, cache_read=256, write_5m=512, output=9),
        Usage(uncached_input=500, cache_read=0, write_5m=1500, output=9),
        Usage(uncached_input=50, cache_read=None, output=9),
    ]


def test_chat_hosts_name_the_provider(fixtures: Path) -> None:
    providers = [record.provider for record in exchanges(fixtures, "openai_chat")]
    assert providers == ["", "", "deepseek", "moonshot", "alibaba", "openai"]


def test_epoch_times_are_read_in_any_unit(fixtures: Path) -> None:
    seconds = [(record.arrived_us or 0) - START_US for record in exchanges(fixtures, "openai_chat")]
    assert seconds == [0, 10_500_000, 20_000_000, 30_000_000, 40_000_000, 50_000_000]


def test_responses_items_and_an_earlier_response(fixtures: Path) -> None:
    first, second = exchanges(fixtures, "openai_responses")
    assert outline(first) == [
        "ROOT/PARAMS",
        "TOOLS/TOOL.",
        "SYSTEM/SCHEMA",
        "SYSTEM/SYSTEM.",
        "SYSTEM/SYSTEM.",
        "MESSAGES/TEXT@default.",
        "MESSAGES/THINKING.",
        "MESSAGES/TOOL_USE.",
        "MESSAGES/TOOL_RESULT.",
    ]
    assert outline(second) == ["MESSAGES/HIDDEN", "MESSAGES/TEXT."]
    assert first.arrived_us == START_US
    assert first.usage == Usage(uncached_input=1000, cache_read=5000, write_30m=1000, write_12h=3000, output=1000)
    assert second.usage == Usage(uncached_input=70, cache_read=0, output=3)


def test_gemini_counts_thoughts_as_output_and_names_the_cache_object(fixtures: Path) -> None:
    first, second = exchanges(fixtures, "gemini")
    assert outline(first) == [
        "TOOLS/TOOL",
        "TOOLS/TOOL.",
        "SYSTEM/SCHEMA",
        "SYSTEM/SYSTEM.",
        "MESSAGES/TEXT",
        "MESSAGES/IMAGE.",
        "MESSAGES/TOOL_USE.",
        "MESSAGES/TOOL_RESULT.",
    ]
    assert first.usage == Usage(uncached_input=100_000, cache_read=100_000, output=1000)
    assert second.usage == Usage(uncached_input=20, cache_read=480, output=7)
    assert (first.model, second.model) == ("gemini-3.1-pro-preview", "gemini-2.5-flash")
    assert (first.platform, second.platform, second.cache_object) == ("", "vertex", "cachedContents/abc")


def test_converse_cache_points_mark_what_stands_before_them(fixtures: Path) -> None:
    (record,) = exchanges(fixtures, "bedrock_converse")
    assert outline(record) == ["TOOLS/TOOL@1h.", "SYSTEM/SYSTEM@default.", "MESSAGES/TEXT@default."]
    assert record.usage == Usage(uncached_input=10, cache_read=1800, write_5m=100, write_1h=200, output=4)
    assert (record.provider, record.platform, record.model) == ("aws", "bedrock", "eu.anthropic.claude-opus-5:0")


@pytest.mark.parametrize("dialect", ["anthropic", "openai_chat", "openai_responses", "gemini", "bedrock_converse"])
def test_equal_parts_expand_to_equal_segments(fixtures: Path, dialect: str) -> None:
    for record in exchanges(fixtures, dialect):
        assert record.expand is not None
        for part in record.parts:
            assert list(record.expand(part)) == list(record.expand(part))
            assert any(draft.message_end for draft in record.expand(part)) or part.tag in {1, 2, 3, 6}
