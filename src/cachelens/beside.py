"""One function call in a second process, beside what the first one does.

Where it is safe the process is forked: it then needs no second start, and shares what is loaded. Elsewhere it is a
fresh interpreter. That one does not import the main module, so a script without a `__main__` guard may ask for it.
"""

from __future__ import annotations

import contextlib
import pickle
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any, Generic, Protocol, Self, TypeVar

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

T = TypeVar("T")
Tell = Callable[[int], None]
"""Sends a number to the first process. Only some hundreds find room before that one listens."""
_SERVE = "import sys; sys.path[:] = {path!r}; from cachelens.beside import serve; serve()"


class Beside(Generic[T]):
    """Starts a call when entered; leaving the block ends its process, whether it is done or not."""

    def __init__(self, function: Callable[..., T], *arguments: object, fork: bool | None = None) -> None:
        """Take a function of a module, and what follows `Tell` among its arguments, all of which can be pickled.

        `fork` `None` chooses. A caller that knows of threads in compiled code must say `False`: they do not survive.
        """
        self._call = (function, arguments)
        self._fork = can_fork() if fork is None else fork
        self._process: _Process

    def __enter__(self) -> Self:
        self._process = _Forked(self._call) if self._fork else _Fresh(self._call)
        return self

    def news(self) -> int:
        """Return the sum of the numbers that have come since the last call, without waiting."""
        return self._process.news()

    def result(self, told: Tell = lambda _number: None) -> T:
        """Wait for the answer, and pass on every number that comes before it.

        An error of the call is raised here; a process that died is a `ChildProcessError`.
        """
        while True:
            try:
                kind, value = self._process.receive()
            except (EOFError, OSError, pickle.UnpicklingError):
                raise ChildProcessError(f"a process ended early, with exit code {self._process.end()}") from None
            if kind == _TOLD:
                told(value)
            elif kind == _FAILED:
                raise value
            else:
                result: T = value
                return result

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self._process.stop()
        self._process.end()


def can_fork() -> bool:
    """Say whether a fork is what this system and process are made for: Linux, one Python thread, no other wish."""
    import multiprocessing

    return (
        sys.platform == "linux"
        and multiprocessing.get_start_method(allow_none=True) in (None, "fork")
        and threading.active_count() == 1
        and not multiprocessing.current_process().daemon
    )


def can_start() -> bool:
    """Say whether a fresh interpreter can be started at all: not where the program is its own interpreter."""
    return bool(sys.executable) and not getattr(sys, "frozen", False)


_TOLD, _FAILED, _DONE = range(3)
_Call = tuple[Callable[..., object], tuple[object, ...]]
_Message = tuple[int, Any]


def _answer(call: _Call, send: Callable[[_Message], None]) -> None:
    function, arguments = call
    try:
        answer = (_DONE, function(lambda number: send((_TOLD, number)), *arguments))
    except Exception as error:  # noqa: BLE001 - raised again in the first process
        answer = (_FAILED, error)
    send(answer)


class _Process(Protocol):
    """A second process at work."""

    def news(self) -> int: ...
    def receive(self) -> _Message: ...
    def stop(self) -> None: ...
    def end(self) -> int | None: ...


class _Forked:
    """A copy of this process."""

    def __init__(self, call: _Call) -> None:
        import multiprocessing

        context: Any = multiprocessing.get_context("fork")
        self._answers: Connection
        self._answers, sender = context.Pipe(duplex=False)
        self._process = context.Process(target=_answer, args=(call, sender.send), daemon=True)
        with warnings.catch_warnings():
            # Python 3.12 counts the idle threads of the numerical library, which looks after forks itself.
            warnings.simplefilter("ignore", DeprecationWarning)
            self._process.start()
        sender.close()
        self._waiting: _Message | None = None

    def news(self) -> int:
        total = 0
        while self._waiting is None and self._answers.poll():
            try:
                message = self.receive()
            except EOFError:
                break
            if message[0] == _TOLD:
                total += message[1]
            else:
                self._waiting = message
        return total

    def receive(self) -> _Message:
        if self._waiting is not None:
            return self._waiting
        message: _Message = self._answers.recv()
        return message

    def stop(self) -> None:
        self._process.terminate()

    def end(self) -> int | None:
        self._process.join()
        self._answers.close()
        code: int | None = self._process.exitcode
        return code


class _Fresh:
    """A new interpreter, which is asked on its standard input and answers on its standard output."""

    def __init__(self, call: _Call) -> None:
        command = [sys.executable, "-c", _SERVE.format(path=sys.path)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # noqa: S603 - this program
        assert self._process.stdin is not None and self._process.stdout is not None  # noqa: S101, PT018 - pipes
        self._answers: IO[bytes] = self._process.stdout
        with contextlib.suppress(BrokenPipeError), self._process.stdin as asked:
            pickle.dump(call, asked)

    def news(self) -> int:
        return 0

    def receive(self) -> _Message:
        message: _Message = pickle.load(self._answers)  # noqa: S301 - from this program
        return message

    def stop(self) -> None:
        self._process.terminate()

    def end(self) -> int | None:
        self._answers.close()
        return self._process.wait()


def serve() -> None:
    """Answer the call that stands on standard input. What else is printed goes to standard error."""
    answers = sys.stdout.buffer
    sys.stdout = sys.stderr
    call: _Call = pickle.load(sys.stdin.buffer)  # noqa: S301 - from the first process

    def send(message: _Message) -> None:
        pickle.dump(message, answers, protocol=pickle.HIGHEST_PROTOCOL)
        answers.flush()

    _answer(call, send)
