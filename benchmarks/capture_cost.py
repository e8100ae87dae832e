"""What recording adds to a call: the same calls with and without it, in turn, through a transport that answers at once.

    python benchmarks/capture_cost.py [--calls 2000] [--kilobytes 12]

Prints the median time of a call without and with `cachelens.capture`, and the median difference of neighbours. Writing
goes on in its own thread meanwhile, so what it takes from the caller is in the figures.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path

import httpx

from cachelens.capture import CaptureTransport

ANSWER = (
    b'{"id":"chatcmpl-1","object":"chat.completion","model":"gpt-5.5","choices":[{"index":0,"message":{"role":"assistant",'
    b'"content":"Hello"},"finish_reason":"stop"}],"usage":{"prompt_tokens":2500,"completion_tokens":5}}'
)


class _Body(httpx.SyncByteStream):
    def __iter__(self) -> object:  # type: ignore[override]  # one piece
        yield ANSWER


class _Instant(httpx.BaseTransport):
    """Answers at once, as a stream, so that the answer passes through the recorder as one from a socket does."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers={"content-type": "application/json"}, stream=_Body())


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=2_000)
    parser.add_argument("--kilobytes", type=int, default=12)
    options = parser.parse_args()
    body = {"model": "gpt-5.5", "messages": [{"role": "user", "content": "x" * 1000 * options.kilobytes}]}
    with tempfile.TemporaryDirectory() as folder:
        capture = CaptureTransport(Path(folder, "log.jsonl"), _Instant())
        clients = {"without": httpx.Client(transport=_Instant()), "with": httpx.Client(transport=capture)}
        times: dict[str, list[float]] = {name: [] for name in clients}
        for _ in range(options.calls):
            for name, client in clients.items():
                start = time.perf_counter()
                client.post("https://api.openai.com/v1/chat/completions", json=body)
                times[name].append((time.perf_counter() - start) * 1e6)
        capture.recorder.close()
    for name, taken in times.items():
        print(f"{name:8} {statistics.median(taken):7.0f} us")
    added = [one - other for one, other in zip(times["with"], times["without"], strict=True)]
    print(f"added    {statistics.median(added):7.0f} us at the median, {capture.recorder.lost} lost")


if __name__ == "__main__":
    main()
