"""Bad input, end to end: a clear message with file, line and next step; the rest still counts; no prompt is quoted."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from cachelens.cli import main

SECRET = "the prompt that nobody may see"


def line(second: int, model: str = "gpt-5.5", text: str = SECRET, **usage: object) -> bytes:
    """One good call, sent at so many seconds past eight."""
    request = {"model": model, "messages": [{"role": "user", "content": text}]}
    counts = {"prompt_tokens": 10 + second, "completion_tokens": 1, **usage}
    response = {"id": f"r{second}", "object": "chat.completion", "usage": counts}
    return json.dumps(
        {"timestamp": f"2026-10-05T08:00:{second:02}Z", "request": request, "response": response}
    ).encode()


NO_MODEL = json.dumps({"request": {"messages": [{"role": "user", "content": SECRET}]}}).encode()
ODD_TYPES = json.dumps({"request": {"model": 5, "messages": SECRET}}).encode()
TRACE_ROW = b'{"timestamp": 0, "input_length": 1200, "output_length": 50, "hash_ids": [0, 1, 2]}'
NESTED = b'{"request":' + b"[" * 100_000 + json.dumps(SECRET).encode() + b"]" * 100_000 + b"}"
NOT_A_NUMBER = line(2).replace(b'"prompt_tokens": 12', b'"prompt_tokens": NaN')


class Case(NamedTuple):
    """A second line between two good ones, and what is said about it."""

    bad: bytes
    reason: str
    hint: str = "--strict"


CASES = {
    "cut in the middle": Case(line(2)[:-20], "not valid JSON"),
    "not JSON": Case(SECRET.encode(), "not valid JSON"),
    "no model": Case(NO_MODEL, "no model name", "--map model=FIELD"),
    "a field of another type": Case(ODD_TYPES, "a field has an unexpected type", "$.model"),
    "a list": Case(json.dumps([SECRET]).encode(), "not a JSON object"),
    "not a number": Case(NOT_A_NUMBER, "a number that JSON does not have (NaN or Infinity)"),
    "nested without end": Case(NESTED, "nested too deeply"),
    "another format": Case(TRACE_ROW, "neither a prompt nor token counts", "--map request=FIELD"),
}
"""Lines that are lost."""

COUNTS = {
    "negative": Case(line(2, prompt_tokens=-2), "impossible token counts", "prompt_tokens is negative"),
    "more read than sent": Case(
        line(2, prompt_tokens_details={"cached_tokens": 99}), "impossible token counts", "cached_tokens"
    ),
    "beyond any prompt": Case(line(2, prompt_tokens=10**30), "impossible token counts", "more tokens"),
    "beyond any answer": Case(line(2, completion_tokens=2**31), "impossible token counts", "more tokens"),
}
"""Lines whose prompt counts, but not what they say was billed."""

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command as the shell would; return its exit code and what it printed, which never holds a prompt."""

    def call(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as stopped:
            main.run(list(arguments))
        shown = capsys.readouterr()
        assert SECRET not in shown.out + shown.err
        return int(stopped.value.code or 0), shown.out, shown.err

    return call


def written(tmp_path: Path, data: bytes, name: str = "log.jsonl") -> str:
    (tmp_path / name).write_bytes(data)
    return str(tmp_path / name)


@pytest.mark.parametrize(
    ("case", "requests"),
    [(case, 2) for case in CASES.values()] + [(case, 3) for case in COUNTS.values()],
    ids=[*CASES, *COUNTS],
)
def test_one_bad_line_costs_itself_and_is_named(tmp_path: Path, run: Run, case: Case, requests: int) -> None:
    path = written(tmp_path, b"\n".join([line(1), case.bad, line(3)]))
    code, out, err = run("simulate", path, "--format", "json", "--boundary", "none")
    assert (code, err) == (0, "")
    result = json.loads(out)
    (skip,) = result["skips"]
    assert result["summary"]["requests"] == requests
    assert (skip["path"], skip["reason"], skip["first_line"], skip["lines"]) == (path, case.reason, 2, 1)
    code, out, err = run("simulate", path, "--strict")
    assert (code, out) == (4, "")
    assert err.startswith(f"error: 1 unreadable line, the first in {path} line 2: {case.reason}\nhint: ")
    assert case.hint in err


def test_the_summary_counts_by_reason(tmp_path: Path, run: Run) -> None:
    bad = [CASES["not JSON"].bad] * 3 + [CASES["no model"].bad] * 2
    path = written(tmp_path, b"\n".join([line(1), *bad, line(2)]))
    result = json.loads(run("simulate", path, "--format", "json", "--boundary", "none")[1])
    assert {skip["reason"]: skip["lines"] for skip in result["skips"]} == {"not valid JSON": 3, "no model name": 2}
    text = " ".join(run("simulate", path, "--boundary", "none", "--detail")[1].split())
    assert "5 lines skipped" in text
    assert "3 lines skipped from line 2: not valid JSON" in text


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "the file is empty"),
        (b"\n\n", "the file is empty"),
        (b"\x00\x01\x02" * 99, "the file is binary"),
        (SECRET.encode() * 9, "no format recognised"),
        (NO_MODEL * 2, "no usable request"),
        (gzip.compress(line(1), mtime=0)[:20], "compressed data ends early"),
    ],
)
def test_nothing_usable_ends_with_3_and_says_why(tmp_path: Path, run: Run, data: bytes, reason: str) -> None:
    path = written(tmp_path, data)
    for arguments in (["simulate", path], ["simulate", path, "--strict"], ["compile", path, "-o", f"{path}.trace"]):
        code, out, err = run(*arguments)
        assert (code, out) == (3, "")
        assert err.startswith("error: ")
        assert path in err
        assert reason in err
        assert "\nhint: " in err


