"""A transport that hands every call on to another one and writes down what passes. For httpx and httpx2 alike.

The library is told by the request, so that nothing is imported here: what a client of httpx sends goes through
`httpx.HTTPTransport`, and its response keeps the classes of httpx.
"""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, Any, Self

from cachelens.capture.call import Call
from cachelens.capture.recorder import Labels, Prompts, Recorder, now_ns

_LIBRARIES = ("httpx", "httpx2")
_JSON = "application/json"
_LONGEST_BODY = 32 << 20
"""Bytes of a response that are kept."""
Path = str | os.PathLike[str]


if TYPE_CHECKING:
    _Transport = Any
    """A type checker takes this for a transport of httpx and for one of httpx2."""
else:
    _Transport = object


class _Capture:
    """What both transports share."""

    _default = ""
    """Name of the transport of the library that is used when no other one is given."""

    def __init__(
        self,
        destination: Recorder | Path,
        transport: Any = None,
        *,
        prompts: Prompts = "keep",
        salt: str = "",
        labels: Labels | None = None,
    ) -> None:
        """Take a file, or a recorder that has its own settings, and the transport that does the work.

        Without one it is the library's own, with its defaults.
        """
        shared = isinstance(destination, Recorder)
        self.recorder = (
            destination
            if isinstance(destination, Recorder)
            else Recorder(destination, prompts=prompts, salt=salt, labels=labels)
        )
        self._owns_recorder = not shared
        self._transport = transport

    def _wrapped(self, request: object) -> Any:
        if self._transport is None:
            self._transport = getattr(_library_of(request), self._default)()
        return self._transport

    def _begin(self, request: Any) -> Call | None:
        """Take note of a request; `None` for one that is no call of a model. Never raises."""
        started = now_ns()
        try:
            if request.method != "POST" or not request.headers.get("content-type", "").startswith(_JSON):
                return None
            url = request.url
            port = f":{url.port}" if url.port else ""
            place = f"{url.scheme}://{url.host}{port}{url.path}"
            return Call(started, place, request.content, self.recorder.labels_of(request))
        except Exception:  # noqa: BLE001 - such as a body that is itself a stream; the call goes on
            return None

    def _failed(self, call: Call | None, error: BaseException) -> None:
        if call is not None:
            call.error = type(error).__name__
            self._finish(call)

    def _finish(self, call: Call) -> None:
        if not call.ended_ns:
            call.ended_ns = now_ns()
            self.recorder.write(call)

    def _watch(self, call: Call, response: Any, base: str) -> None:
        """Let the body of a response pass through a stream that keeps it. Never raises."""
        try:
            call.status = response.status_code
            call.content_type = response.headers.get("content-type", "")
            call.encoding = response.headers.get("content-encoding", "")
            if hasattr(response, "_content"):  # made by hand, as in tests: there is nothing left to stream
                call.encoding = ""
                call.pieces.append((now_ns(), response.content))
                self._finish(call)
                return
            kind = getattr(_library_of(response), base)
            make = _sync_stream if base == "SyncByteStream" else _async_stream
            response.stream = make(kind)(response.stream, call, self._finish)
        except Exception as error:  # noqa: BLE001 - the response is the caller's, whatever happens here
            self.recorder.lose(type(error).__name__)

    def _close(self) -> None:
        if self._owns_recorder:
            self.recorder.close()


class CaptureTransport(_Capture, _Transport):  # type: ignore[misc, unused-ignore]  # a base of any type
    """For `httpx.Client(transport=...)` and `httpx2.Client(transport=...)`."""

    _default = "HTTPTransport"

    def handle_request(self, request: Any) -> Any:
        """Send a request as the wrapped transport does, and record it."""
        call = self._begin(request)
        try:
            response = self._wrapped(request).handle_request(request)
        except BaseException as error:
            self._failed(call, error)
            raise
        if call is not None:
            self._watch(call, response, "SyncByteStream")
        return response

    def close(self) -> None:
        """Close the wrapped transport, and write what waits."""
        if self._transport is not None:
            self._transport.close()
        self._close()

    def __enter__(self) -> Self:
        if self._transport is not None:
            self._transport.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        if self._transport is not None:
            self._transport.__exit__(*error)
        self._close()


class AsyncCaptureTransport(_Capture, _Transport):  # type: ignore[misc, unused-ignore]  # as above
    """For `httpx.AsyncClient(transport=...)` and `httpx2.AsyncClient(transport=...)`."""

    _default = "AsyncHTTPTransport"

    async def handle_async_request(self, request: Any) -> Any:
        """Send a request as the wrapped transport does, and record it."""
        call = self._begin(request)
        try:
            response = await self._wrapped(request).handle_async_request(request)
        except BaseException as error:
            self._failed(call, error)
            raise
        if call is not None:
            self._watch(call, response, "AsyncByteStream")
        return response

    async def aclose(self) -> None:
        """Close the wrapped transport, and write what waits."""
        if self._transport is not None:
            await self._transport.aclose()
        self._close()

    async def __aenter__(self) -> Self:
        if self._transport is not None:
            await self._transport.__aenter__()
        return self

    async def __aexit__(self, *error: object) -> None:
        if self._transport is not None:
            await self._transport.__aexit__(*error)
        self._close()


def _library_of(thing: object) -> Any:
    """Return the module that a request or response, or the class that it is derived from, comes from."""
    names = (kind.__module__.partition(".")[0] for kind in type(thing).__mro__)
    return sys.modules[next(name for name in names if name in _LIBRARIES)]


class _Kept:
    """Keeps the pieces of a body as they pass."""

    def __init__(self, stream: Any, call: Call, finish: Any) -> None:
        self._stream = stream
        self._call = call
        self._finish = finish
        self._room = _LONGEST_BODY

    def _keep(self, piece: bytes) -> None:
        self._room -= len(piece)
        if self._room >= 0:
            self._call.pieces.append((now_ns(), piece))

    def _broken(self, error: BaseException) -> None:
        if not isinstance(error, GeneratorExit):  # the caller has seen enough
            self._call.error = type(error).__name__


@functools.cache
def _sync_stream(base: type) -> type:
    class Stream(_Kept, base):  # type: ignore[misc]  # the base is known at run time only
        def __iter__(self) -> Iterator[bytes]:
            try:
                for piece in self._stream:
                    self._keep(piece)
                    yield piece
            except BaseException as error:
                self._broken(error)
                raise

        def close(self) -> None:
            try:
                self._stream.close()
            finally:
                self._finish(self._call)

    return Stream


@functools.cache
def _async_stream(base: type) -> type:
    class Stream(_Kept, base):  # type: ignore[misc]  # the base is known at run time only
        async def __aiter__(self) -> AsyncIterator[bytes]:
            try:
                async for piece in self._stream:
                    self._keep(piece)
                    yield piece
            except BaseException as error:
                self._broken(error)
                raise

        async def aclose(self) -> None:
            try:
                await self._stream.aclose()
            finally:
                self._finish(self._call)

    return Stream
