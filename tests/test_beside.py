"""A call in a second process: forked or fresh, it answers, fails and tells how far it is alike."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time

import pytest

from cachelens.beside import Beside, Tell, can_fork, can_start
from cachelens.errors import InputError

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
WAYS = [pytest.param(True, id="forked", marks=needs_fork), pytest.param(False, id="fresh")]


def double(tell: Tell, number: int) -> int:
    for _ in range(3):
        tell(number)
    print("must not disturb the answer")  # noqa: T201 - what a library might do
    return 2 * number


def refuse(_tell: Tell) -> None:
    raise InputError("no", hint="ask another")


def die(_tell: Tell) -> None:
    os._exit(7)


def sleep(_tell: Tell) -> None:
    time.sleep(600)


@pytest.mark.parametrize("fork", WAYS)
def test_it_answers_and_tells(fork: bool) -> None:
    told: list[int] = []
    with Beside(double, 21, fork=fork) as other:
        told.append(other.news())
        assert other.result(told.append) == 42
    assert sum(told) == 63


@needs_fork
def test_news_come_without_waiting_and_do_not_swallow_the_answer() -> None:
    with Beside(double, 21, fork=True) as other:
        total = 0
        deadline = time.monotonic() + 60
        while total < 63 and time.monotonic() < deadline:
            total += other.news()
        assert total == 63
        time.sleep(0.2)
        assert other.news() == 0
        assert other.result() == 42


@pytest.mark.parametrize("fork", WAYS)
def test_an_error_is_raised_here(fork: bool) -> None:
    with Beside(refuse, fork=fork) as other, pytest.raises(InputError, match="no") as error:
        other.result()
    assert error.value.hint == "ask another"


@pytest.mark.parametrize("fork", WAYS)
def test_a_process_that_dies_is_an_error(fork: bool) -> None:
    with Beside(die, fork=fork) as other, pytest.raises(ChildProcessError, match="exit code 7"):
        other.result()


@pytest.mark.parametrize("fork", WAYS)
def test_an_error_outside_ends_the_other_process(fork: bool) -> None:
    began = time.monotonic()
    with pytest.raises(KeyError), Beside(sleep, fork=fork):
        raise KeyError
    assert time.monotonic() - began < 60


def test_no_fork_beside_other_threads() -> None:
    done = threading.Event()
    thread = threading.Thread(target=done.wait)
    thread.start()
    assert not can_fork()
    done.set()
    thread.join()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the default is a fresh interpreter")
@pytest.mark.parametrize(("method", "expected"), [("fork", True), ("spawn", False)])
def test_the_start_method_that_a_program_chose_is_respected(method: str, expected: bool) -> None:
    script = (
        "import multiprocessing; from cachelens.beside import can_fork; "
        f"multiprocessing.set_start_method({method!r}); print(can_fork())"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(expected)


def test_other_systems_do_not_fork(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert not can_fork()


def test_a_program_that_is_its_own_interpreter_starts_none(monkeypatch: pytest.MonkeyPatch) -> None:
    assert can_start()
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert not can_start()
