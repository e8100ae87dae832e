"""Whatever goes wrong with the record, the caller's call goes on as if there were none."""

import json
import logging
import multiprocessing
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import httpx2
import pytest

from cachelens.capture import CaptureTransport, Recorder
from cachelens.capture import recorder as recorder_module
from tests.capture.server import CHAT, ModelServer, model_server

BODY = {"model": "gpt-5.5", "messages": [{"role": "user", "content": "Hi"}]}


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with model_server() as one:
        yield one


def post(server: ModelServer, recorder: Recorder, library: str = "httpx2") -> dict[str, object]:
    client = (httpx if library == "httpx" else httpx2).Client(transport=CaptureTransport(recorder))
    with client:
        answer: dict[str, object] = client.post(f"{server.url}/v1/chat/completions", json=BODY).json()
    return answer


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.mark.parametrize("library", ["httpx", "httpx2"])
def test_both_http_libraries_are_told_apart_by_their_requests(
    server: ModelServer, tmp_path: Path, library: str
) -> None:
    recorder = Recorder(tmp_path / "log.jsonl")
    assert post(server, recorder, library) == CHAT
    recorder.close()
    assert [row["response"] for row in lines(tmp_path / "log.jsonl")] == [CHAT]


@pytest.mark.parametrize("place", ["no/such/folder/log.jsonl", ".", "/dev/full"])
def test_a_file_that_cannot_be_written_costs_the_record_only(
    server: ModelServer, tmp_path: Path, place: str, caplog: pytest.LogCaptureFixture
) -> None:
    path = place if place.startswith("/") else str(tmp_path / place)
    if place == "/dev/full" and not Path(place).exists():
        pytest.skip("needs a device that is always full")
    recorder = Recorder(path)
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            assert post(server, recorder) == CHAT
        recorder.close()
    assert recorder.lost == 3
    assert len(caplog.records) == 1
    assert path in caplog.text


