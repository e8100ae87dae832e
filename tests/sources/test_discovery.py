"""Which files are read: each once, none that is no log, and standard input without a trace on the disk."""

import io
import os
import sys
from pathlib import Path

import pytest

from cachelens.errors import UsageError
from cachelens.model.record import Skip
from cachelens.sources import discovery
from cachelens.sources.base import ReadOptions
from cachelens.sources.discovery import Opened, discover
from cachelens.sources.reading import NOT_MAPPABLE, read_shard, shards

ROW = b'{"ts":1791187200,"model":"m","messages":[{"role":"user","content":"Hi"}],"response":{"id":"r1"}}\n'
ODD = b'{"at":1791187200,"ask":{"model":"m","input":"Hi"},"answer":{"id":"r1","usage":{"prompt_tokens":3}}}\n'
ODD_MAP = {"request": "ask", "response": "answer", "timestamp": "at"}


def usable(found: list[Opened]) -> list[str]:
    return [item.name for item in found if item.skip is None]


def reasons(found: list[Opened]) -> list[tuple[str, str, bool]]:
    return [(item.name, item.skip.reason, item.skip.benign) for item in found if item.skip is not None]


def test_a_file_named_in_several_ways_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.jsonl").write_bytes(ROW)
    Path("link.jsonl").symlink_to("a.jsonl")
    Path("picture.png").write_bytes(b"PNG")
    found = discover(["a.jsonl", "./a.jsonl", ".", str(tmp_path / "*.jsonl")])
    assert usable(found) == ["a.jsonl"]
    names = ["./a.jsonl", f"{tmp_path}/a.jsonl", f"{tmp_path}/link.jsonl", "a.jsonl", "link.jsonl"]
    assert reasons(found) == sorted(
        [*((name, "named twice", True) for name in names), ("picture.png", "not a log", True)]
    )
    assert {item.skip.detail for item in found if item.skip and item.skip.reason == "named twice"} == {
        "read once, as a.jsonl"
    }


def test_a_name_of_its_own_wins_over_a_folder_that_passed_it_over(tmp_path: Path) -> None:
    odd = tmp_path / "log.data"
    odd.write_bytes(ROW)
    assert usable(discover([str(tmp_path)])) == []
    assert usable(discover([str(tmp_path), str(odd)])) == usable(discover([str(odd), str(tmp_path)])) == [str(odd)]


@pytest.mark.parametrize("unnamed", [True, False])
def test_standard_input_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, unnamed: bool
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(ROW)))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    if not unnamed:
        monkeypatch.setattr(discovery, "_OPEN_FILES", str(tmp_path / "none"))
    found = discover(["-", "-"])
    assert (usable(found), reasons(found)) == (["-"], [("-", "named twice", True)])
    for _ in range(2):
        (record,) = (item for opened in found for shard in shards(opened) for item in read_shard(shard, ReadOptions()))
        assert record.line == 1
    nameless = unnamed and Path("/proc/self/fd").is_dir()
    assert len(list(tmp_path.iterdir())) == (0 if nameless else 1)


@pytest.mark.parametrize("magic", [b"CACHELENS TRACE\n", b"PAR1"])
def test_a_compiled_trace_beside_other_inputs_says_so(tmp_path: Path, magic: bytes) -> None:
    trace, log = tmp_path / "week.trace", tmp_path / "a.jsonl"
    trace.write_bytes(magic + bytes(100))
    log.write_bytes(ROW)
    reason = "a compiled trace or Parquet file is read alone"
    found = discover([str(log), str(trace)])
    assert reasons(found) == [(str(trace), reason, False)]
    assert found[1].skip is not None
    assert found[1].skip.detail == "name it as the only input"
    assert reasons(discover([str(tmp_path)])) == [(str(trace), reason, True)]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes with a name are a thing of Unix")
def test_a_pipe_in_a_folder_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.jsonl")
    assert reasons(discover([str(tmp_path)])) == [(str(tmp_path / "a.jsonl"), "not a log", True)]


def test_a_field_that_cannot_be_mapped_is_refused_with_the_nearest_one() -> None:
    with pytest.raises(UsageError) as caught:
        ReadOptions(mapping={"tmestamp": "x"})
    assert caught.value.message == "--map knows no field `tmestamp`"
    assert caught.value.hint.startswith("Did you mean `timestamp`? Choose from: request, ")
    with pytest.raises(UsageError) as caught:
        ReadOptions(mapping={"zzz": "x"})
    assert caught.value.hint.startswith("Choose from: ")


@pytest.mark.parametrize("shape", [b"%s", b"[%s]", b"[\n%s\n]"], ids=["rows", "array", "document"])
def test_a_mapped_request_makes_an_api_log(tmp_path: Path, shape: bytes) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(shape % ODD.strip())
    assert usable(discover([str(path)])) == []
    options = ReadOptions(mapping=ODD_MAP)
    (opened,) = discover([str(path)], options=options)
    assert opened.format == "api_jsonl"
    (record,) = (item for shard in shards(opened) for item in read_shard(shard, options))
    assert getattr(record, "request_id", "") == "r1"
    elsewhere = ReadOptions(mapping={"request": "other", "timestamp": "at"})
    assert usable(discover([str(path)], options=elsewhere)) == []


@pytest.mark.parametrize(
    ("options", "notes"),
    [
        (ReadOptions(), []),
        (ReadOptions(mapping={"timestamp": "t"}), [NOT_MAPPABLE]),
        (ReadOptions(session_key="s"), [NOT_MAPPABLE]),
    ],
)
def test_options_that_a_format_has_no_use_for_are_not_passed_over_in_silence(
    fixtures: Path, options: ReadOptions, notes: list[str]
) -> None:
    (opened,) = discover([str(fixtures / "sources/mooncake/trace.jsonl")], options=options)
    results = [item for shard in shards(opened, 3, min_bytes=1) for item in read_shard(shard, options)]
    assert [skip.reason for skip in results if isinstance(skip, Skip) and skip.benign] == notes
    (log,) = discover([str(fixtures / "sources/api_jsonl/mixed.jsonl")], options=options)
    results = [item for shard in shards(log) for item in read_shard(shard, options)]
    assert NOT_MAPPABLE not in [skip.reason for skip in results if isinstance(skip, Skip)]


def test_a_file_that_promises_a_log_and_is_none_is_a_fault(tmp_path: Path) -> None:
    for name, data in (
        ("a.jsonl", ROW), ("b.json", b"{}"), ("c.csv", b"name,age\nAda,36\n"), ("d.txt", b"words"), ("e.yaml", b"a: 1"),
        ("f.jsonl.gz", b"words"), ("g.md", b"# words"), ("h.bz2", b"words"), ("i.tar.gz", b"words"),
        ("j.jsonl", b""),
    ):  # fmt: skip
        (tmp_path / name).write_bytes(data)
    found = [(Path(name).name, reason, benign) for name, reason, benign in reasons(discover([str(tmp_path)]))]
    assert found == [
        ("b.json", "no format recognised", False),
        ("c.csv", "no format recognised", False),
        ("d.txt", "no format recognised", True),
        ("e.yaml", "no format recognised", True),
        ("f.jsonl.gz", "no format recognised", False),
        ("g.md", "not a log", True),
        ("h.bz2", "no format recognised", False),
        ("i.tar.gz", "not a log", True),
        ("j.jsonl", "the file is empty", True),
    ]