def test_a_truncated_archive_gives_what_came_before_the_break(tmp_path: Path, run: Run) -> None:
    rows = [
        line(n % 60, text=f"{SECRET} {n * 7919**5}" * 9).replace(b'"id": "r', b'"id": "%d-' % n) for n in range(3000)
    ]
    packed = gzip.compress(b"\n".join(rows))
    path = written(tmp_path, packed[: len(packed) // 2], "log.jsonl.gz")
    result = json.loads(run("simulate", path, "--format", "json", "--boundary", "none")[1])
    (skip,) = result["skips"]
    assert 0 < result["summary"]["requests"] == skip["first_line"] - 1 < 3000
    assert skip["reason"] == "compressed data ends early"
    assert run("simulate", path, "--strict")[0] == 4


def test_a_line_of_fifty_megabytes_is_one_request_among_others(tmp_path: Path, run: Run) -> None:
    """An image that was sent inside its message."""
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64," + "A" * 50_000_000}}
    large = line(2).replace(json.dumps(SECRET).encode(), json.dumps([image]).encode())
    path = written(tmp_path, b"\n".join([line(1), large, line(3)]))
    code, out, _ = run("simulate", path, "--format", "json", "--boundary", "none")
    assert (code, json.loads(out)["summary"]["requests"], json.loads(out)["skips"]) == (0, 3, [])


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbf" + line(1) + b"\r\n" + line(2) + b"\r\n",
        line(1) + b"\n" + line(2).replace(b'see"', b'see \\ud83d"'),
        line(1) + b"\n" + line(2).replace(b'see"', b'see \xff"'),
        line(2) + b"\n" + line(1),
        line(1) + b"\n\n\n" + line(2),
    ],
    ids=["byte order mark", "lone surrogate", "not UTF-8", "clock running backwards", "blank lines"],
)
def test_what_can_be_mended_is_no_fault(tmp_path: Path, run: Run, data: bytes) -> None:
    path = written(tmp_path, data)
    code, out, _ = run("simulate", path, "--strict", "--format", "json", "--boundary", "none")
    result = json.loads(out)
    assert (code, result["summary"]["requests"], result["skips"]) == (0, 2, [])
    assert result["summary"]["first_us"] == 1_791_187_201_000_000


def test_an_unknown_model_is_left_out_named_and_told_what_to_do(tmp_path: Path, run: Run) -> None:
    path = written(tmp_path, line(1) + b"\n" + line(2, model="nobody-7b"))
    code, out, _ = run("simulate", path, "--format", "json", "--boundary", "none")
    (note,) = (note for note in json.loads(out)["notes"] if note["code"] == "unknown-model")
    assert code == 0
    assert "1 request of nobody-7b" in note["text"]
    assert "--pricing" in note["text"]
    path = written(tmp_path, line(1) + b"\n" + line(2, model="ft:gpt-4o:org::id"))
    assert "near: gpt-4o" in run("simulate", path, "--format", "json", "--boundary", "none")[1]
    assert json.loads(out)["scenarios"][0]["totals"]["requests"] == 1


def test_a_folder_of_other_things_is_searched_for_logs(tmp_path: Path, run: Run) -> None:
    for name, data in (("a.jsonl", line(1)), ("b.txt", SECRET.encode()), ("c.png", b"\x00PNG"), ("d.json", b"{}")):
        written(tmp_path, data, name)
    code, out, _ = run("simulate", str(tmp_path), "--format", "json", "--boundary", "none")
    result = json.loads(out)
    assert (code, result["summary"]["requests"]) == (0, 1)
    assert {Path(skip["path"]).name for skip in result["skips"]} == {"b.txt", "c.png", "d.json"}
    text = " ".join(run("simulate", str(tmp_path), "--boundary", "none")[1].split())
    assert f"1 file skipped: no format recognised: {tmp_path / 'd.json'}" in text
    assert f"1 file passed over: not a log: {tmp_path / 'c.png'}" in text
    code, _, err = run("simulate", str(tmp_path), "--strict")
    assert (code, err.partition(" (")[0].count("d.json")) == (4, 1)
    (tmp_path / "d.json").unlink()
    assert run("simulate", str(tmp_path), "--boundary", "none", "--strict")[0] == 0
    (tmp_path / "a.jsonl").unlink()
    code, _, err = run("simulate", str(tmp_path))
    assert code == 3
    assert "hint: " in err


def test_an_input_that_does_not_exist_is_named(run: Run) -> None:
    code, out, err = run("simulate", "no/such/place.jsonl")
    assert (code, out) == (3, "")
    assert "no/such/place.jsonl" in err
    assert "hint: " in err


@pytest.mark.parametrize("command", ["simulate", "metrics", "layers", "fleet"])
@pytest.mark.parametrize(
    ("name", "content", "said", "advised"),
    [
        ("empty.jsonl", b"", "empty.jsonl: the file is empty", "name a log that holds a request"),
        ("cut.jsonl", b'{"request": {"model":', "cut.jsonl: no format recognised", "docs/formats.md"),
        ("logs.tar.jsonl", b"\x00\x01" * 200, "the file is binary", "`.tar` and `.zip` are not"),
        ("", b"", "the folder holds no file", "docs/formats.md"),
    ],
)
def test_nothing_to_use_is_the_same_for_every_command_and_ends_in_a_next_step(
    command: str, name: str, content: bytes, said: str, advised: str, tmp_path: Path, run: Run
) -> None:
    if name:
        (tmp_path / name).write_bytes(content)
    code, _, err = run(command, str(tmp_path / name))
    assert code == 3
    assert said in err
    assert advised in err