def test_a_file_that_is_moved_or_deleted_is_made_again(server: ModelServer, tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    recorder = Recorder(path)
    post(server, recorder)
    recorder.flush()
    path.rename(tmp_path / "log.1.jsonl")
    post(server, recorder)
    recorder.flush()
    path.unlink()
    post(server, recorder)
    recorder.close()
    assert (len(lines(path)), len(lines(tmp_path / "log.1.jsonl")), recorder.lost) == (1, 1, 0)


def test_half_a_line_spoils_no_other(server: ModelServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that fills up takes the first part of a line."""
    path = tmp_path / "log.jsonl"
    recorder = Recorder(path)
    real, calls = os.write, []

    def full_at_first(file: int, data: bytes) -> int:
        calls.append(data)
        return real(file, data[:20] if len(calls) == 1 else data)

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", full_at_first)
        for _ in range(2):
            post(server, recorder)
        recorder.close()
    first, second = path.read_text().splitlines()
    assert len(first) == 20
    assert json.loads(second)["response"] == CHAT
    assert recorder.lost == 1


def test_labels_that_raise_cost_the_labels(server: ModelServer, tmp_path: Path) -> None:
    def labels(_request: object) -> dict[str, object]:
        raise KeyError("tenant")

    recorder = Recorder(tmp_path / "log.jsonl", labels=labels)
    assert post(server, recorder) == CHAT
    recorder.close()
    assert len(lines(tmp_path / "log.jsonl")) == 1


def test_labels_may_come_from_the_request_but_never_replace_a_time(server: ModelServer, tmp_path: Path) -> None:
    def labels(request: Any) -> dict[str, object]:  # noqa: ANN401 - of either library
        return {"workload": request.url.path, "timestamp": 1}

    recorder = Recorder(tmp_path / "log.jsonl", labels=labels)
    post(server, recorder)
    recorder.close()
    (row,) = lines(tmp_path / "log.jsonl")
    assert row["workload"] == "/v1/chat/completions"
    assert row["timestamp"] != 1


def test_a_call_without_an_answer_is_raised_and_recorded(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "log.jsonl")
    with httpx2.Client(transport=CaptureTransport(recorder)) as client, pytest.raises(httpx2.ConnectError):
        client.post("http://127.0.0.1:9/v1/messages", json=BODY)
    recorder.close()
    (row,) = lines(tmp_path / "log.jsonl")
    assert row["error"] == "ConnectError"
    assert "response" not in row


def test_what_is_no_call_of_a_model_is_not_recorded(server: ModelServer, tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "log.jsonl")
    with httpx2.Client(transport=CaptureTransport(recorder)) as client:
        client.get(f"{server.url}/v1/models")
        client.post(f"{server.url}/v1/messages", content=iter([b"{}"]), headers={"content-length": "2"})
    recorder.close()
    assert not (tmp_path / "log.jsonl").exists()


def test_an_address_is_written_without_its_user_and_query(server: ModelServer, tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "log.jsonl")
    with httpx2.Client(transport=CaptureTransport(recorder)) as client:
        address = server.url.replace("http://", "http://user:pass@")
        client.post(f"{address}/v1/chat/completions?key=secret", json=BODY)
    recorder.close()
    text = (tmp_path / "log.jsonl").read_text()
    assert json.loads(text)["url"] == f"{server.url}/v1/chat/completions"
    assert "secret" not in text
    assert "pass" not in text


def test_calls_of_many_threads_are_whole_lines(server: ModelServer, tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "log.jsonl")
    threads = [threading.Thread(target=post, args=(server, recorder)) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    recorder.close()
    assert [row["response"] for row in lines(tmp_path / "log.jsonl")] == [CHAT] * 20


def test_more_than_memory_should_hold_is_lost_and_counted(
    server: ModelServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder_module, "MOST_WAITING_BYTES", 10)
    recorder = Recorder(tmp_path / "log.jsonl")
    assert post(server, recorder) == CHAT
    assert recorder.lost == 1


def _in_child(recorder: Recorder, url: str) -> None:
    with httpx2.Client(transport=CaptureTransport(recorder)) as client:
        client.post(f"{url}/v1/chat/completions", json=BODY)
    recorder.close()


@pytest.mark.skipif(sys.platform != "linux", reason="forks")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_fork_records_too(server: ModelServer, tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "log.jsonl")
    post(server, recorder)
    recorder.flush()
    child = multiprocessing.get_context("fork").Process(target=_in_child, args=(recorder, server.url))
    child.start()
    child.join(30)
    recorder.close()
    assert len(lines(tmp_path / "log.jsonl")) == 2


def test_a_setting_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="keep, hash, drop"):
        Recorder(tmp_path / "log.jsonl", prompts="mask")  # type: ignore[arg-type]  # the point


def test_nothing_heavy_is_imported() -> None:
    import subprocess

    code = (
        "import sys; before = set(sys.modules); import cachelens.capture;"
        "print(sorted({name.partition('.')[0] for name in set(sys.modules) - before} - set(sys.stdlib_module_names)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert done.stdout == "['cachelens']\n"


def test_a_request_of_a_class_of_ones_own_is_recorded(server: ModelServer, tmp_path: Path) -> None:
    class Request(httpx2.Request):
        """Derived, as clients do."""

    recorder = Recorder(tmp_path / "log.jsonl")
    with httpx2.Client(transport=CaptureTransport(recorder)) as client:
        answer = client.send(Request("POST", f"{server.url}/v1/chat/completions", json=BODY))
    recorder.close()
    assert answer.json() == CHAT
    assert [row["response"] for row in lines(tmp_path / "log.jsonl")] == [CHAT]


def test_a_response_that_cannot_be_followed_is_lost_and_counted(tmp_path: Path) -> None:
    class Odd(httpx2.BaseTransport):
        """Answers with something that is no response of the library."""

        def handle_request(self, _request: httpx2.Request) -> Any:  # noqa: ANN401 - of no type on purpose
            return object()

    recorder = Recorder(tmp_path / "log.jsonl")
    request = httpx2.Request("POST", "http://host/v1/messages", json=BODY)
    assert CaptureTransport(recorder, Odd()).handle_request(request) is not None
    recorder.close()
    assert recorder.lost == 1
