"""Reading: what is counted, how far it says it is, and that a second process changes nothing."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cachelens import reading
from cachelens.app import compile_trace
from cachelens.beside import can_fork
from cachelens.config.compiling import CompileOptions
from cachelens.errors import UsageError
from cachelens.model.result import InputSummary, SkipCount
from cachelens.prompts import tokens
from cachelens.prompts.container import load
from cachelens.reading import Compiled, compile_inputs
from cachelens.sources.base import ReadOptions
from cachelens.sources.passed import DUPLICATE
from cachelens.sources.watching import REPORT_BYTES
from tests.prompts.records import contents

LONG = "word " * 500


def row(second: int, request_id: str = "", text: str = "hello", **more: object) -> str:
    body = {"model": "gpt-5.5", "messages": [{"role": "user", "content": text}]}
    usage = {"prompt_tokens": 9, "completion_tokens": 3}
    stamp = f"2026-10-05T08:{second // 60:02}:{second % 60:02}Z"
    return json.dumps({"timestamp": stamp, "request": body, "response": {"id": request_id, "usage": usage}, **more})


def log(path: Path, *lines: str) -> str:
    path.write_text("\n".join([*lines, ""]))
    return str(path)


def two_logs(folder: Path) -> list[str]:
    """Duplicates within a file and across files, damage, blank lines."""
    one = log(folder / "one.jsonl", row(1, "a"), "", row(2, "b"), row(3, "b"), "{", row(4, "c", LONG))
    two = log(folder / "two.jsonl", row(5), row(6, "a"), row(7, "d", LONG), "{", row(8, "b"), row(9, "d", LONG))
    return [one, two]


def check_counts(compiled: Compiled, one: str, two: str) -> None:
    assert compiled.inputs == (
        InputSummary(path=one, format="api_jsonl", lines=5, requests=3, duplicates=1),
        InputSummary(path=two, format="api_jsonl", lines=6, requests=2, duplicates=3),
    )
    duplicates = [skip for skip in compiled.skips if skip.reason == DUPLICATE]
    assert duplicates == [
        SkipCount(path=one, reason=DUPLICATE, lines=1, first_line=4, benign=True),
        SkipCount(path=two, reason=DUPLICATE, lines=3, first_line=2, benign=True),
    ]
    assert [(skip.path, skip.first_line) for skip in compiled.skips if not skip.benign] == [(one, 5), (two, 4)]


def test_lines_requests_and_duplicates_are_counted_where_they_stand(tmp_path: Path) -> None:
    one, two = two_logs(tmp_path)
    check_counts(compile_inputs([one, two], CompileOptions()), one, two)


@pytest.fixture
def threadless(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An encoder that survives a fork, whatever ran before in this process."""
    monkeypatch.setattr(tokens, "SplintrEncoder", tokens.TiktokenEncoder)
    monkeypatch.setattr(tokens, "has_threads", lambda: False)
    tokens.encoder.cache_clear()
    yield
    tokens.encoder.cache_clear()


@pytest.mark.usefixtures("threadless")
@pytest.mark.parametrize("fork", [True, False])
def test_a_second_process_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fork: bool) -> None:
    one, two = two_logs(tmp_path)
    if fork and not can_fork():
        pytest.skip("no fork here")
    monkeypatch.setattr("cachelens.reading.can_fork", lambda: fork)
    alone = compile_inputs([one, two], CompileOptions(keep_text=True))
    monkeypatch.setattr(reading, "PARALLEL_BYTES", 1)
    joined = compile_inputs([one, two], CompileOptions(keep_text=True))
    check_counts(joined, one, two)
    assert contents(joined.trace) == contents(alone.trace)


TWICE = """
from cachelens import reading
from cachelens.app import simulate
reading.PARALLEL_BYTES = 1
results = [simulate({inputs!r}) for _ in range(3)]
assert results[0] == results[1] == results[2]
print("done")
"""


def test_one_process_can_read_large_inputs_again_and_again(tmp_path: Path) -> None:
    """The threads of the fast tokenizer do not survive a fork; and the script needs no guard around its main part."""
    script = tmp_path / "script.py"
    script.write_text(TWICE.format(inputs=two_logs(tmp_path)))
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=False, timeout=100)
    assert (done.stdout, done.stderr) == ("done\n", "")


@pytest.mark.parametrize("parallel", [False, True])
def test_progress_moves_with_the_lines_and_ends_at_the_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, parallel: bool
) -> None:
    lines = [row(second, text=LONG * 40) for second in range(60)]
    names = [log(tmp_path / name, *lines) for name in ("a.jsonl", "b.jsonl")]
    size = sum(Path(name).stat().st_size for name in names)
    assert size > 8 * REPORT_BYTES
    monkeypatch.setattr(reading, "PARALLEL_BYTES", 1 if parallel else 1 << 40)
    told: list[int] = []
    compile_inputs(names, CompileOptions(), progress=told.append)
    assert sum(told) == size
    # The other process may be heard all at once, but this one moves with its own lines.
    assert max(told) < size * 3 / 4
    assert sum(count > 0 for count in told) > 4


