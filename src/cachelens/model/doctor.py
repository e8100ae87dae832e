"""What `cachelens doctor` finds about an installation and the place where it runs."""

from __future__ import annotations

import enum

import msgspec


class State(enum.StrEnum):
    """How something that was looked at is."""

    OK = "ok"
    ABSENT = "absent"
    """Optional and not there: results are the same, or a format cannot be read."""
    OLD = "old"
    """Usable, and due for a look."""
    BROKEN = "broken"
    """There, and does not work."""


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was looked at."""

    section: str
    """What it belongs to, for people: `Optional parts`."""
    name: str
    state: State
    value: str
    """What was found, in words: a version, a date, a size."""
    hint: str = ""
    """What to do where it is not ok; of an optional part, what it brings."""


class Age(msgspec.Struct, frozen=True, kw_only=True):
    """When entries of the price files were last compared with their sources."""

    kind: str
    """`prices` or `rules`."""
    entries: int
    oldest: str
    """ISO day of the entry that was compared longest ago."""
    newest: str
    days: int
    """From the oldest to the day of the run."""
    due: int
    """Entries that were compared longer ago than `DoctorResult.older_than`; what had been replaced then never is."""


class DoctorResult(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that was looked at; checks in the order of their sections."""

    version: str
    python: str
    platform: str
    day: str
    """ISO day that ages count from."""
    older_than: int
    """Days after which an entry is due."""
    ages: tuple[Age, ...]
    """Empty where the price files cannot be read."""
    checks: tuple[Check, ...]

    @property
    def faults(self) -> tuple[Check, ...]:
        """What is old or broken."""
        return tuple(check for check in self.checks if check.state in (State.OLD, State.BROKEN))
