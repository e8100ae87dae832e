"""The reading layer: what is found, what is passed over, and what damage costs."""

import gzip
import io
import json
import sys
from pathlib import Path

import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cachelens.errors import InputError, UsageError
from cachelens.model.record import RequestRecord, Skip
from cachelens.sources.reading import Opened, ReadOptions, Shard, discover, iter_lines, read_shard, shards


def line(number: int, text: str = "Hi") -> bytes:
    request = {"model": "gpt-5.5", "messages": [{"role": "user", "content": text}]}
    usage = {"prompt_tokens": number, "completion_tokens": 1}
    response = {"id": f"r{number}", "object": "chat.completion", "usage": usage}
    at = f"2026-10-05T08:{number // 60 % 60:02}:{number % 60:02}Z"
    return json.dumps({"timestamp": at, "request": request, "response": response}).encode()


def log(count: int) -> bytes:
    return b"".join(line(number) + b"\n" for number in range(1, count + 1))


def read(path: Path, parts: int = 1, forced: str = "") -> list[RequestRecord | Skip]:
    (opened,) = discover([str(path)], forced=forced)
    return [result for shard in shards(opened, parts, min_bytes=1) for result in read_shard(shard, ReadOptions())]


def only(path: Path) -> Opened:
    (opened,) = discover([str(path)])
    return opened


def ids(results: list[RequestRecord | Skip]) -> list[str]:
    return [result.request_id for result in results if isinstance(result, RequestRecord)]