@pytest.mark.usefixtures("threadless")
def test_a_fresh_interpreter_finds_standard_input_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was copied from it may be a file without a name, which only its own process calls by number."""
    monkeypatch.chdir(tmp_path)
    log(tmp_path / "!before.jsonl", row(1, "a"))
    given = log(tmp_path / "given", row(2, "b"), row(3, "c"))
    monkeypatch.setattr("cachelens.reading.can_fork", lambda: False)
    monkeypatch.setattr(reading, "PARALLEL_BYTES", 1)
    with Path(given).open(encoding="utf-8") as stream:
        monkeypatch.setattr(sys, "stdin", stream)
        compiled = compile_inputs(["!before.jsonl", "-"], CompileOptions())
    assert [(summary.path, summary.requests) for summary in compiled.inputs] == [("!before.jsonl", 1), ("-", 2)]


def test_progress_of_packed_and_odd_lines_ends_at_the_size_too(tmp_path: Path) -> None:
    packed, odd = tmp_path / "a.jsonl.gz", tmp_path / "b.jsonl"
    packed.write_bytes(gzip.compress("\n".join([row(1), row(2)] * 2000).encode()))
    odd.write_bytes(b"\r\n\r\n".join([row(3).encode(), row(4).encode()]) + b"\r\n\r\n")
    told: list[int] = []
    compile_inputs([str(packed), str(odd)], CompileOptions(), progress=told.append)
    assert sum(told) == packed.stat().st_size + odd.stat().st_size


@pytest.mark.parametrize("name", ["a.trace", "a.parquet"])
def test_text_and_names_leave_a_trace_that_is_compiled_again(tmp_path: Path, name: str) -> None:
    first, again = tmp_path / name, tmp_path / "b.trace"
    line = row(1, "a", "a secret text", workload="acme", session_id="alice")
    compile_trace([log(tmp_path / "alice.jsonl", line)], CompileOptions(keep_text=True), first)
    assert b"secret" in bytes(load_bytes(first))
    compile_trace([str(first)], CompileOptions(keep_text=False), again)
    assert b"secret" not in again.read_bytes()
    compile_trace([str(first)], CompileOptions(keep_text=True, salt="pepper"), again)
    assert [word for word in (b"secret", b"alice", b"acme") if word in again.read_bytes()] == []
    assert load(again).meta["salted"] is True
    assert len(load(again)) == 1


def load_bytes(path: Path) -> bytes:
    opener = reading._opener(path)
    assert opener is not None
    return opener(path).segments.text.tobytes()


def test_a_salt_leaves_no_text_and_no_path_of_logs(tmp_path: Path) -> None:
    target = tmp_path / "b.trace"
    names = two_logs(tmp_path)
    compiled = compile_trace(names, CompileOptions(keep_text=True, salt="pepper"), target)
    assert [summary.path for summary in compiled.inputs] == names, "messages still name the files"
    assert [word for word in (b"hello", b"one.jsonl", tmp_path.name.encode()) if word in target.read_bytes()] == []


@pytest.mark.parametrize(
    "options",
    [
        CompileOptions(forced_format="api_jsonl"),
        CompileOptions(read=ReadOptions(mapping={"model": "m"})),
        CompileOptions(read=ReadOptions(session_key="s")),
        CompileOptions(read=ReadOptions(workload_key="w")),
        CompileOptions(read=ReadOptions(tenant_key="t")),
    ],
)
@pytest.mark.parametrize("name", ["a.trace", "a.parquet"])
def test_options_for_logs_are_refused_for_a_trace(tmp_path: Path, name: str, options: CompileOptions) -> None:
    compile_trace([log(tmp_path / "a.jsonl", row(1))], CompileOptions(), tmp_path / name)
    with pytest.raises(UsageError, match="compiled trace"):
        compile_inputs([str(tmp_path / name)], options)


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="standard input is copied to a named file elsewhere")
@pytest.mark.parametrize("suffix", ["trace", "parquet"])
def test_a_compiled_trace_may_come_on_standard_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    target = tmp_path / f"a.{suffix}"
    compile_trace(two_logs(tmp_path), CompileOptions(), target)
    with target.open() as stream:
        monkeypatch.setattr(sys, "stdin", stream)
        compiled = compile_inputs(["-"], CompileOptions())
    assert len(compiled.trace) == len(compile_inputs([str(target)], CompileOptions()).trace)
