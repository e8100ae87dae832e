"""One function call in a second process, beside what the first one does."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any, Generic, ParamSpec, Self, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Beside(Generic[T]):
    """Starts a call when entered; leaving the block ends its process, whether it is done or not.

    Forks where the system can: the child then needs no second start, and shares what is loaded.
    """

    def __init__(self, function: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> None:
        method = "fork" if "fork" in multiprocessing.get_all_start_methods() else "spawn"
        context: Any = multiprocessing.get_context(method)
        self._answer, sender = context.Pipe(duplex=False)
        self._process = context.Process(target=_call, args=(sender, function, arguments, named), daemon=True)
        self._sender: Connection = sender

    def __enter__(self) -> Self:
        self._process.start()
        self._sender.close()
        return self

    def result(self) -> T:
        """Wait for the answer. An error of the call is raised here; a process that died is a `ChildProcessError`."""
        try:
            error, answer = self._answer.recv()
        except EOFError:
            self._process.join()
            raise ChildProcessError(f"a process ended early, with exit code {self._process.exitcode}") from None
        if error is not None:
            raise error
        result: T = answer
        return result

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self._process.terminate()
        self._process.join()
        self._answer.close()


def _call(
    sender: Connection, function: Callable[..., object], arguments: tuple[Any, ...], named: dict[str, Any]
) -> None:
    try:
        answer = (None, function(*arguments, **named))
    except Exception as error:  # noqa: BLE001 - raised again in the first process
        sender.send((error, None))
    else:
        sender.send(answer)
    sender.close()