def write(path: Path, data: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def test_compression_is_told_by_content_not_by_name(tmp_path: Path) -> None:
    plain = write(tmp_path / "a.jsonl", log(3))
    packed = write(tmp_path / "b.jsonl", gzip.compress(log(3)))
    strong = write(tmp_path / "c.gz", zstandard.compress(log(3)))
    assert ids(read(plain)) == ids(read(packed)) == ids(read(strong)) == ["r1", "r2", "r3"]
    assert [only(path).compression for path in (plain, packed, strong)] == ["", "gzip", "zstd"]


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress], ids=["gzip", "zstd"])
def test_truncated_data_gives_what_is_there_and_one_skip(tmp_path: Path, pack: object) -> None:
    noise = b"".join(line(number, text=f"{number * 7919**5}" * 40) + b"\n" for number in range(1, 2001))
    data: bytes = pack(noise)  # type: ignore[operator]
    results = read(write(tmp_path / "a.jsonl", data[: len(data) // 2]))
    skips = [result for result in results if isinstance(result, Skip)]
    assert len(ids(results)) > 100
    assert [skip.reason for skip in skips] == ["compressed data ends early"]
    assert ids(results) == [f"r{number}" for number in range(1, len(ids(results)) + 1)]


def test_damaged_compression_is_one_skip(tmp_path: Path) -> None:
    data = bytearray(gzip.compress(log(5000)))
    data[len(data) // 2 : len(data) // 2 + 64] = b"\xff" * 64
    results = read(write(tmp_path / "a.jsonl", bytes(data)), forced="api_jsonl")
    assert [skip.line > 0 for skip in results if isinstance(skip, Skip)][-1:] == [True]


def test_a_mark_and_windows_line_ends_are_removed_and_blank_lines_are_counted(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.jsonl", b"\xef\xbb\xbf" + line(1) + b"\r\n\r\n  \r\n" + line(2) + b"\r\nbroken\r\n" + line(3)
    )
    results = read(path)
    assert ids(results) == ["r1", "r2", "r3"]
    assert [result.line for result in results] == [1, 4, 5, 6]


def test_a_line_of_fifty_megabytes_is_read(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", line(1) + b"\n" + line(2, text="x" * 50_000_000) + b"\n" + line(3) + b"\n")
    assert ids(read(path)) == ["r1", "r2", "r3"]


def test_lone_surrogates_are_mended_and_nan_costs_its_line(tmp_path: Path) -> None:
    broken = line(2).replace(b'"Hi"', b'"Hi \\ud83d"')
    nan = line(3).replace(b'"prompt_tokens": 3', b'"prompt_tokens": NaN')
    results = read(write(tmp_path / "a.jsonl", b"\n".join([line(1), broken, nan, line(4)])))
    assert ids(results) == ["r1", "r2", "r4"]
    (skip,) = (result for result in results if isinstance(result, Skip))
    assert (skip.line, skip.reason) == (3, "a number that JSON does not have (NaN or Infinity)")
    record = results[1]
    assert isinstance(record, RequestRecord)
    assert record.expand is not None
    assert record.expand(record.parts[0])[0].data == "Hi \ufffd".encode()


def test_a_clock_that_runs_backwards_is_accepted(tmp_path: Path) -> None:
    results = read(write(tmp_path / "a.jsonl", line(9) + b"\n" + line(1)))
    assert [result.arrived_us for result in results if isinstance(result, RequestRecord)] == [
        1_791_187_209_000_000,
        1_791_187_201_000_000,
    ]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "the file is empty"),
        (b"\n  \n", "the file is empty"),
        (b"PNG\x00\x01\x02", "the file is binary"),
        (b"Dear diary,\nnothing.\n", "no format recognised"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(tmp_path: Path, data: bytes, reason: str) -> None:
    opened = only(write(tmp_path / "a.jsonl", data))
    assert opened.skip is not None
    assert (opened.skip.reason, opened.skip.benign) == (reason, False)
    assert shards(opened) == []


def test_a_folder_is_searched_and_other_things_are_benign(tmp_path: Path) -> None:
    write(tmp_path / "z.jsonl", log(1))
    write(tmp_path / "deep" / "a.log.gz", gzip.compress(log(1)))
    write(tmp_path / "picture.png", b"PNG")
    write(tmp_path / "notes.txt", b"Dear diary")
    write(tmp_path / ".git" / "b.jsonl", log(1))
    found = {Path(item.name).name: item for item in discover([str(tmp_path)])}
    assert list(found) == ["a.log.gz", "notes.txt", "picture.png", "z.jsonl"]
    assert [item.format for item in found.values()] == ["api_jsonl", "", "", "api_jsonl"]
    assert all(item.skip.benign for item in found.values() if item.skip is not None)


def test_a_pattern_names_files_once(tmp_path: Path) -> None:
    for name in ("b.jsonl", "a.jsonl", "c.txt"):
        write(tmp_path / name, log(1))
    found = discover([str(tmp_path / "*.jsonl"), str(tmp_path / "a.jsonl")])
    assert [Path(item.name).name for item in found if item.skip is None] == ["a.jsonl", "b.jsonl"]


def test_a_missing_input_is_an_error_with_a_next_step(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        discover([str(tmp_path / "none.jsonl")])
    assert caught.value.hint


def test_an_unknown_format_is_an_error_that_lists_the_others(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        discover([str(write(tmp_path / "a.jsonl", log(1)))], forced="morse")
    assert "api_jsonl" in caught.value.hint


def test_standard_input_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(gzip.compress(log(2)))))
    (opened,) = discover(["-"])
    results = [result for shard in shards(opened) for result in read_shard(shard, ReadOptions())]
    assert (opened.name, ids(results)) == ("-", ["r1", "r2"])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(lines=st.lists(st.text(alphabet="ab\r ", max_size=9), max_size=30), parts=st.integers(1, 9))
def test_shards_give_the_lines_and_numbers_of_the_whole(tmp_path: Path, lines: list[str], parts: int) -> None:
    data = "\n".join(lines).encode()
    path = write(tmp_path / "a.jsonl", data)
    opened = Opened(path=str(path), name="a", format="api_jsonl", size=len(data), splittable=True)
    whole = list(iter_lines(Shard(path=str(path), name="a", format="api_jsonl")))
    pieces = [item for shard in shards(opened, parts, min_bytes=1) for item in iter_lines(shard)]
    assert pieces == whole
    assert [item[0] for item in whole if isinstance(item, tuple)] == [
        number for number, text in enumerate(data.split(b"\n"), 1) if text.strip(b"\r ")
    ]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(damage=st.lists(st.binary(min_size=1, max_size=40), max_size=6), parts=st.integers(1, 4))
def test_a_malformed_line_never_stops_the_rest(tmp_path: Path, damage: list[bytes], parts: int) -> None:
    path = tmp_path / "a.jsonl"
    bad = [piece.replace(b"\n", b"?") for piece in damage]
    mixed = [line(1), *(piece for pair in zip(bad, map(line, range(2, 9)), strict=False) for piece in pair)]
    write(path, b"\n".join(mixed))
    results = read(path, parts, forced="api_jsonl") if b"\x00" not in b"".join(bad) else []
    good = 1 + len(bad)
    assert not results or ids(results) == [f"r{number}" for number in range(1, good + 1)]
    totals = [r.usage.input_tokens for r in results if isinstance(r, RequestRecord) and r.usage is not None]
    assert not results or sum(totals) == good * (good + 1) // 2
