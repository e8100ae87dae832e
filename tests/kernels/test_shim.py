"""When loops are compiled: not before there is enough for them to do, and without a difference in the results."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cachelens.kernels import shim


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> shim._Plain:
    """Loops that may take ten elements as they stand, and a compiler that marks what it compiles."""
    fresh = shim._Plain(10)
    monkeypatch.setattr(shim, "_plain", fresh)
    monkeypatch.setattr(
        shim, "_compiler", lambda: lambda function: lambda *arguments: ("compiled", function(*arguments))
    )
    return fresh


def test_loops_are_compiled_from_the_call_on_that_exceeds_the_work(plain: shim._Plain) -> None:
    loop: Any = shim.kernel(lambda values: int(values.sum()))
    four = np.ones(4, dtype=np.int64)
    assert [loop(four), loop(four)] == [4, 4]
    assert loop(four) == ("compiled", 4)
    assert loop(four[:1]) == ("compiled", 1)
    assert plain.left == 0


def test_what_a_loop_calls_is_part_of_it(plain: shim._Plain) -> None:
    inner: Any = shim.kernel(len)
    outer: Any = shim.kernel(lambda values: sum(inner(values) for _ in range(9)))
    assert outer(np.zeros(6)) == 54
    assert plain.left == 4


def test_an_error_in_a_loop_ends_it(plain: shim._Plain) -> None:
    loop: Any = shim.kernel(lambda number: 1 // number)
    with pytest.raises(ZeroDivisionError):
        loop(0)
    assert not plain.running


@pytest.mark.usefixtures("plain")
def test_much_work_ahead_is_compiled_at_once() -> None:
    shim.compile_now()
    loop: Any = shim.kernel(lambda number: 0 - number)
    assert loop(-1) == ("compiled", 1)


def test_a_small_log_needs_no_compiler_and_gives_the_same_bytes(fixtures: Path) -> None:
    code = (
        "import sys; from cachelens.cli.main import run\n"
        "try: run(sys.argv[1:])\n"
        "finally: print('numba' in sys.modules, file=sys.stderr)"
    )
    command = [sys.executable, "-c", code, "simulate", str(fixtures / "logs" / "week.jsonl"), "--format", "json"]

    def ran(**more: str) -> tuple[bytes, str]:
        left = {name: value for name, value in os.environ.items() if name != shim.ALWAYS}
        done = subprocess.run(command, env={**left, **more}, capture_output=True, check=True)
        return done.stdout, done.stderr.decode().split()[-1]

    small, loaded = ran()
    assert loaded == "False"
    compiled, _ = ran(**{shim.ALWAYS: "1"})
    assert compiled == small
