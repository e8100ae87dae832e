"""Appends calls to a file, in a thread of its own, and never lets a fault of it reach the caller."""

from __future__ import annotations

import atexit
import logging
import os
import queue
import threading
import time
import weakref
from collections.abc import Callable, Mapping
from typing import Literal

from cachelens.capture.call import Call
from cachelens.capture.lines import line_of

Prompts = Literal["keep", "hash", "drop"]
Labels = Mapping[str, object] | Callable[[object], Mapping[str, object]]
"""Fields for every line, such as `workload` and `session_id`; or what gives them for a request of the HTTP library."""
MOST_WAITING_BYTES = 64 << 20
"""Calls beyond this, while the disk is slower than the API, are counted as lost."""
_FLUSH_SECONDS = 5.0
_PRIVATE = 0o600
_log = logging.getLogger("cachelens.capture")


class Recorder:
    """Writes calls to one file, which several transports may share.

    `prompts` says what becomes of text: `keep`; `hash`, which replaces every line of it by a keyed hash as long as the
    line, so that equal text stays equal; or `drop`, which leaves counts and names of models. `salt` is the key of the
    hashes: without one, short texts can be guessed. What cannot be written is lost, counted in `lost`, and told once to
    the logger `cachelens.capture`. The file is readable by its owner only, and is opened again when it was moved.
    """

    def __init__(
        self, path: str | os.PathLike[str], *, prompts: Prompts = "keep", salt: str = "", labels: Labels | None = None
    ) -> None:
        if prompts not in {"keep", "hash", "drop"}:
            raise ValueError(f"prompts={prompts!r} is not one of keep, hash, drop")
        self.path = os.fspath(path)
        self.lost = 0
        """Calls that could not be written."""
        self._prompts: Prompts = prompts
        self._salt = salt.encode()
        self._labels = labels
        self._told = False
        self._torn = False
        """True where the last line was written in part."""
        self._file = -1
        self._place = (0, 0)
        self._start()
        atexit.register(_flush, weakref.ref(self))

    def _start(self) -> None:
        self._process = os.getpid()
        self._waiting: queue.SimpleQueue[Call | threading.Event | None] = queue.SimpleQueue()
        self._waiting_bytes = 0
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    def labels_of(self, request: object) -> Mapping[str, object]:
        """Return the fields of a request; a fault in the caller's own function costs the fields."""
        try:
            return self._labels(request) if callable(self._labels) else self._labels or {}
        except Exception as error:  # noqa: BLE001 - the call goes on whatever happens here
            self._tell(f"labels raised {type(error).__name__}")
            return {}

    def write(self, call: Call) -> None:
        """Hand a call over; returns at once and never raises."""
        try:
            if self._process != os.getpid():
                self._start()  # threads do not survive a fork
            size = call.size
            if self._waiting_bytes + size > MOST_WAITING_BYTES:
                self.lose("calls come faster than they can be written")
                return
            self._waiting_bytes += size
            self._waiting.put(call)
            if self._thread is None:
                self._begin()
        except Exception as error:  # noqa: BLE001 - the call goes on whatever happens here
            self.lose(type(error).__name__)

    def flush(self, seconds: float = _FLUSH_SECONDS) -> bool:
        """Wait until everything handed over so far was written; say whether that was in time."""
        if self._thread is None or self._process != os.getpid():
            return True
        done = threading.Event()
        self._waiting.put(done)
        return done.wait(seconds)

    def close(self) -> None:
        """Write what waits, and close the file. A later call opens it again."""
        self.flush()
        thread, self._thread = self._thread, None
        if thread is not None and self._process == os.getpid():
            self._waiting.put(None)
            thread.join(_FLUSH_SECONDS)

    def _begin(self) -> None:
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="cachelens-capture", daemon=True)
                self._thread.start()

    def _work(self) -> None:
        while (item := self._waiting.get()) is not None:
            if isinstance(item, threading.Event):
                item.set()
                continue
            try:
                self._append(line_of(item, self._prompts, self._salt))
            except Exception as error:  # noqa: BLE001 - the next call may be written
                self.lose(f"{type(error).__name__}: {getattr(error, 'strerror', None) or 'the call is left out'}")
                self._shut()
            finally:
                self._waiting_bytes -= item.size
        self._shut()

    def _append(self, line: bytes) -> None:
        """Write one line with one call, so that lines of several processes do not mix."""
        if self._file < 0 or not self._is_in_place():
            self._shut()
            self._file = os.open(
                self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), _PRIVATE
            )
            found = os.fstat(self._file)
            self._place = (found.st_dev, found.st_ino)
        data = b"\n" + line if self._torn else line
        written = os.write(self._file, data)
        self._torn = 0 < written < len(data)
        if written < len(data):
            raise OSError(0, "the line was written in part")

    def _is_in_place(self) -> bool:
        """Say whether the path still leads to the open file."""
        try:
            found = os.stat(self.path)
        except OSError:
            return False
        return (found.st_dev, found.st_ino) == self._place

    def _shut(self) -> None:
        file, self._file = self._file, -1
        if file >= 0:
            try:
                os.close(file)
            except OSError:
                return

    def lose(self, why: str) -> None:
        """Count a call that cannot be written; the first reason is told."""
        self.lost += 1
        self._tell(why)

    def _tell(self, why: str) -> None:
        if not self._told:
            self._told = True
            _log.warning("%s: %s; further faults are only counted", self.path, why)


def now_ns() -> int:
    """Return the time in nanoseconds UTC."""
    return time.time_ns()


def _flush(recorder: weakref.ref[Recorder]) -> None:
    kept = recorder()
    if kept is not None:
        kept.flush()
