"""A local model API: answers in three dialects, whole or streamed, and waits where a test says so."""

import gzip
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

CHAT: dict[str, Any] = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1_791_187_200,
    "model": "gpt-5.5",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hello there"}, "finish_reason": "stop"}],
    "usage": {
        "prompt_tokens": 1200,
        "completion_tokens": 5,
        "total_tokens": 1205,
        "prompt_tokens_details": {"cached_tokens": 1024},
    },
}
MESSAGE: dict[str, Any] = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "model": "claude-sonnet-5",
    "content": [{"type": "text", "text": "Hello there"}],
    "stop_reason": "end_turn",
    "stop_sequence": None,
    "usage": {
        "input_tokens": 20,
        "output_tokens": 5,
        "cache_read_input_tokens": 1000,
        "cache_creation_input_tokens": 0,
    },
}
GEMINI: dict[str, Any] = {
    "candidates": [{"content": {"role": "model", "parts": [{"text": "Hello there"}]}, "finishReason": "STOP"}],
    "usageMetadata": {
        "promptTokenCount": 1300,
        "candidatesTokenCount": 5,
        "totalTokenCount": 1305,
        "cachedContentTokenCount": 1024,
    },
    "modelVersion": "gemini-2.5-flash",
    "responseId": "g-1",
}


def chat_events() -> list[str]:
    chunk = {"id": "chatcmpl-2", "object": "chat.completion.chunk", "created": 1, "model": "gpt-5.5"}
    deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}, {"content": "Hello "}, {"content": "there"}]
    rows = [{**chunk, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]} for delta in deltas]
    rows.append({**chunk, "choices": [], "usage": CHAT["usage"]})
    return [f"data: {json.dumps(row)}\n\n" for row in rows] + ["data: [DONE]\n\n"]


def message_events() -> list[str]:
    start = {**MESSAGE, "id": "msg_2", "content": [], "stop_reason": None}
    rows: list[dict[str, Any]] = [
        {"type": "message_start", "message": start},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Hello there"}},
        {"type": "content_block_stop", "index": 0},
        {
            "type": "message_delta",
            "delta": {"stop_reason": "end_turn", "stop_sequence": None},
            "usage": {"output_tokens": 5},
        },
        {"type": "message_stop"},
    ]
    return [f"event: {row['type']}\ndata: {json.dumps(row)}\n\n" for row in rows]


def gemini_events() -> list[str]:
    return [f"data: {json.dumps(GEMINI)}\n\n"]


class ModelServer(ThreadingHTTPServer):
    """Counts the requests; `go_on` holds the rest of every stream back until it is set."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.go_on = threading.Event()
        self.go_on.set()
        self.packed = False
        self.failing = False
        self.seen: list[bytes] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: ModelServer

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.seen.append(body)
        if self.server.failing:
            self._send({"error": {"message": "overloaded", "type": "overloaded_error"}}, 400)
        elif "streamGenerateContent" in self.path:
            self._stream(gemini_events())
        elif "generateContent" in self.path:
            self._send(GEMINI)
        else:
            chat = "chat/completions" in self.path
            if json.loads(body).get("stream"):
                self._stream(chat_events() if chat else message_events())
            else:
                self._send(CHAT if chat else MESSAGE)

    def do_GET(self) -> None:
        self._send({"data": []})

    def _send(self, value: dict[str, Any], status: int = 200) -> None:
        data = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        if self.server.packed:
            data = gzip.compress(data)
            self.send_header("content-encoding", "gzip")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _stream(self, events: list[str]) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        for number, event in enumerate(events):
            if number == 3:
                self.server.go_on.wait(20)
            data = event.encode()
            self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
            self.wfile.flush()
        self.wfile.write(b"0\r\n\r\n")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as the base class has it
        pass


@contextmanager
def model_server() -> Iterator[ModelServer]:
    server = ModelServer()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.go_on.set()
        server.shutdown()
        server.server_close()
        thread.join(10)
