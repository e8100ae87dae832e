"""The SDKs of three providers through the transport, against a local server: nothing is lost, nothing is delayed."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import anthropic
import httpx2
import openai
import pytest
from google import genai
from google.genai import types

from cachelens.app import metrics
from cachelens.capture import AsyncCaptureTransport, CaptureTransport
from cachelens.capture.recorder import Prompts
from cachelens.model.record import RequestRecord
from cachelens.sources.reading import ReadOptions, discover, read_shard, shards
from tests.apart import run_apart
from tests.capture.server import ModelServer, model_server

KEY = "sk-very-secret-0123456789"
SYSTEM = "You help people with their bicycles."


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with model_server() as one:
        yield one


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "calls.jsonl"


def records(log: Path) -> list[RequestRecord]:
    (opened,) = discover([str(log)])
    found = list(read_shard(shards(opened)[0], ReadOptions()))
    assert all(isinstance(record, RequestRecord) for record in found), found
    return [record for record in found if isinstance(record, RequestRecord)]


def call_openai(server: ModelServer, transport: CaptureTransport, **more: Any) -> Any:  # noqa: ANN401 - a completion or a stream
    with openai.OpenAI(
        api_key=KEY, base_url=f"{server.url}/v1", max_retries=0, http_client=httpx2.Client(transport=transport)
    ) as client:
        made: Any = client.chat.completions.create(
            model="gpt-5.5", messages=[{"role": "system", "content": SYSTEM}, {"role": "user", "content": "Hi"}], **more
        )
        return [chunk for chunk in made] if more.get("stream") else made  # noqa: C416 - a stream is read to its end


def call_anthropic(server: ModelServer, transport: CaptureTransport, **more: Any) -> Any:  # noqa: ANN401 - as above
    with anthropic.Anthropic(
        api_key=KEY, base_url=server.url, max_retries=0, http_client=httpx2.Client(transport=transport)
    ) as client:
        made: Any = client.messages.create(
            model="claude-sonnet-5",
            max_tokens=100,
            system=[{"type": "text", "text": SYSTEM, "cache_control": {"type": "ephemeral"}}],
            messages=[{"role": "user", "content": "Hi"}],
            **more,
        )
        return [event for event in made] if more.get("stream") else made  # noqa: C416 - as above


def call_google(server: ModelServer, transport: CaptureTransport, *, stream: bool = False) -> Any:  # noqa: ANN401 - as above
    options = types.HttpOptions(base_url=server.url, client_args={"transport": transport})
    client = genai.Client(api_key=KEY, http_options=options)
    settings = types.GenerateContentConfig(system_instruction=SYSTEM)
    if stream:
        return list(client.models.generate_content_stream(model="gemini-2.5-flash", contents="Hi", config=settings))
    return client.models.generate_content(model="gemini-2.5-flash", contents="Hi", config=settings)


CALLS: dict[str, tuple[Callable[..., Any], str, tuple[int, int]]] = {
    "openai": (call_openai, "gpt-5.5", (176, 1024)),
    "anthropic": (call_anthropic, "claude-sonnet-5", (20, 1000)),
    "google": (call_google, "gemini-2.5-flash", (276, 1024)),
}


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("sdk", CALLS)
def test_a_call_becomes_a_request_with_its_usage_and_prompt(
    server: ModelServer, log: Path, sdk: str, *, stream: bool
) -> None:
    call, model, (plain, read) = CALLS[sdk]
    transport = CaptureTransport(log, labels={"workload": "bikes", "session_id": "s1"})
    call(server, transport, **({"stream": True} if stream else {}))
    transport.recorder.close()
    (record,) = records(log)
    assert record.usage is not None
    assert (record.model, record.workload, record.session) == (model, "bikes", "s1")
    assert (record.usage.uncached_input, record.usage.cache_read, record.usage.output) == (plain, read, 5)
    assert record.arrived_us is not None
    assert record.end_us is not None
    assert record.arrived_us <= record.end_us
    assert (record.first_token_us is not None) is stream
    assert record.expand is not None
    told = b"".join(segment.data for part in record.parts for segment in record.expand(part))
    assert SYSTEM.encode() in told
    assert metrics([str(log)]).total.read_tokens == read


@pytest.mark.parametrize("sdk", CALLS)
def test_no_header_and_no_key_is_written(server: ModelServer, log: Path, sdk: str) -> None:
    transport = CaptureTransport(log)
    CALLS[sdk][0](server, transport)
    transport.recorder.close()
    text = log.read_text()
    assert KEY not in text
    assert "?" not in json.loads(text)["url"]
    assert log.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("prompts", ["hash", "drop"])
@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("sdk", CALLS)
def test_prompts_can_be_left_out_and_counts_stay(
    server: ModelServer,
    log: Path,
    sdk: str,
    prompts: Prompts,
    *,
    stream: bool,
) -> None:
    call, model, (plain, read) = CALLS[sdk]
    transport = CaptureTransport(log, prompts=prompts, salt="pepper")
    for _ in range(2):
        call(server, transport, **({"stream": True} if stream else {}))
    transport.recorder.close()
    text = log.read_text()
    assert "bicycles" not in text
    assert "there" not in text
    one, two = records(log)
    assert one.usage is not None
    assert (one.model, one.usage.uncached_input, one.usage.cache_read) == (model, plain, read)
    assert bool(one.parts) is (prompts == "hash")
    assert [bytes(part.raw) for part in one.parts] == [bytes(part.raw) for part in two.parts]


def test_no_piece_of_a_stream_waits_for_a_later_one(server: ModelServer, log: Path) -> None:
    """The server sends the rest only once the first words have arrived."""
    server.go_on.clear()
    transport = CaptureTransport(log)
    client = openai.OpenAI(api_key=KEY, base_url=f"{server.url}/v1", http_client=httpx2.Client(transport=transport))
    words = []
    for chunk in client.chat.completions.create(
        model="gpt-5.5", messages=[{"role": "user", "content": "Hi"}], stream=True
    ):
        words += [choice.delta.content for choice in chunk.choices if choice.delta.content]
        if words == ["Hello ", "there"]:
            server.go_on.set()
    assert words == ["Hello ", "there"]
    assert server.go_on.is_set()
    transport.recorder.close()
    (record,) = records(log)
    assert record.first_token_us is not None
    assert record.end_us is not None
    assert record.first_token_us < record.end_us


def test_the_asynchronous_clients_too(server: ModelServer, log: Path) -> None:
    transport = AsyncCaptureTransport(log)

    async def calls() -> None:
        async with openai.AsyncOpenAI(
            api_key=KEY, base_url=f"{server.url}/v1", http_client=httpx2.AsyncClient(transport=transport)
        ) as client:
            await client.chat.completions.create(model="gpt-5.5", messages=[{"role": "user", "content": "Hi"}])
            stream = await client.chat.completions.create(
                model="gpt-5.5", messages=[{"role": "user", "content": "Hi"}], stream=True
            )
            assert len([chunk async for chunk in stream]) == 4

    run_apart(calls())
    assert [record.usage is not None and record.usage.cache_read for record in records(log)] == [1024, 1024]


def test_an_answer_of_an_error_costs_nothing_in_the_log(server: ModelServer, log: Path) -> None:
    server.failing = True
    transport = CaptureTransport(log)
    with pytest.raises(openai.BadRequestError):
        call_openai(server, transport)
    transport.recorder.close()
    (opened,) = discover([str(log)])
    (skip,) = read_shard(shards(opened)[0], ReadOptions())
    assert getattr(skip, "reason", "") == "failed call"


def test_a_packed_answer_is_unpacked(server: ModelServer, log: Path) -> None:
    server.packed = True
    transport = CaptureTransport(log)
    call_openai(server, transport)
    transport.recorder.close()
    (record,) = records(log)
    assert record.usage is not None
    assert record.usage.cache_read == 1024
