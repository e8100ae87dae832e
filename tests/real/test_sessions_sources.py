"""Real sessions and traces: totals equal what the logs themselves report, request by request."""

import csv
import gzip
from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from cachelens.model.record import RequestRecord, Skip
from cachelens.sources import azure_arrivals, claude_code, codex, kv_cache_tester, lmcache, mooncake, pi
from cachelens.sources.base import Source
from tests.sources.runs import read_lines

pytestmark = pytest.mark.real

AGENTS: dict[str, Source] = {"claude": claude_code.SOURCE, "codex": codex.SOURCE, "pi": pi.SOURCE}

Counts = tuple[int, int, int, int, int]
"""Input beyond reads and writes, read, written, written for an hour, output."""


def timeline(folder: Path, agent: str) -> dict[str, list[Counts]]:
    """What another reader of the same sessions found, without the calls that failed."""
    rows: dict[str, list[Counts]] = defaultdict(list)
    with gzip.open(folder / "derived" / "usage_timeline.csv.gz", "rt") as stream:
        for row in csv.DictReader(stream):
            if row["agent"] != agent:
                continue
            plain, read = int(row["input_uncached_or_total"]), int(row["cached_read"] or 0)
            written, hour = int(row["cache_write"] or 0), int(row["cache_write_1h"] or 0)
            inclusive = read if agent == "codex" else 0
            if plain or read or written:
                rows[row["session"]].append((plain - inclusive, read, written, hour, int(row["output"])))
    return rows


def sessions(folder: Path, agent: str) -> Iterator[tuple[str, list[RequestRecord], list[Skip]]]:
    for path in sorted(folder.glob(f"sessions/*/{agent}/*.gz")):
        with gzip.open(path) as stream:
            yield (
                path.name.split(".")[0],
                *read_lines(AGENTS[agent], (line.rstrip(b"\r\n") for line in stream)),
            )


def counts(record: RequestRecord) -> Counts:
    usage = record.usage
    assert usage is not None
    return (
        usage.uncached_input,
        usage.cache_read or 0,
        sum(usage.writes),
        usage.write_1h,
        usage.output or 0,
    )


@pytest.mark.parametrize(("agent", "requests"), [("claude", 5091), ("codex", 744)])
def test_every_request_has_the_usage_that_the_log_reports(real_data: Path, agent: str, requests: int) -> None:
    expected = timeline(real_data, agent)
    found = {name: [counts(record) for record in records] for name, records, _ in sessions(real_data, agent)}
    assert sum(map(len, found.values())) == requests
    assert found == expected


def test_pi_reports_all_calls_that_did_not_fail(real_data: Path) -> None:
    ((_, records, skips),) = sessions(real_data, "pi")
    assert [counts(record)[0] for record in records] == [
        row[0] for rows in timeline(real_data, "pi").values() for row in rows
    ]
    assert [(skip.reason, skip.benign) for skip in skips] == [("answer without usage", True)]


def test_claude_requests_extend_each_other_except_at_compactions(real_data: Path) -> None:
    """17 compactions and 4 microcompactions stand in the sessions; nothing else may break a prefix."""
    broken = bad = 0
    for _, records, skips in sessions(real_data, "claude"):
        bad += sum(not skip.benign for skip in skips)
        for before, after in pairwise(records):
            pairs = list(zip(before.parts, after.parts, strict=False))
            extends = len(pairs) == len(before.parts) and all(a.raw == b.raw for a, b in pairs)
            broken += not extends
    assert (broken, bad) == (21, 1)


def test_traces_are_read_whole(real_data: Path) -> None:
    traces = real_data / "traces"
    found = {}
    for source, pattern in (
        (mooncake.SOURCE, "mooncake_conversation.jsonl"),
        (lmcache.SOURCE, "lmcache-agent-trace/miniswe/*.jsonl"),
        (kv_cache_tester.SOURCE, "kv-cache-tester/*.json.gz"),
        (azure_arrivals.SOURCE, "azure/data/*.csv"),
    ):
        records = skips = 0
        for path in traces.glob(pattern):
            data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
            got, skipped = read_lines(
                source, (line.rstrip(b"\r") for line in data.rstrip(b"\n").split(b"\n")), path.name
            )
            records, skips = records + len(got), skips + len(skipped)
        found[source.id] = (records, skips)
    assert found == {
        "mooncake": (12031, 0),
        "lmcache": (402, 0),
        "kv_cache_tester": (4029, 0),
        "azure_arrivals": (28185, 0),
    }
