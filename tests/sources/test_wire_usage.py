"""Counters that contradict themselves are refused by name; those that agree become disjoint counts."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cachelens.model.usage import Usage
from cachelens.sources.wire_counts import WireUsage
from cachelens.sources.wire_usage import BadUsage, convert, decode_usage

COUNT = st.integers(0, 10**7)


def converted(counters: dict[str, Any], *, exclusive: bool = False) -> Usage | BadUsage | None:
    wire = decode_usage(json.dumps(counters).encode())
    return wire if isinstance(wire, BadUsage) else convert(wire, exclusive=exclusive, write_ttl="30m")


@pytest.mark.parametrize(
    ("counters", "detail"),
    [
        ({"prompt_tokens": -1}, "prompt_tokens is negative"),
        ({"prompt_tokens": 5, "completion_tokens": -1}, "output is negative"),
        ({"prompt_tokens": 5, "cached_tokens": 6}, "cached_tokens exceeds prompt_tokens"),
        (
            {"prompt_tokens": 5, "prompt_cache_hit_tokens": 2, "prompt_cache_miss_tokens": 2},
            "prompt_cache_hit_tokens + prompt_cache_miss_tokens is not prompt_tokens",
        ),
        (
            {"input_tokens": 9, "input_tokens_details": {"cached_tokens": 5, "cache_write_tokens": 5}},
            "input_tokens_details.cached_tokens + input_tokens_details.cache_write_tokens exceed input_tokens",
        ),
        ({"promptTokenCount": 5, "cachedContentTokenCount": 6}, "cachedContentTokenCount exceeds promptTokenCount"),
        ({"input_tokens": 1, "cache_read_input_tokens": -2}, "cache_read_input_tokens is negative"),
        (
            {"input_tokens": 1, "cache_creation_input_tokens": 9, "cache_creation": {"ephemeral_5m_input_tokens": 4}},
            "the split by TTL does not add up to cache_creation_input_tokens",
        ),
    ],
)
def test_impossible_counts_name_their_fields(counters: dict[str, Any], detail: str) -> None:
    assert converted(counters) == BadUsage(detail)


def test_a_missing_counter_is_unknown_not_zero() -> None:
    assert converted({"prompt_tokens": 5}) == Usage(uncached_input=5, cache_read=None)
    assert converted({"input_tokens": 5}, exclusive=True) == Usage(uncached_input=5, cache_read=None)
    assert converted({"output_tokens": 5}) is None


def test_a_split_of_zeros_is_no_split() -> None:
    zeros = {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0}
    counters = {"input_tokens": 1, "cache_creation_input_tokens": 9, "cache_creation": zeros}
    wire = decode_usage(json.dumps(counters).encode())
    assert isinstance(wire, WireUsage)
    assert convert(wire, exclusive=True, write_ttl="5m") == Usage(uncached_input=1, write_5m=9)


def test_server_tools_split_only_their_last_pass() -> None:
    split = {"ephemeral_5m_input_tokens": 291, "ephemeral_1h_input_tokens": 40}
    counters = {
        "input_tokens": 10,
        "cache_read_input_tokens": 39695,
        "cache_creation_input_tokens": 12174,
        "cache_creation": split,
        "server_tool_use": {"web_search_requests": 1},
    }
    assert converted(counters) == Usage(uncached_input=10, cache_read=39695, write_5m=12134, write_1h=40)


def test_reasoning_beside_the_completion_is_output_when_the_total_says_so() -> None:
    details = {"completion_tokens_details": {"reasoning_tokens": 30}}
    beside = {"prompt_tokens": 5, "completion_tokens": 10, "total_tokens": 45, **details}
    inside = {"prompt_tokens": 5, "completion_tokens": 40, "total_tokens": 45, **details}
    assert converted(beside) == converted(inside) == Usage(uncached_input=5, output=40)


@given(plain=COUNT, read=COUNT, short=COUNT, long=COUNT, output=COUNT)
def test_both_ways_of_counting_give_the_same_disjoint_counts(
    plain: int, read: int, short: int, long: int, output: int
) -> None:
    exclusive = {
        "input_tokens": plain,
        "cache_read_input_tokens": read,
        "cache_creation_input_tokens": short + long,
        "cache_creation": {"ephemeral_5m_input_tokens": short, "ephemeral_1h_input_tokens": long},
        "output_tokens": output,
    }
    inclusive = {
        "prompt_tokens": plain + read + short + long,
        "prompt_tokens_details": {"cached_tokens": read, "cache_write_tokens": short + long},
        "cache_creation": exclusive["cache_creation"],
        "completion_tokens": output,
    }
    expected = Usage(uncached_input=plain, cache_read=read, write_5m=short, write_1h=long, output=output)
    assert converted(exclusive, exclusive=True) == converted(inclusive) == expected
    assert expected.input_tokens == inclusive["prompt_tokens"]


@given(
    st.dictionaries(
        st.sampled_from(WireUsage.__struct_fields__),
        st.one_of(st.integers(), st.none(), st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=3)),
    )
)
def test_no_usage_object_raises_or_goes_negative(counters: dict[str, Any]) -> None:
    result = converted(counters)
    if isinstance(result, Usage):
        assert min(result.uncached_input, result.cache_read or 0, *result.writes, result.output or 0) >= 0
