"""Run a command and note how long it took and how much memory its processes held."""

from __future__ import annotations

import os
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

SAMPLE_SECONDS = 0.01
PAGE = os.sysconf("SC_PAGE_SIZE")
MEGABYTE = 1_000_000


class CommandFailedError(Exception):
    """A timed command ended with another code than 0."""


class Sample(NamedTuple):
    """One run of one command."""

    seconds: float
    """Wall time from start to exit."""
    tree_bytes: int | None
    """Peak of the summed resident memory of all its processes, sampled; `None` without /proc.
    Pages that processes share are counted once for each."""
    largest_bytes: int
    """`ru_maxrss` of the process: its own peak, or its children's largest; exact, not sampled."""
    processor_seconds: float = 0
    """Time of the processor in all its processes: what a busy machine disturbs least."""


class Range(NamedTuple):
    """Median, least and most of some runs."""

    median: float
    least: float
    most: float

    def show(self, unit: str, digits: int) -> str:
        """Write `median unit (least to most)`."""
        return f"{self.median:.{digits}f} {unit} ({self.least:.{digits}f} to {self.most:.{digits}f})"


def spread(values: Sequence[float]) -> Range:
    """Summarize some runs."""
    return Range(statistics.median(values), min(values), max(values))


def run(command: Sequence[str], environment: Mapping[str, str]) -> Sample:
    """Run a command to its end, its output thrown away, and watch its memory."""
    with tempfile.TemporaryFile() as complaints:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=complaints, env=dict(environment))
        watcher = _Watcher(process.pid)
        watcher.start()
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        watcher.stop()
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            complaints.seek(0)
            said = complaints.read().decode(errors="replace")[-500:]
            raise CommandFailedError(f"{' '.join(command)}: exit code {process.returncode}\n{said}")
    return Sample(seconds, watcher.peak, used.ru_maxrss * 1024, used.ru_utime + used.ru_stime)


def compare(commands: Mapping[str, Sequence[str]], *, repeats: int, warm_ups: int = 1) -> dict[str, list[Sample]]:
    """Run all commands in turn, again and again, so that a slow minute of the machine hits all of them."""
    environment = {**os.environ, "NO_COLOR": "1"}
    for _ in range(warm_ups):
        for command in commands.values():
            run(command, environment)
    samples: dict[str, list[Sample]] = {name: [] for name in commands}
    for _ in range(repeats):
        for name, command in commands.items():
            samples[name].append(run(command, environment))
    return samples


class _Watcher(threading.Thread):
    """Samples the resident memory of a process and all its descendants."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.peak: int | None = None
        self._pid = pid
        self._done = threading.Event()

    def run(self) -> None:
        while not self._done.is_set():
            now = _tree_bytes(self._pid)
            if now:
                self.peak = max(self.peak or 0, now)
            self._done.wait(SAMPLE_SECONDS)

    def stop(self) -> None:
        self._done.set()
        self.join()


def _tree_bytes(pid: int) -> int:
    """Add up a process and its descendants; those that have just ended count nothing."""
    folder = Path("/proc") / str(pid)
    try:
        own = int((folder / "statm").read_text().split()[1]) * PAGE
        children = [
            int(child) for thread in (folder / "task").iterdir() for child in (thread / "children").read_text().split()
        ]
    except (OSError, IndexError):
        return 0
    return own + sum(_tree_bytes(child) for child in children)
