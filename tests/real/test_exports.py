"""Real exports and cassettes: totals equal what the tools themselves wrote down."""

import gzip
import json
import tarfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cachelens.model.record import RequestRecord, Skip
from cachelens.sources import api_jsonl, vcr
from cachelens.sources.reading import ReadOptions, discover, read_shard, shards
from tests.sources.runs import read_lines

pytestmark = pytest.mark.real


def read(path: Path) -> list[RequestRecord]:
    (opened,) = discover([str(path)])
    results = [result for shard in shards(opened) for result in read_shard(shard, ReadOptions())]
    assert [result for result in results if isinstance(result, Skip) and not result.benign] == []
    return [result for result in results if isinstance(result, RequestRecord)]


def total(records: list[RequestRecord]) -> int:
    return sum(record.usage.input_tokens for record in records if record.usage is not None)


def traces(folder: Path) -> Iterator[tuple[Path, list[dict[str, Any]]]]:
    """Yield each trace with its calls; one around another is a sum."""
    for path in sorted(folder.glob("exports/langfuse/**/framework-traces/*.json")):
        document = json.loads(path.read_bytes())
        if "observations" in document:
            rows = [row for row in document["observations"] if row["type"] == "GENERATION"]
            around = {row["parentObservationId"] for row in rows}
            yield path, [row for row in rows if row["id"] not in around]


def test_langfuse_traces_give_the_input_that_langfuse_shows(real_data: Path) -> None:
    found = list(traces(real_data))
    assert len(found) == 33
    for path, generations in found:
        want = sum((row.get("usageDetails") or {}).get("input") or row.get("inputUsage") or 0 for row in generations)
        assert total(read(path)) == want, path.name


def test_evaluation_logs_add_up_to_their_own_statistics(real_data: Path) -> None:
    compared = 0
    for path in sorted(real_data.glob("agents/inspect_ai/tests/**/20*.json")):
        document = json.loads(path.read_bytes())
        if not document.get("samples"):
            continue
        used = document["stats"]["model_usage"].values()
        records = read(path)
        assert total(records) == sum(row["input_tokens"] for row in used)
        reads = [record.usage.cache_read or 0 for record in records if record.usage is not None]
        assert sum(reads) == sum(row.get("input_tokens_cache_read") or 0 for row in used)
        compared += 1
    assert compared == 4


@pytest.mark.parametrize("name", ["llmanthropic", "logfire", "magentic", "otelcontrib"])
def test_cassettes_give_the_calls_of_their_index(real_data: Path, name: str) -> None:
    folder = real_data / "cassettes" / name
    index = [json.loads(line) for line in (folder / "index.jsonl").read_text().splitlines()]
    wanted = Counter(count for row in index if not _other(row["url"]) if (count := _input(row["prompt"], row["cache"])))
    given: Counter[int] = Counter()
    with tarfile.open(fileobj=gzip.open(folder / "llm-exchanges.tar.gz")) as archive:
        for member in archive:
            stream = archive.extractfile(member)
            lines = stream.read().splitlines() if stream is not None else []
            source = vcr.SOURCE if member.name.endswith(".yaml") else api_jsonl.SOURCE
            records, _ = read_lines(source, lines)
            given.update(record.usage.input_tokens for record in records if record.usage is not None)
    assert sum((wanted & given).values()) >= 0.97 * sum(wanted.values())


def _other(url: str) -> bool:
    return "embed" in url or "count_tokens" in url


def _input(prompt: dict[str, int], cache: dict[str, int]) -> int:
    apart = "input_tokens" in prompt and "cached_tokens" not in cache
    beside = ("cache_read_input_tokens", "cache_creation_input_tokens") if apart else ()
    names = ("prompt_tokens", "promptTokenCount", "input_tokens", "inputTokens")
    return sum(prompt.get(name) or 0 for name in names) + sum(cache.get(key) or 0 for key in beside)
