"""LiteLLM hands its calls to the callback. Skipped where it is not installed: it pins what others need newer."""

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import pytest

from cachelens.capture import Recorder, litellm_callback
from tests.apart import run_apart
from tests.capture.server import model_server

litellm: Any = pytest.importorskip("litellm")


@pytest.mark.filterwarnings("ignore")
def test_calls_become_lines(tmp_path: Path) -> None:
    """Whole and streamed, sync and async; in one test, as LiteLLM takes one callback of a class for good."""
    recorder = Recorder(tmp_path / "calls.jsonl", labels={"workload": "bikes"})
    litellm.callbacks = [litellm_callback(recorder)]
    with model_server() as server:
        asked = {
            "model": "openai/gpt-5.5",
            "messages": [{"role": "user", "content": "Hi"}],
            "api_base": f"{server.url}/v1",
            "api_key": "sk-secret",
        }
        litellm.completion(**asked)
        assert list(litellm.completion(**asked, stream=True, stream_options={"include_usage": True}))
        run_apart(_ask(asked))
        found = rows(tmp_path / "calls.jsonl", 4)
    recorder.close()
    assert [row["response"]["usage"]["prompt_tokens_details"]["cached_tokens"] for row in found] == [1024] * 4
    assert {(row["workload"], row["request"]["messages"][0]["content"]) for row in found} == {("bikes", "Hi")}
    assert "sk-secret" not in json.dumps(found)


async def _ask(asked: dict[str, Any]) -> None:
    await litellm.acompletion(**asked)
    async for _ in await litellm.acompletion(**asked, stream=True, stream_options={"include_usage": True}):
        pass
    await asyncio.sleep(2)


def rows(path: Path, count: int) -> list[dict[str, Any]]:
    """Wait for the lines: LiteLLM calls back from a thread of its own."""
    found: list[str] = []
    for _ in range(100):
        found = path.read_text().splitlines() if path.exists() else []
        if len(found) >= count:
            break
        time.sleep(0.1)
    return [json.loads(line) for line in found]
